"""Sampling rules over recorded contexts of frameworks, parents, health checks, errors, rates."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from random import Random
from types import SimpleNamespace
from typing import Any

import hypothesis
import pytest
import sentry_sdk
from hypothesis import given
from hypothesis import strategies as st
from sentry_sdk.utils import is_valid_sample_rate

from fake_relay.testing import Relay
from sdk_config import ErrorRule, Rule, Sampler, Settings
from sdk_config.runtime import current
from sdk_config.sampling import rules_from, valid_rate, work_of
from sdk_config.seams import Parts

RECORDED = json.loads(Path(__file__).with_name("sampling_contexts.json").read_text("utf-8"))
LIFECYCLES = ["static", "stream"]
"""Contexts that the SDK's integrations gave to a sampler, in both ways to trace."""


def revived(value: Any) -> Any:
    """A recorded value with its objects and bytes."""
    if not isinstance(value, dict):
        return value
    if "__bytes__" in value:
        return value["__bytes__"].encode()
    if "__object__" in value:
        return SimpleNamespace(**{key: found for key, found in value.items() if key[:2] != "__"})
    return {key: revived(found) for key, found in value.items()}


def recorded(framework: str, lifecycle: str = "static") -> dict[str, Any]:
    """The context in which a framework's work began."""
    found: dict[str, Any] = revived(RECORDED[lifecycle][framework])
    return found


def named(name: str | None = "work", op: str | None = "task", **more: Any) -> dict[str, Any]:
    return {"transaction_context": {"name": name, "op": op}, "parent_sampled": None, **more}


PROJECT = "/api/v1/projects/7"


@pytest.mark.parametrize("lifecycle", LIFECYCLES)
@pytest.mark.parametrize(
    ("framework", "paths", "method", "task"),
    [
        ("flask", (PROJECT,), "POST", None),
        ("django", (PROJECT,), "GET", None),
        ("fastapi", (PROJECT,), "GET", None),
        ("fastapi-websocket", ("/live",), None, None),
        ("aiohttp", (PROJECT,), "GET", None),
        ("celery", (), None, "shop.tasks.send_email"),
        ("rq", (), None, "shopjobs.work"),
        ("script", (), None, None),
    ],
)
def test_every_frameworks_context_says_what_begins(
    framework: str,
    paths: tuple[str, ...],
    method: str | None,
    task: str | None,
    lifecycle: str,
) -> None:
    work = work_of(recorded(framework, lifecycle))

    assert (work.paths, work.method, work.task) == (paths, method, task)


@pytest.mark.parametrize(
    ("context", "paths", "method"),
    [
        (named(wsgi_environ={"SCRIPT_NAME": "/s", "PATH_INFO": "/pay"}), ("/pay", "/s/pay"), None),
        (named(wsgi_environ={"PATH_INFO": "/caf\xc3\xa9"}), ("/café",), None),
        (named(asgi_scope={"path": "/s/pay", "root_path": "/s"}), ("/pay", "/s/pay"), None),
        (named(asgi_scope={"path": "/pay", "root_path": "/shop"}), ("/pay", "/shop/pay"), None),
        (named(tornado_request=SimpleNamespace(path="/p", method="PUT")), ("/p",), "PUT"),
        (named(sanic_request=SimpleNamespace(path="/p", method="PUT")), ("/p",), "PUT"),
        (named(aws_event={"path": "/p", "httpMethod": "GET"}), ("/p",), "GET"),
        (
            named(aws_event={"rawPath": "/p", "requestContext": {"http": {"method": "GET"}}}),
            ("/p",),
            "GET",
        ),
        (named(gcp_event=SimpleNamespace(path="/p", method="GET")), ("/p",), "GET"),
        (named("http://shop:80/pay?a=1", "http.server"), ("/pay",), None),
        (named("GET /pay", "http.server"), ("/pay",), "GET"),
        (named("/pay", "http.server"), ("/pay",), None),
        (named("generic WSGI request", "http.server"), (), None),
        (named("/pay", "task"), (), None),
    ],
)  # fmt: skip
def test_requests_of_other_servers(
    context: dict[str, Any], paths: tuple[str, ...], method: str | None
) -> None:
    work = work_of(context)

    assert (work.paths, work.method) == (paths, method)


