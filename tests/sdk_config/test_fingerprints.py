"""Fingerprint rules: the exact lists of the documents, conditions, templates, what is wrong."""

from __future__ import annotations

from typing import Any

import pytest
import sentry_sdk
from hypothesis import given
from hypothesis import strategies as st

from fake_relay.testing import Relay
from sdk_config import Fingerprinter, FingerprintRule
from sdk_config.fingerprints import BUILT_IN, SUBJECTS
from sdk_config.seams import Parts


class ExportFailed(RuntimeError):
    """An error of the application's."""


def module_class(module: str, name: str, *bases: type) -> Any:
    """A class that says it comes from a module that is not installed here."""
    return type(name, bases or (Exception,), {"__module__": module})


def printed(
    error: BaseException | None, *rules: FingerprintRule | str, **event: Any
) -> list[str] | None:
    hint = {"exc_info": (type(error), error, None)} if error is not None else {}
    if error is not None:
        value = {"type": type(error).__qualname__, "module": type(error).__module__}
        event["exception"] = {"values": [{**value, "value": str(error)}]}
    return Fingerprinter(rules or tuple(BUILT_IN)).fingerprint(event, hint)


OPERATIONAL = module_class("psycopg2", "OperationalError")
INVALID = module_class("pydantic_core._pydantic_core", "ValidationError", ValueError)
REQUEST_INVALID = module_class("fastapi.exceptions", "RequestValidationError")


@pytest.mark.parametrize(
    ("error", "event", "expected"),
    [
        # S4-19
        (ExportFailed(), {"tags": {"export_type": "csv"}}, ["export-error", "ExportFailed"]),
        # S4-20
        (OPERATIONAL(), {}, ["database-connection-error", "postgresql", "OperationalError"]),
        (
            module_class("redis.exceptions", "ConnectionError")(),
            {},
            ["database-connection-error", "redis", "ConnectionError"],
        ),
        # S4-21
        (INVALID(), {"transaction": "/orders/{id}"}, ["validation-error", "/orders/{id}"]),
        (
            REQUEST_INVALID(),
            {"request": {"url": "http://shop/orders/7?q=1"}},
            ["validation-error", "/orders/7"],
        ),
        (module_class("shop", "Bad", INVALID)(), {}, ["validation-error", "<no-endpoint>"]),
        # The first that applies counts.
        (OPERATIONAL(), {"tags": {"export_type": "pdf"}}, ["export-error", "OperationalError"]),
        (ExportFailed(), {}, None),
        (None, {"message": "m"}, None),
    ],
)
def test_the_documents_own_lists(
    error: BaseException | None, event: dict[str, Any], expected: list[str] | None
) -> None:
    """E-12."""
    assert printed(error, **event) == expected


EVENT = {
    "transaction": "/pay",
    "level": "error",
    "logger": "shop.pay",
    "environment": "test",
    "release": "shop@1",
    "tags": {"team": "blue"},
    "logentry": {"message": "order %s", "formatted": "order 7"},
    "contexts": {"response": {"status_code": 502}},
}


@pytest.mark.parametrize(
    ("piece", "expected"),
    [
        ("{exc_type}", "ExportFailed"),
        ("{exc_module}", ExportFailed.__module__),
        ("{message}", "order 7"),
        ("{template}", "order %s"),
        ("{transaction}", "/pay"),
        ("{endpoint}", "/pay"),
        ("{level}", "error"),
        ("{logger}", "shop.pay"),
        ("{environment}", "test"),
        ("{release}", "shop@1"),
        ("{status}", "502"),
        ("{db_type}", "<no-db_type>"),
        ("{tag:team}", "blue"),
        ("{tag:missing}", "<no-tag:missing>"),
        ("{{ default }}", "{{ default }}"),
        ("{{default}}", "{{default}}"),
        ("a-{level}-{tag:team}-z", "a-error-blue-z"),
        ("plain", "plain"),
    ],
)
def test_a_piece_is_filled(piece: str, expected: str) -> None:
    rule = FingerprintRule({"level": "*"}, [piece])

    assert printed(ExportFailed("boom"), rule, **EVENT) == [expected]


