"""Surfaces of single item types, as the SDK hands them to its hooks."""

from __future__ import annotations

import copy
import sys
from typing import Any

import pytest
import sentry_sdk
from sentry_sdk.envelope import Envelope, Item, PayloadRef
from sentry_sdk.tracing_utils import Baggage

from fake_relay.testing import Relay
from sdk_config.privacy import Scrubber
from sdk_config.privacy.baggage import guard_baggage

PUT = "[Filtered]"


def test_only_allowed_fields_of_a_user_are_sent() -> None:
    user = {"id": "7", "email": "ann@clinic.example", "username": "ann", "ip_address": "::1"}

    assert Scrubber().event({"user": user}, {}) == {"user": {"id": "7"}}
    found = Scrubber(user_fields=["id", "email"]).event({"user": user}, {})
    assert found == {"user": {"id": "7", "email": "ann@clinic.example"}}


def test_the_id_of_a_user_is_an_hmac_under_the_services_key() -> None:
    cases: list[tuple[str | bytes, str | int]]
    cases = [("k", "7"), (b"k", 7), ("k", "8"), ("other", "7")]
    found = [
        Scrubber(hash_user_id=key).event({"user": {"id": name}}, {})["user"]["id"]
        for key, name in cases
    ]

    assert found[0] == found[1]
    assert len(set(found)) == 3
    assert all(one.startswith("hmac-") and len(one) == 37 for one in found)


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({"X-Patient-Name": "Lee", "Accept": "*/*"}, {"X-Patient-Name": PUT, "Accept": "*/*"}),
        ([["Cookie", "a=b"], ["Host", "shop"]], [["Cookie", PUT], ["Host", "shop"]]),
        ("Cookie: a=b", PUT),
    ],
)
def test_headers_are_kept_by_name(headers: Any, expected: Any) -> None:
    assert Scrubber().event({"request": {"headers": headers}}, {})["request"]["headers"] == expected


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("name=Lee&password=x", "name=Lee&password=[Filtered]"),
        ('{"a": {"newPassword": "x"}, "n": 1}', '{"a": {"newPassword": "[Filtered]"}, "n": 1}'),
        ('{"password": "x', PUT),
        ("--part\r\nContent-Disposition: form-data\r\n\r\nLee", PUT),
        (b"Lee was here", PUT),
        ({"query": 'query { a(b: "Lee") }'}, {"query": 'query { a(b: "[Filtered]") }'}),
        ({"total": 5, "items": [1]}, {"total": 5, "items": [1]}),
        ("", ""),
    ],
)  # fmt: skip
def test_bodies_keep_their_structure_or_go(body: Any, expected: Any) -> None:
    assert Scrubber().event({"request": {"data": body}}, {})["request"]["data"] == expected


def test_arguments_of_jobs_and_prompts_go_whatever_they_are() -> None:
    event = {"extra": {"celery-job": {"task_name": "send", "args": ["Lee"], "kwargs": {}}}}
    span = {
        "op": "gen_ai.chat",
        "data": {"gen_ai.input.messages": "Lee", "gen_ai.usage.total_tokens": 3},
    }

    job = Scrubber().event(event, {})["extra"]["celery-job"]
    found = Scrubber().span(span, {})["data"]

    assert job == {"task_name": "send", "args": PUT, "kwargs": {}}
    assert found == {"gen_ai.input.messages": PUT, "gen_ai.usage.total_tokens": 3}


@pytest.mark.parametrize(
    ("op", "text", "expected"),
    [
        ("db", "SELECT a FROM t WHERE b = 'Lee'", "SELECT a FROM t WHERE b = '[Filtered]'"),
        ("db.redis", "GET user:Lee", "GET [Filtered]"),
        ("subprocess", "curl -u Lee", "curl [Filtered]"),
        ("http.client", "GET https://api/reset/aB3x", "GET https://api/reset/[Filtered]"),
        ("function", "shop.orders.create", "shop.orders.create"),
    ],
)
def test_descriptions_of_spans_keep_their_shape(op: str, text: str, expected: str) -> None:
    assert Scrubber().span({"op": op, "description": text}, {})["description"] == expected


def test_live_objects_of_a_log_become_redacted_text() -> None:
    class Request:
        def __repr__(self) -> str:
            return "<Request GET '/x?token=abc'>"

    found = Scrubber().log({"body": "b", "attributes": {"request": Request()}}, {})

    assert found["attributes"] == {"request": "<Request GET '/x?token=[Filtered]'>"}