def test_a_queue_without_a_context_of_its_own_names_its_task() -> None:
    """Huey and Dramatiq say the op only (3.7)."""
    assert work_of(named("shop.mail", "queue.task.huey")).task == "shop.mail"
    assert work_of(named("shop.mail", "task")).task is None


def test_a_job_that_cannot_be_read_has_the_transactions_name() -> None:
    class Job:
        @property
        def func_name(self) -> str:
            raise RuntimeError

    context = named("shopjobs.work", "queue.task.rq", rq_job=Job())

    assert work_of(context).task == "shopjobs.work"


@pytest.mark.parametrize("lifecycle", LIFECYCLES)
@pytest.mark.parametrize(
    ("framework", "rate"),
    [
        ("flask", 1.0),
        ("django", 1.0),
        ("fastapi", 1.0),
        ("aiohttp", 1.0),
        ("fastapi-websocket", 0.1),
        ("celery", 0.1),
        ("rq", 0.1),
        ("script", 0.1),
    ],
)
def test_the_documents_sampler_works_for_every_framework(
    framework: str, rate: float, lifecycle: str
) -> None:
    """S1-16, SA-09: the document's own knows WSGI only, and raises for the others."""
    sampler = Sampler(rules=[Rule(path="/api/v1/projects/*", rate=1.0)], default=0.1)

    assert sampler.trace_rate(recorded(framework, lifecycle)) == rate
    assert sampler(recorded(framework, lifecycle)) == rate


@pytest.mark.parametrize(
    ("rule", "matching"),
    [
        (Rule(path="/api/*", rate=1), {"flask", "django", "fastapi", "aiohttp"}),
        (Rule(path=["/live", "/x"], rate=1), {"fastapi-websocket"}),
        (Rule(method="post", rate=1), {"flask"}),
        (Rule(method=["GET", "HEAD"], path="*/7", rate=1), {"django", "fastapi", "aiohttp"}),
        (Rule(task="shop.tasks.*", rate=1), {"celery"}),
        (Rule(task="shopjobs.work", rate=1), {"rq"}),
        (Rule(name="nightly", rate=1), {"script"}),
        (Rule(name="*send_email", rate=1), {"celery"}),
        (Rule(task="*", method="GET", rate=1), set()),
        (Rule(rate=1), set(RECORDED["static"])),
    ],
)
def test_a_rule_speaks_of_the_work_that_it_describes(rule: Rule, matching: set[str]) -> None:
    sampler = Sampler([rule], 0.0)

    assert {name for name in RECORDED["static"] if sampler(recorded(name)) == 1.0} == matching


def test_the_first_rule_that_matches_counts() -> None:
    rules = [Rule(path="/api/*", method="POST", rate=0.3), Rule(path="/api/*", rate=0.2)]
    sampler = Sampler(rules, 0.1)

    assert [sampler(recorded(name)) for name in ("flask", "django", "rq")] == [0.3, 0.2, 0.1]


@pytest.mark.parametrize(
    ("parent", "sampled", "with_rule", "without"),
    [
        ("respect", True, 1.0, 1.0),
        ("respect", False, 0.0, 0.0),
        ("respect", None, 0.3, 0.1),
        ("ignore", True, 0.3, 0.1),
        ("ignore", False, 0.3, 0.1),
        ("rules_first", True, 0.3, 1.0),
        ("rules_first", False, 0.3, 0.0),
        ("rules_first", None, 0.3, 0.1),
    ],
)
def test_what_a_callers_decision_is_worth(
    parent: str, sampled: bool | None, with_rule: float, without: float
) -> None:
    sampler = Sampler([Rule(name="known", rate=0.3)], 0.1, parent=parent)

    assert sampler({**named("known"), "parent_sampled": sampled}) == with_rule
    assert sampler({**named("other"), "parent_sampled": sampled}) == without


