"""Whatever a payload holds, its facts are read as far as they go, and nothing is raised."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fake_relay.items import ITEM_TYPES, item_type
from fake_relay.items.facts import Facts
from fake_relay.protocol.envelope import make_item

TRACE = {"trace_id": "a" * 32, "span_id": "b" * 16}
TIMED = {"start_timestamp": 1.0, "timestamp": 2.0, "contexts": {"trace": TRACE}}
STARTED = {"started": "2024-01-01T00:00:00Z", "attrs": {"release": "a@1"}}
JSON_TYPES = sorted(name for name, row in ITEM_TYPES.items() if row.json)

# The field names that any reader looks for, so that odd values meet the readers.
FIELDS = [
    "aggregates", "attributes", "attrs", "blocked-uri", "body", "check_in_id", "comments",
    "contexts", "csp-report", "discarded_events", "duration", "email", "end_timestamp",
    "event_id", "exception", "exited", "feedback", "formatted", "handled", "id", "items", "key",
    "level", "logentry", "mechanism", "message", "monitor_slug", "name", "op", "quantity",
    "reason", "category", "release", "replay_id", "sdk", "segment_id", "sentry.release",
    "sentry.environment", "sid", "span_id", "spans", "start_timestamp", "started", "status",
    "tags", "timestamp", "trace", "trace_id", "transaction", "type", "urls", "user", "user.id",
    "value", "values",
]  # fmt: skip
scalars = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.sampled_from([10**400, -(10**25), 2**63, 0, 1.5, float("nan"), float("inf"), -1e308])
    | st.floats()
    | st.sampled_from(["", "x", "2024-01-01T00:00:00Z", "0001-01-01T00:00:00+23:59", "\ud800", "é"])
    | st.text(max_size=4)
)
values = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(FIELDS), inner, max_size=5)
    ),
    max_leaves=14,
)
objects = st.dictionaries(st.sampled_from(FIELDS), values, max_size=7)


def facts_of(kind: str, payload: bytes, **headers: Any) -> Facts:
    item = make_item(kind, payload, headers)
    facts = item_type(kind).facts(item.header, item.payload)
    quantities = item_type(kind).quantities(item.header, item.payload, facts)
    assert all(0 <= quantity.amount <= 2**40 for quantity in quantities)
    return facts


def assert_storable(facts: Facts) -> None:
    """Text that UTF-8 can hold, numbers that a column can."""
    texts = [facts.title, facts.event_id, facts.trace_id, facts.text]
    "".join(texts + [part for term in facts.terms for part in term]).encode()
    assert isinstance(facts.count, int)
    assert 0 <= facts.count < 2**53
    for number in (facts.timestamp, facts.duration):
        assert number is None or abs(number) < 1e15


@settings(max_examples=250)
@given(st.sampled_from(JSON_TYPES), objects | values, st.booleans())
def test_any_json_has_facts_that_can_be_stored(kind: str, value: Any, container: bool) -> None:
    headers = {"item_count": 1} if container else {}
    assert_storable(facts_of(kind, json.dumps(value).encode(), **headers))


@settings(max_examples=150)
@given(st.sampled_from(sorted(ITEM_TYPES)), st.binary(max_size=60))
def test_any_bytes_have_facts_that_can_be_stored(kind: str, payload: bytes) -> None:
    assert_storable(facts_of(kind, payload))


@pytest.mark.parametrize("kind", JSON_TYPES)
@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b"not json",
        b"{",
        b'"text"',
        b"null",
        b"5",
        b'{"a":' + 5000 * b"[" + 5000 * b"]" + b"}",
        5000 * b"[",
    ],
)
def test_what_is_no_json_of_the_right_kind_is_a_problem(kind: str, payload: bytes) -> None:
    assert facts_of(kind, payload).problem


@pytest.mark.parametrize(
    "payload",
    [
        pytest.param(b'{"message":"hi","extra":{"a":NaN}}', id="NaN"),
        pytest.param(b'{"message":"hi","extra":{"a":"\\ud800"}}', id="lone surrogate"),
        pytest.param(b'{"message":"hi","extra":{"a":"\xff"}}', id="invalid UTF-8"),
        pytest.param(b'{"message":"hi","level":1e400}', id="number out of range"),
        pytest.param(b'{"message":"hi","user":{"id":%b}}' % (b"1" * 5000), id="5000 digits"),
    ],
)
def test_what_relays_parser_refuses_is_a_problem_and_is_read_all_the_same(payload: bytes) -> None:
    facts = facts_of("event", payload)
    assert (facts.title, bool(facts.problem)) == ("hi", True)


def test_a_lone_surrogate_becomes_a_replacement_character() -> None:
    assert facts_of("event", b'{"message":"a\\ud800b"}').title == "a\ufffdb"


@pytest.mark.parametrize(
    ("kind", "payload", "title"),
    [
        ("event", {"message": "hi", "tags": "text", "user": 5, "contexts": []}, "hi"),
        ("event", {"message": "hi", "exception": "text"}, "hi"),
        ("event", {"message": "hi", "contexts": {"trace": [], "feedback": "x"}}, "hi"),
        ("event", {"exception": {"values": [{"type": "A", "value": {"b": 1}}]}}, "A"),
        ("event", {"exception": {"values": [5, {"type": "A", "mechanism": "m"}]}}, "A"),
        ("event", {"message": "hi", "level": True, "timestamp": False, "release": {}}, "hi"),
        ("event", {"message": "hi", "release": 10**400}, "hi"),
        ("transaction", {"transaction": "/", **TIMED, "spans": {"a": 1}}, "/"),
        ("session", {**STARTED, "errors": [], "duration": "x"}, "session ok a@1"),
        ("log", {"items": [{"body": "a"}, 5, {"body": ["b"]}]}, "a (and 1 more)"),
        ("log", {"items": [{"body": "a", "attributes": {"user.id": 5}}]}, "a"),
        ("span", {"op": "db", "attributes": [], "timestamp": {}}, "db"),
        ("check_in", {"monitor_slug": "m", "status": "ok", "contexts": 5}, "m ok"),
        (
            "replay_event",
            {"segment_id": 1, "replay_id": "a" * 32, "urls": "text"},
            "replay segment 1",
        ),
        ("profile", {"transaction": "text"}, "profile of <unlabeled>"),
        (
            "raw_security",
            {"csp-report": {"effective-directive": "img-src"}, "type": 7, "body": []},
            "Blocked inline 'image'",
        ),
    ],
)
def test_a_field_of_an_odd_type_does_not_spoil_the_others(
    kind: str, payload: Any, title: str
) -> None:
    """Sentry repairs such fields; the item is no problem for them."""
    facts = facts_of(kind, json.dumps(payload).encode())
    assert (facts.title, facts.problem) == (title, "")


@pytest.mark.parametrize(
    ("kind", "payload", "title"),
    [
        ("transaction", {"transaction": "/", "spans": [None, 5, {}]}, "/"),
        ("session", {"status": "ok", "attrs": "text"}, "session ok"),
        ("sessions", {"aggregates": [{"exited": "4"}, {"exited": 2}, 5]}, "sessions 2 exited"),
        ("sessions", {"aggregates": {"exited": 2}, "attrs": None}, "sessions none"),
        ("check_in", {"monitor_slug": "m", "status": 5}, "m 5"),
        ("replay_event", {"segment_id": 1}, "replay segment 1"),
        ("feedback", {"contexts": {"feedback": "text"}}, "<empty feedback>"),
    ],
)
def test_what_relay_cannot_do_without_is_a_problem_and_the_rest_is_read(
    kind: str, payload: Any, title: str
) -> None:
    facts = facts_of(kind, json.dumps(payload).encode())
    assert (facts.title, bool(facts.problem)) == (title, True)


@pytest.mark.parametrize("kind", ["log", "trace_metric"])
def test_a_container_without_items_is_a_problem(kind: str) -> None:
    assert facts_of(kind, b'{"version":2}', item_count=0).problem


@pytest.mark.parametrize(
    "entry",
    [
        {"category": "error", "quantity": 1},
        {"reason": "r", "category": "error", "quantity": -1},
        {"reason": "r", "category": "error", "quantity": 2**32},
        {"reason": "r", "category": "error", "quantity": 1.5},
        {"reason": 5, "category": "error", "quantity": 1},
    ],
)
def test_a_client_report_with_a_bad_entry_is_a_problem_but_is_read(entry: dict[str, Any]) -> None:
    good = {"reason": "sample_rate", "category": "error", "quantity": 2}
    facts = facts_of("client_report", json.dumps({"discarded_events": [good, entry]}).encode())
    assert facts.problem
    assert facts.title.startswith("discarded 2 error (sample_rate)")


def test_a_client_report_without_a_list_is_a_problem() -> None:
    assert facts_of("client_report", b"{}").problem