def an_envelope(kind: str, **payload: Any) -> Envelope:
    return Envelope(items=[Item(type=kind, payload=PayloadRef(**payload))])


def test_a_session_has_a_hashed_user_and_no_address() -> None:
    session = {"did": "ann", "attrs": {"release": "1", "ip_address": "::1", "user_agent": "x"}}
    before = copy.deepcopy(session)

    found = Scrubber().envelope(an_envelope("session", json=session)).items[0].payload.json

    assert found["attrs"] == {"release": "1"}
    assert found["did"].startswith("hmac-")
    assert session == before


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"token=abc", [b"token=[Filtered]"]),
        (b'{"password": "x"}', [b'{"password": "[Filtered]"}']),
        (b"plain", [b"plain"]),
        (b"\x89PNG\xff", []),
        (b"\x00", []),
        (b"a" * (1024 * 1024 + 1), []),
    ],
)
def test_attachments_are_read_or_not_sent(data: bytes, expected: list[bytes]) -> None:
    found = Scrubber().envelope(an_envelope("attachment", bytes=data))

    assert [item.payload.get_bytes() for item in found.items] == expected


def test_client_reports_are_untouched() -> None:
    report = {"discarded_events": [{"reason": "before_send", "category": "error", "quantity": 1}]}
    envelope = an_envelope("client_report", json=report)

    assert Scrubber().envelope(envelope).items[0] is envelope.items[0]


def test_an_event_that_met_no_hook_is_scrubbed_on_the_last_line() -> None:
    envelope = an_envelope("event", json={"event_id": "a" * 32, "extra": {"password": "x"}})

    found = Scrubber().envelope(envelope)

    assert found.items[0].payload.json["extra"] == {"password": PUT}


def test_the_baggage_of_a_request_names_no_secret() -> None:
    class Own(Baggage):
        """So that the SDK's own class stays as it is."""

    baggage = Own(sentry_items={"trace_id": "a" * 32, "transaction": "/reset/aB3xyz"})

    guard_baggage(Own, Scrubber().baggage)
    redacted = baggage.serialize()
    guard_baggage(Own, None)

    assert redacted == f"sentry-trace_id={'a' * 32},sentry-transaction=/reset/%5BFiltered%5D"
    assert baggage.sentry_items["transaction"] == "/reset/aB3xyz"


def test_the_applications_own_objects_stay_as_they_are(service: Any, relay: Relay) -> None:
    service()
    user = {"id": "7", "email": "ann@clinic.example", "data": {"password": "x"}}
    data = {"password": "x", "nested": {"token": "y"}}
    before = copy.deepcopy((user, data))

    sentry_sdk.set_user(user)
    sentry_sdk.add_breadcrumb(message="m", data=data)
    sentry_sdk.set_context("pay", data)
    sentry_sdk.capture_message("hello")

    assert (user, data) == before
    event = relay.expect_event()
    assert event.user == {"id": "7"}
    assert event["contexts"]["pay"] == {"password": PUT, "nested": {"token": PUT}}


def test_what_a_user_hook_writes_is_scrubbed_too(service: Any, relay: Relay) -> None:
    service(before_send=lambda event, hint: {**event, "user": {"id": "7", "password": "x"}})

    sentry_sdk.capture_message("hello")

    assert relay.expect_event().user == {"id": "7"}


def test_the_package_imports_no_sdk() -> None:
    import subprocess

    code = "import sys, sdk_config.privacy; sys.exit('sentry_sdk' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0


def test_orders_stay_and_cards_and_passwords_go() -> None:
    event = {
        "user": {"id": "7", "password": "x"},
        "extra": {"order_id": 4711, "order_total": 19.9, "credit_card": "4111111111111111"},
    }

    assert Scrubber().event(event, {}) == {
        "user": {"id": "7"},
        "extra": {"order_id": 4711, "order_total": 19.9, "credit_card": PUT},
    }


def test_other_services_are_not_told_a_secret_name(service: Any) -> None:
    service(traces_sample_rate=1.0)

    with sentry_sdk.start_transaction(name="/reset/aB3xyz", op="task"):
        header = sentry_sdk.get_baggage()

    assert header is not None
    assert "sentry-transaction=/reset/%5BFiltered%5D" in header