@pytest.mark.parametrize(
    "path", ["/health", "/healthz", "/api/health/", "/health/live", "/readyz", "/livez", "/ping"]
)
@pytest.mark.parametrize("key", ["wsgi_environ", "asgi_scope", "aiohttp_request"])
def test_health_checks_are_never_traced(path: str, key: str) -> None:
    """SA-09, M-29: not by a rule for everything, and not when the caller is traced."""
    request = {
        "wsgi_environ": {"PATH_INFO": path, "REQUEST_METHOD": "GET"},
        "asgi_scope": {"path": path, "method": "HEAD"},
        "aiohttp_request": SimpleNamespace(path=path, method="GET"),
    }[key]
    context = {**named(op="http.server"), key: request, "parent_sampled": True}

    assert Sampler([Rule(rate=1.0)])(context) == 0.0
    assert Sampler([Rule(rate=1.0)], health_paths=())(context) == 1.0


def test_work_on_such_paths_is_no_health_check() -> None:
    scope = {"path": "/health", "method": "POST"}

    assert Sampler(default=0.5)(named(asgi_scope=scope)) == 0.5
    assert Sampler(default=0.5)(recorded("fastapi-websocket")) == 0.5
    assert Sampler(default=0.5)(named(asgi_scope={"path": "/wealth", "method": "GET"})) == 0.5


class Late(TimeoutError):
    """An error of the application's."""


@pytest.mark.parametrize(
    ("rule", "rate"),
    [
        (ErrorRule(error=Late, rate=0.2), 0.2),
        (ErrorRule(error="TimeoutError", rate=0.2), 0.2),
        (ErrorRule(error="*Timeout*", rate=0.2), 0.2),
        (ErrorRule(error=[ValueError, OSError], rate=0.2), 0.2),
        (ErrorRule(error=ValueError, rate=0.2), 0.8),
        (ErrorRule(logger="shop.*", rate=0.2), 0.2),
        (ErrorRule(logger="shop", rate=0.2), 0.8),
        (ErrorRule(message="too *", rate=0.2), 0.2),
        (ErrorRule(error=Late, logger="other", rate=0.2), 0.8),
        (ErrorRule(rate=0.0), 0.0),
    ],
)
def test_errors_have_rates_by_class_logger_and_message(rule: ErrorRule, rate: float) -> None:
    """SA-12."""
    error = Late("too late")
    event = {"logger": "shop.pay", "message": "too late"}
    hint = {"exc_info": (Late, error, None)}

    assert Sampler(errors=[rule], error_default=0.8).error_rate(event, hint) == rate


RATES = [
    0, 1, 0.0, 0.5, 1.0, True, False, Fraction(1, 3), Decimal("0.25"),
    -1, 10, 1.0001, "0.1", "", None, math.nan, math.inf, -math.inf, Decimal("NaN"), 10**400, [], {},
]  # fmt: skip


@pytest.mark.parametrize("value", RATES, ids=repr)
def test_a_rate_is_what_the_sdk_takes_for_one(value: Any) -> None:
    """SA-07; a number that no float holds makes the SDK raise, and is no rate here."""
    try:
        expected = is_valid_sample_rate(value, "test")
    except OverflowError:
        expected = False

    assert (valid_rate(value) is not None) is expected


@pytest.mark.parametrize("rate", ["0.1", 10, -1, None, math.nan])
def test_a_rule_without_a_rate_is_left_out_and_said(rate: Any) -> None:
    """SA-07: the SDK would send all errors, or no trace (D-08)."""
    sampler = Sampler(
        [Rule(rate=rate), Rule(name="work", rate=0.3)],
        rate,
        errors=[ErrorRule(rate=rate)],
        error_default=rate,
    )

    assert sampler(named("work")) == 0.3
    assert sampler(named("other")) == 0.1
    assert sampler.error_rate({}, {}) == 1.0
    assert [problem.rule for problem in sampler.problems] == ["SAMPLING"] * 4


