"""What expectations see under a name, for each type of item."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from fake_relay.expect import Expectation, judge
from fake_relay.records import Inbound
from fake_relay.relay import Relay

EVENT = {
    "event_id": "a" * 32,
    "level": "warning",
    "logentry": {"message": "card %s", "formatted": "card declined", "params": ["declined"]},
    "exception": {
        "values": [
            {"type": "KeyError", "value": "'plan'"},
            {"type": "CardError", "module": "shop.errors", "value": "declined"},
        ]
    },
    "release": "shop@2.0",
    "environment": "production",
    "transaction": "/checkout",
    "user": {"id": "7", "email": "ada@example.com"},
    "tags": [["plan", "pro"], ["region", "eu"]],
    "contexts": {"runtime": {"name": "CPython"}, "trace": {"trace_id": "b" * 32, "op": "http"}},
    "extra": {"cart": [1, 2]},
    "breadcrumbs": {"values": [{"category": "query", "message": "SELECT 1"}]},
    "fingerprint": ["{{ default }}", "card"],
}
BARE = {"message": {"message": "hi"}, "exception": {"type": "ValueError", "value": "bad"}}
NOW = 1_700_000_000.0
SPAN = {"trace_id": "b" * 32, "span_id": "d" * 16, "start_timestamp": NOW, "timestamp": NOW}
TRANSACTION = {
    "type": "transaction",
    "transaction": "/checkout",
    "start_timestamp": 1_700_000_000.0,
    "timestamp": 1_700_000_000.25,
    "contexts": {
        "trace": {"trace_id": "b" * 32, "span_id": "c" * 16, "op": "http.server", "status": "ok"}
    },
    "spans": [
        SPAN | {"op": "db", "description": "SELECT 1"},
        SPAN | {"op": "cache", "description": "get"},
    ],
    "tags": {"plan": "pro"},
}
LOG = {
    "items": [
        {
            "timestamp": NOW,
            "trace_id": "b" * 32,
            "level": "warn",
            "body": "slow card",
            "attributes": {
                "sentry.release": {"value": "shop@2.0", "type": "string"},
                "ms": {"value": 900, "type": "integer"},
            },
        }
    ]
}
METRIC = {
    "items": [{"timestamp": NOW, "trace_id": "b" * 32, "name": "q", "type": "gauge", "value": 3}]
}
STARTED = "2023-11-14T22:13:00Z"
SESSION = {
    "sid": "e" * 32,
    "started": STARTED,
    "status": "crashed",
    "init": True,
    "attrs": {"release": "shop@2.0"},
}
SESSIONS = {
    "aggregates": [{"started": STARTED, "exited": 3, "errored": 0, "crashed": 1}],
    "attrs": {"release": "shop@2.0", "environment": "production"},
}
CHECK_IN = {"check_in_id": "c" * 32, "monitor_slug": "nightly", "status": "ok", "duration": 1.5}
REPORT = {"discarded_events": [{"reason": "sample_rate", "category": "error", "quantity": 2}]}
USER_REPORT = {"event_id": "a" * 32, "comments": "bad", "name": "Ada"}
FEEDBACK = {
    "contexts": {"feedback": {"message": "it broke", "contact_email": "ada@example.com"}},
}


@pytest.mark.parametrize(
    ("kind", "payload", "where"),
    [
        ("event", EVENT, {"exception": "KeyError"}),
        ("event", EVENT, {"exception": "CardError"}),
        ("event", EVENT, {"exception": "shop.errors.CardError"}),
        ("event", EVENT, {"exception__not": "ValueError"}),
        ("event", EVENT, {"exception_value": "declined"}),
        ("event", EVENT, {"message": "card declined"}),
        ("event", EVENT, {"message": "card %s"}),
        ("event", EVENT, {"level": "warning", "release": "shop@2.0", "environment": "production"}),
        ("event", EVENT, {"transaction": "/checkout", "name": "/checkout"}),
        ("event", EVENT, {"user": {"email": "ada@example.com"}, "user__id": "7"}),
        ("event", EVENT, {"tags": {"plan": "pro"}, "tags__region": "eu"}),
        ("event", EVENT, {"contexts__runtime__name": "CPython", "op": "http"}),
        ("event", EVENT, {"extra": {"cart": [1, 2]}, "extra__cart__contains": 2}),
        ("event", EVENT, {"breadcrumbs__message__contains": "SELECT"}),
        ("event", EVENT, {"fingerprint": ["{{ default }}", "card"]}),
        ("event", EVENT, {"payload__exception__values__1__module": "shop.errors"}),
        ("event", EVENT, {"headers__type": "event", "type": "event", "trace_id": "b" * 32}),
        ("event", BARE, {"exception": "ValueError", "message": "hi", "level": "error"}),
        ("event", {"exception": [{"type": "E", "value": "why"}]}, {"message__contains": "why"}),
        ("event", {"message": "plain"}, {"message": "plain", "exception__exists": False}),
        ("event", {"tags": [{"key": "plan", "value": "pro"}]}, {"tags": {"plan": "pro"}}),
        ("event", {"message": "x"}, {"user__exists": False, "release__not": "shop"}),
        ("transaction", TRANSACTION, {"name": "/checkout", "op": "http.server", "status": "ok"}),
        ("transaction", TRANSACTION, {"span": {"op": "db", "description": "SELECT 1"}}),
        ("transaction", TRANSACTION, {"spans__op": "cache", "duration__gt": 249.0}),
        ("transaction", TRANSACTION, {"tags": {"plan": "pro"}}),
        ("log", LOG, {"body__contains": "card", "level": "warn", "attributes": {"ms": 900}}),
        ("log", LOG, {"message": "slow card", "release": "shop@2.0", "trace_id": "b" * 32}),
        ("trace_metric", METRIC, {"name": "q", "value": 3, "payload__type": "gauge"}),
        ("session", SESSION, {"status": "crashed", "init": True, "release": "shop@2.0"}),
        ("sessions", SESSIONS, {"status": "crashed", "exited": 3, "environment": "production"}),
        ("sessions", SESSIONS, {"status__not": "errored"}),
        ("check_in", CHECK_IN, {"monitor_slug": "nightly", "status": "ok", "duration": 1.5}),
        ("client_report", REPORT, {"reason": "sample_rate", "category": "error", "quantity": 2}),
        ("feedback", FEEDBACK, {"message": "it broke", "contact_email__endswith": "example.com"}),
        ("user_report", USER_REPORT, {"message": "bad", "name": "Ada"}),
    ],
)
def test_a_field_is_read_from_items_of_its_type(
    relay: Relay, send: Any, kind: str, payload: Any, where: dict[str, Any]
) -> None:
    send(payload, type=kind)
    verdict = judge(
        Expectation.from_json({"type": kind, "where": where}, reader_position=0), relay.store
    )
    assert verdict.held, verdict.text


def test_an_attachment_is_known_by_its_header_and_its_bytes(relay: Relay, send: Any) -> None:
    send(b"\x00\xffdump", type="attachment", filename="core.bin", content_type="application/x")
    where = {"filename": "core.bin", "content_type__startswith": "application/", "size": 6}
    expectation = Expectation.from_json({"type": "attachment", "where": where}, reader_position=0)
    (found,) = judge(expectation, relay.store).matched
    assert found.exhibit.data == b"\x00\xffdump"


def test_bytes_that_begin_like_json_are_no_json(relay: Relay, send: Any) -> None:
    send(b'"\xff"', type="attachment", filename="core.bin")
    expectation = Expectation.from_json(
        {"type": "attachment", "where": {"filename": "core.bin"}}, reader_position=0
    )
    (found,) = judge(expectation, relay.store).matched
    assert found.exhibit.payload is None


def test_a_trace_that_only_the_envelope_names_is_the_item_s(relay: Relay) -> None:
    trace, item = {"trace_id": "c" * 32, "public_key": "k" * 32}, {"type": "attachment"}
    lines = [{"event_id": "a" * 32, "trace": trace}, item, "bytes"]
    body = b"\n".join(msgspec.json.encode(line) for line in lines)
    relay.receive(
        Inbound(
            "POST",
            "/api/42/envelope/",
            f"sentry_key={'k' * 32}",
            {},
            body,
            "127.0.0.1",
            1_700_000_000.0,
            "b" * 32,
        )
    )
    relay.commit()
    expectation = Expectation.from_json({"where": {"trace_id": "c" * 32}}, reader_position=0)
    (found,) = judge(expectation, relay.store).matched
    assert found.exhibit.facts.trace_id == "c" * 32
    assert found.exhibit.document.facts.trace_id == "c" * 32


def test_each_record_of_a_container_is_matched_by_itself(relay: Relay, send: Any) -> None:
    record = {"timestamp": NOW, "trace_id": "b" * 32, "level": "info"}
    send({"items": [{**record, "body": f"line {number}"} for number in range(5)]}, type="log")
    where = {"body__in": ["line 1", "line 3"]}
    verdict = judge(
        Expectation.from_json({"type": "log", "where": where, "count": 2}, reader_position=0),
        relay.store,
    )
    assert [subject.place for subject in verdict.matched] == [(1, 1), (1, 3)]