def test_every_subject_can_be_said_and_asked() -> None:
    rules = [FingerprintRule({name: "*"}, [f"{{{name}}}"]) for name in SUBJECTS]

    assert Fingerprinter(rules).problems == ()


@pytest.mark.parametrize(
    ("when", "applies"),
    [
        ({"exc_type": "ExportFailed"}, True),
        ({"exc_type": "RuntimeError"}, True),
        ({"exc_type": "builtins.RuntimeError"}, True),
        ({"exc_type": ["ValueError", "Export*"]}, True),
        ({"exc_type": "ValueError"}, False),
        ({"exc_type": "RuntimeError", "level": "error"}, True),
        ({"exc_type": "RuntimeError", "level": "info"}, False),
        ({"tag:team": "b*"}, True),
        ({"tag:nobody": "*"}, False),
        ({"status": "5*"}, True),
        (lambda event, hint: event["level"] == "error", True),
        (lambda event, hint: False, False),
    ],
)
def test_all_conditions_must_be_met(when: Any, applies: bool) -> None:
    found = printed(ExportFailed(), FingerprintRule(when, ["x"]), **EVENT)

    assert found == (["x"] if applies else None)


@pytest.mark.parametrize(
    ("rule", "text"),
    [
        ("export", "expected one of export-error, database-connection-error, validation-error"),
        (17, "expected a FingerprintRule or the name of one"),
        (FingerprintRule({"level": "*"}, []), "expected a list of one piece or more"),
        (FingerprintRule({"level": "*"}, "x"), "expected a list of one piece or more"),
        (FingerprintRule({}, ["x"]), "expected a condition or more"),
        (FingerprintRule({"exc": "*"}, ["x"]), "'exc' is not one of exc_type, exc_module"),
        (FingerprintRule({"level": "*"}, ["{exc}"]), "'exc' is not one of exc_type, exc_module"),
        (FingerprintRule({"tag:": "*"}, ["x"]), "'tag:' is not one of"),
    ],
)
def test_what_cannot_be_read_is_a_problem_and_no_error(rule: Any, text: str) -> None:
    found = Fingerprinter([rule, FingerprintRule({"level": "*"}, ["x"])])

    assert text in found.problems[0].text
    assert found.fingerprint({"level": "error"}, {}) == ["x"]


@given(st.lists(st.text(max_size=20), min_size=1, max_size=4))
def test_any_template_is_filled_or_is_a_problem(pieces: list[str]) -> None:
    found = Fingerprinter([FingerprintRule({"level": "*"}, pieces)])

    filled = found.fingerprint({"level": "error"}, {})
    assert (filled is None) == (len(found.problems) == 1)
    assert filled is None or len(filled) == len(pieces)


# Through the SDK and the relay.


def test_rules_are_named_in_the_settings(relay: Relay, service: Any) -> None:
    service(fingerprints=["export-error"])
    with sentry_sdk.new_scope() as scope:
        scope.set_tag("export_type", "csv")
        sentry_sdk.capture_exception(ExportFailed("boom"))
    sentry_sdk.capture_exception(ValueError("x"))

    found = relay.expect_event(exception="ExportFailed")
    assert found.payload["fingerprint"] == ["export-error", "ExportFailed"]
    assert "fingerprint" not in relay.expect_event(exception="ValueError").payload


def test_a_fingerprint_of_the_application_wins(relay: Relay, service: Any) -> None:
    own = FingerprintRule({"exc_type": "*"}, ["ours", "{exc_type}"])
    service(parts=Parts(fingerprinter=Fingerprinter([own])))
    with sentry_sdk.new_scope() as scope:
        scope.fingerprint = ["theirs"]
        sentry_sdk.capture_exception(ValueError("a"))
    sentry_sdk.capture_exception(KeyError("b"))

    assert relay.expect_event(exception="ValueError").payload["fingerprint"] == ["theirs"]
    assert relay.expect_event(exception="KeyError").payload["fingerprint"] == ["ours", "KeyError"]


def test_a_name_that_is_no_rule_is_among_the_problems_of_the_status(service: Any) -> None:
    status = service(fingerprints=["export"])

    assert status.enabled
    assert [problem.rule for problem in status.problems] == ["FINGERPRINT"]