def test_a_word_for_parents_that_is_none_is_said() -> None:
    sampler = Sampler(parent="follow")

    assert sampler.parent == "respect"
    assert "expected one of respect, ignore, rules_first" in sampler.problems[0].text


anything = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(max_size=6) | st.binary(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner),
    max_leaves=6,
)
KEYS = [
    "transaction_context", "parent_sampled", "wsgi_environ", "asgi_scope", "aiohttp_request",
    "celery_job", "rq_job", "aws_event", "gcp_event", "name", "op", "path", "method", "task",
    "PATH_INFO", "SCRIPT_NAME", "REQUEST_METHOD", "root_path",
]  # fmt: skip
contexts = st.dictionaries(
    st.sampled_from(KEYS), anything | st.dictionaries(st.sampled_from(KEYS), anything)
)
numbers = st.floats() | st.integers() | st.none() | st.text(max_size=3) | st.booleans()
rules = st.builds(
    Rule, rate=numbers, path=st.none() | st.just("*"), task=st.none() | st.text(max_size=3)
)


@hypothesis.settings(max_examples=60)
@given(contexts, st.lists(rules, max_size=3), numbers, st.sampled_from(["respect", "ignore", "x"]))
def test_whatever_begins_and_whatever_is_said_the_answer_is_a_rate(
    context: dict[str, Any], said: list[Rule], default: Any, parent: str
) -> None:
    sampler = Sampler(said, default, parent=parent)

    rate = sampler.trace_rate(context)

    assert isinstance(rate, float)
    assert 0.0 <= rate <= 1.0
    assert sampler.trace_rate(context) == rate
    assert 0.0 <= sampler.error_rate(context, context) <= 1.0


def test_the_short_form_of_rules() -> None:
    pairs = Settings.from_env(
        {"SENTRY_TRACES_RULES": "/api/*=1, POST /pay=0.5, task:shop.*=0.25, name:night*=0"}
    ).traces_rules

    assert rules_from(pairs) == (
        Rule(path="/api/*", rate=1.0),
        Rule(method="POST", path="/pay", rate=0.5),
        Rule(task="shop.*", rate=0.25),
        Rule(name="night*", rate=0.0),
    )


@pytest.mark.parametrize("text", ["/api/*", "/api/*=2", "=0.5", "/api/*=10%"])
def test_rules_that_cannot_be_read_are_a_problem(text: str) -> None:
    found = Settings.from_env({"SENTRY_TRACES_RULES": text})

    assert found.traces_rules == ()
    assert [problem.field for problem in found.problems] == ["traces_rules"]


# Through the SDK and the relay.


def counts() -> Any:
    running = current()
    assert running is not None
    return running.ledger.counts()


def continued(trace_id: str, flag: str, sample_rand: float) -> Any:
    return sentry_sdk.continue_trace(
        {
            "sentry-trace": f"{trace_id}-{'a' * 16}{flag}",
            "baggage": f"sentry-trace_id={trace_id},sentry-sample_rand={sample_rand:.6f}",
        },
        name="work",
        op="task",
    )


def traces(seed: int) -> Iterator[tuple[str, float]]:
    dice = Random(seed)
    for _ in range(60):
        yield f"{dice.getrandbits(128):032x}", dice.randrange(1_000_000) / 1_000_000


def test_the_traces_number_alone_decides(relay: Relay, service: Any) -> None:
    """D-02, SA-02: kept are exactly those whose `sample_rand` is below the rate."""
    service(traces_sample_rate=0.25)
    drawn = list(traces(7))
    for trace_id, rand in drawn:
        with sentry_sdk.start_transaction(continued(trace_id, "", rand)):
            pass
    sentry_sdk.flush()

    kept = {item.payload["contexts"]["trace"]["trace_id"] for item in relay.items("transaction")}
    assert kept == {trace_id for trace_id, rand in drawn if rand < 0.25}
    assert counts().discarded["transaction", "sample_rate"] == len(drawn) - len(kept)


