"""What Relay refuses once a payload is opened, by item type (PROTOCOL.md 5, 7.6, 8.6 and 10)."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

NOW = 1_700_000_000.0
DAY = 24 * 3600
TRACE_ID = "771a43a4192642f0b136d5159a501700"
SPAN_ID = "1234567890abcdef"
TRACE = {"trace_id": TRACE_ID, "span_id": SPAN_ID}
TRANSACTION = {"start_timestamp": NOW - 1, "timestamp": NOW, "contexts": {"trace": TRACE}}
CHILD = {**TRACE, "start_timestamp": NOW - 1, "timestamp": NOW}
SESSION = {"sid": TRACE_ID, "started": "2023-11-14T22:13:00Z", "attrs": {"release": "a@1"}}
CHECK_IN = {"monitor_slug": "nightly", "status": "ok"}
TRACE_FILE = b'{"trace_id":"%b","attachment_id":"%b","timestamp":1.0,"content_type":"a/b"}' % (
    TRACE_ID.encode(),
    TRACE_ID.encode(),
)


def iso(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat()


@pytest.mark.parametrize(
    "change",
    [
        {},
        {"timestamp": None},
        {"timestamp": "2023-11-14T22:13:20", "start_timestamp": "2023-11-14T22:13:19.5Z"},
        {"contexts": {"trace": {**TRACE, "trace_id": "0" * 32}}},
        {"contexts": {"trace": {**TRACE, "trace_id": "771A43A4-1926-42F0-B136-D5159A501700"}}},
        {"spans": None},
        {"spans": [CHILD, CHILD | {"trace_id": "0" * 32}]},
        {"spans": [CHILD | {"timestamp": None}]},
        {"spans": [CHILD | {"start_timestamp": iso(NOW - 1), "timestamp": iso(NOW)}]},
        {"spans": [CHILD | {"start_timestamp": iso(NOW - 1)}]},
    ],
)
def test_a_transaction_that_relay_takes(fate: Any, change: dict[str, Any]) -> None:
    assert fate(("transaction", TRANSACTION | change)) == "accepted"


@pytest.mark.parametrize(
    "change",
    [
        {"start_timestamp": None},
        {"start_timestamp": "1700000000"},
        {"start_timestamp": "2023-11-14 22:13:19Z"},
        {"start_timestamp": "2023-11-14"},
        {"start_timestamp": "2023-11-14T22:13Z"},
        {"start_timestamp": True},
        {"start_timestamp": NOW + 1},
        {"contexts": {}},
        {"contexts": {"trace": {"span_id": SPAN_ID}}},
        {"contexts": {"trace": {**TRACE, "trace_id": "zz"}}},
        {"contexts": {"trace": {**TRACE, "trace_id": 5}}},
        {"contexts": {"trace": {"trace_id": TRACE_ID}}},
        {"contexts": {"trace": {**TRACE, "span_id": "0" * 16}}},
        {"contexts": {"trace": {**TRACE, "span_id": "1" * 15}}},
        {"spans": [None]},
        {"spans": [CHILD, {}]},
        {"spans": [CHILD | {"trace_id": None}]},
        {"spans": [CHILD, CHILD | {"span_id": "zz" * 8}]},
        {"spans": [CHILD | {"span_id": "1 2 3 4 5 6 7 8 "}]},
        {"spans": [CHILD | {"span_id": "0" * 16}]},
        {"spans": [CHILD | {"start_timestamp": None}]},
        {"spans": [CHILD | {"start_timestamp": "x"}]},
        {"spans": [CHILD | {"timestamp": NOW - 2}]},
        {"spans": [CHILD | {"start_timestamp": iso(NOW), "timestamp": iso(NOW - 1)}]},
    ],
)
def test_a_transaction_that_relay_refuses(fate: Any, change: dict[str, Any]) -> None:
    """The same cases as the official library refuses, with its reason."""
    assert fate(("transaction", TRANSACTION | change)) == "invalid(invalid_transaction)"


@pytest.mark.parametrize(
    ("kind", "payload_at", "age", "ahead"),
    [
        ("transaction", lambda at: TRANSACTION | {"start_timestamp": 0, "timestamp": at}, 5, 60),
        ("session", lambda at: SESSION | {"started": iso(at)}, 5, 60),
        ("client_report", lambda at: {"timestamp": at, "discarded_events": []}, 90, 60),
        (
            "sessions",
            lambda at: {"aggregates": [{"started": iso(at)}], "attrs": {"release": "a@1"}},
            5,
            60,
        ),
    ],
)
def test_what_is_too_old_or_too_far_ahead_is_refused(
    fate: Any, kind: str, payload_at: Any, age: int, ahead: int
) -> None:
    found = [
        fate((kind, payload_at(NOW + offset)))
        for offset in (-age * DAY - 1, -age * DAY + 1, ahead, ahead + 1)
    ]
    assert found == ["invalid(timestamp)", "accepted", "accepted", "invalid(timestamp)"]


def test_a_clock_that_is_wrong_by_an_hour_is_corrected(fate: Any) -> None:
    """A frozen clock is one: what it dates, and `sent_at`, are as old as each other."""
    old = NOW - 30 * DAY
    item = ("transaction", TRANSACTION | {"start_timestamp": old, "timestamp": old})
    assert fate(item, header={"sent_at": iso(old)}) == "accepted"
    assert fate(item, header={"sent_at": iso(NOW - 60)}) == "invalid(timestamp)"
    wrong = ("transaction", TRANSACTION)
    assert fate(wrong, header={"sent_at": iso(old)}) == "invalid(timestamp)"


@pytest.mark.parametrize(
    "change",
    [
        {"sid": "1"},
        {"started": None},
        {"started": NOW},
        {"started": "yesterday"},
        {"timestamp": NOW},
        {"errors": -1},
        {"errors": 1.5},
        {"attrs": {}},
        {"attrs": {"release": "latest"}},
        {"attrs": {"release": "a/b"}},
        {"attrs": {"release": "x" * 250}},
    ],
)
def test_a_session_that_relay_cannot_read_is_invalid(fate: Any, change: dict[str, Any]) -> None:
    assert fate(("session", SESSION | change)) == "invalid(invalid_json)"


@pytest.mark.parametrize(
    "change", [{}, {"status": "what"}, {"errors": 3}, {"sid": None}, {"timestamp": iso(NOW)}]
)
def test_a_session_that_relay_takes(fate: Any, change: dict[str, Any]) -> None:
    assert fate(("session", SESSION | change)) == "accepted"


def test_aggregates_stay_while_one_minute_of_them_is_in_the_window(fate: Any) -> None:
    buckets = [{"started": iso(NOW - 6 * DAY)}, {"started": iso(NOW)}]
    payload = {"aggregates": buckets, "attrs": {"release": "a@1"}}
    assert fate(("sessions", payload)) == "accepted"


CRONTAB = {"type": "crontab", "value": "0 * * * *"}


@pytest.mark.parametrize(
    "change",
    [
        {},
        {"status": "missed"},
        {"check_in_id": TRACE_ID, "environment": "x" * 64, "contexts": {"trace": TRACE}},
        {"monitor_config": {"schedule": CRONTAB}},
        {"monitor_config": {"schedule": {"type": "interval", "value": 5, "unit": "hour"}}},
    ],
)
def test_a_check_in_that_relay_takes(fate: Any, change: dict[str, Any]) -> None:
    assert fate(("check_in", CHECK_IN | change)) == "accepted"


@pytest.mark.parametrize(
    "change",
    [
        {"monitor_slug": ""},
        {"monitor_slug": None},
        {"status": None},
        {"check_in_id": "5"},
        {"environment": "x" * 65},
        {"contexts": {"trace": {}}},
        {"monitor_config": {}},
        {"monitor_config": {"schedule": {"type": "crontab", "value": 5}}},
        {"monitor_config": {"schedule": {"type": "interval", "value": -5, "unit": "hour"}}},
        {"monitor_config": {"schedule": {"type": "interval", "value": 5, "unit": "second"}}},
    ],
)
def test_a_check_in_that_relay_refuses(fate: Any, change: dict[str, Any]) -> None:
    assert fate(("check_in", CHECK_IN | change)) == "invalid(invalid_check_in)"


@pytest.mark.parametrize(
    ("item", "expected"),
    [
        (("event", {}), "accepted"),
        (("event", b"abc"), "invalid(invalid_json)"),
        (("event", {"timestamp": 1.0}), "accepted"),
        (("x_new", b"abc"), "accepted"),
        (("attachment", b"abc"), "accepted"),
        (("check_in", b"abc"), "invalid(invalid_check_in)"),
        (("user_report", {"event_id": TRACE_ID}), "accepted"),
        (("user_report", {"comments": "hm"}), "invalid(invalid_json)"),
        (("feedback", {"contexts": {"feedback": {"message": "x" * 4096}}}), "accepted"),
        (("feedback", {"contexts": {"feedback": {"message": " "}}}), "invalid(no_data)"),
        (
            ("feedback", {"contexts": {"feedback": {"message": "x" * 4097}}}),
            "invalid(too_large:user_report_v2)",
        ),
    ],
)
def test_single_items(fate: Any, item: tuple[Any, ...], expected: str) -> None:
    assert fate(item) == expected


def test_attachments_of_a_transaction_are_refused(walk: Any) -> None:
    walked = walk(("attachment", b"a"), ("transaction", TRANSACTION), ("x_new", b"a"))
    assert [str(outcome) for _, outcome in walked] == [
        "invalid(transaction_attachment)",
        "accepted",
        "accepted",
    ]


def trace_attachment(length: int, **headers: Any) -> tuple[Any, ...]:
    kind = "application/vnd.sentry.trace-attachment"
    fields = {"content_type": kind, "meta_length": length, **headers}
    return "attachment", TRACE_FILE + b"\x00\xff", fields


def test_an_attachment_of_a_trace_starts_with_its_metadata(fate: Any) -> None:
    whole = len(TRACE_FILE)
    transaction = ("transaction", TRANSACTION)
    assert fate(trace_attachment(whole), transaction) == "accepted"
    assert fate(trace_attachment(whole + 3)) == "invalid(invalid_trace_attachment)"
    assert fate(trace_attachment(whole - 1)) == "invalid(invalid_trace_attachment)"
    assert fate(trace_attachment(9, span_id=SPAN_ID)) == "invalid(invalid_span_attachment)"
    assert fate(trace_attachment(9, span_id=None)) == "invalid(invalid_trace_attachment)"


def test_a_placeholder_says_where_the_upload_is(fate: Any) -> None:
    headers = {"content_type": "application/vnd.sentry.attachment-ref+json", "attachment_length": 9}
    assert fate(("attachment", {"location": "/upload/1"}, headers)) == "accepted"
    assert fate(("attachment", {}, headers)) == "invalid(invalid_placeholder_attachment)"


def test_what_needs_an_event_that_is_refused_falls_with_it(walk: Any) -> None:
    walked = walk(("event", b"abc"), ("attachment", b"a"), ("session", SESSION))
    assert [str(outcome) for _, outcome in walked] == [
        "invalid(invalid_json)",
        "invalid(invalid_json)",
        "accepted",
    ]