@pytest.mark.parametrize(
    ("settings", "flag", "kept"),
    [
        ({"traces_sample_rate": 0.0}, "-1", True),
        ({"traces_sample_rate": 1.0}, "-0", False),
        ({"traces_sample_rate": 1.0}, "", True),
        ({"traces_sample_rate": 0.0, "traces_parent": "ignore"}, "-1", False),
        ({"traces_sample_rate": 1.0, "traces_parent": "ignore"}, "-0", True),
        (
            {
                "traces_sample_rate": 1.0,
                "traces_rules": {"name:work": 1.0},
                "traces_parent": "rules_first",
            },
            "-0",
            True,
        ),
        ({"traces_sample_rate": 1.0, "enable_tracing": False}, "-1", False),
    ],
)
def test_parents_count_as_the_setting_says(
    settings: dict[str, Any], flag: str, kept: bool, relay: Relay, service: Any
) -> None:
    """SA-05, D-05, K-09."""
    service(**settings)
    with sentry_sdk.start_transaction(continued("0af7651916cd43dd8448eb211c80319c", flag, 0.4)):
        pass
    sentry_sdk.flush()

    assert len(relay.items("transaction")) == int(kept)


def test_an_argument_of_the_call_wins_over_the_sampler(relay: Relay, service: Any) -> None:
    """SA-04, D-04."""
    service(traces_sample_rate=0.0)
    with sentry_sdk.start_transaction(name="forced", op="task", sampled=True):
        pass
    sentry_sdk.flush()

    assert len(relay.items("transaction")) == 1


def test_errors_of_health_checks_are_sent_still(relay: Relay, service: Any) -> None:
    service(traces_sample_rate=1.0)
    request = {"wsgi_environ": {"PATH_INFO": "/healthz", "REQUEST_METHOD": "GET"}}
    with sentry_sdk.start_transaction(
        name="generic WSGI request", op="http.server", custom_sampling_context=request
    ):
        sentry_sdk.capture_message("the disk is full")
    sentry_sdk.flush()

    relay.expect_event(message="the disk is full")
    assert relay.items("transaction") == []
    assert counts().discarded["transaction", "sample_rate"] == 1


@pytest.mark.parametrize("rate", [0.3, 0.5])
def test_errors_are_sampled_and_the_sum_closes(rate: float, relay: Relay, service: Any) -> None:
    """SA-01: within the band that 99.9 per cent of draws keep to."""
    service(sample_rate=rate, attach_stacktrace=False)
    for number in range(400):
        sentry_sdk.capture_message(f"m{number}")
    found = counts()

    sent, lost = found.sent.get("error", 0), found.discarded["error", "sample_rate"]
    assert sent + lost == 400
    assert abs(sent - 400 * rate) < 4 * math.sqrt(400 * rate * (1 - rate))


def test_errors_are_sampled_by_class(relay: Relay, service: Any) -> None:
    sampler = Sampler(errors=[ErrorRule(error="TimeoutError", rate=0.0)])
    service(parts=Parts(sampler=sampler))
    sentry_sdk.capture_exception(Late("x"))
    sentry_sdk.capture_exception(ValueError("y"))

    relay.expect_event(count=1)
    assert counts().discarded == {("error", "sample_rate"): 1}


def test_a_sampler_of_the_applications_is_asked_instead(relay: Relay, service: Any) -> None:
    service(traces_sample_rate=1.0, traces_sampler=lambda context: 0.0)
    with sentry_sdk.start_transaction(name="work", op="task"):
        pass
    sentry_sdk.flush()

    assert relay.items("transaction") == []
