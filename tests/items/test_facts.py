"""The facts of a realistic payload of every item type."""

from __future__ import annotations

from typing import Any

import pytest

EVENT_ID = "9ec79c33ec9942ab8353589fcb2e04dc"
TRACE_ID = "771a43a4192642f0b136d5159a501700"
MOMENT = 1704067200.0
STAMP = "2024-01-01T00:00:00Z"


def test_an_event_is_known_by_its_last_exception(read: Any) -> None:
    facts = read(
        "event",
        {
            "event_id": EVENT_ID,
            "timestamp": STAMP,
            "level": "error",
            "platform": "python",
            "release": "shop@2.0",
            "environment": "production",
            "server_name": "web-1",
            "transaction": "/pay",
            "exception": {
                "values": [
                    {"type": "KeyError", "value": "'id'"},
                    {
                        "type": "PaymentFailed",
                        "value": "card declined\nsecond line",
                        "mechanism": {"type": "django", "handled": False},
                        "stacktrace": {"frames": [{"function": "pay", "vars": {"a": [1]}}]},
                    },
                ]
            },
            "tags": {"plan": "pro"},
            "user": {"id": 7, "email": "a@example.com"},
            "contexts": {"trace": {"trace_id": TRACE_ID, "op": "http"}, "os": {"name": "Linux"}},
            "sdk": {"name": "sentry.python"},
        },
    )
    assert (facts.title, facts.event_id, facts.trace_id, facts.timestamp, facts.problem) == (
        "PaymentFailed: card declined",
        EVENT_ID,
        TRACE_ID,
        MOMENT,
        "",
    )
    assert facts.text == "KeyError 'id'\nPaymentFailed card declined\nsecond line\n/pay"
    assert set(facts.terms) == {
        ("level", "error"), ("release", "shop@2.0"), ("environment", "production"),
        ("platform", "python"), ("transaction", "/pay"), ("server_name", "web-1"),
        ("sdk.name", "sentry.python"), ("op", "http"), ("user.id", "7"),
        ("user.email", "a@example.com"), ("tags[plan]", "pro"),
        ("exception.type", "KeyError"), ("exception.value", "'id'"),
        ("exception.type", "PaymentFailed"),
        ("exception.value", "card declined\nsecond line"),
        ("mechanism", "django"), ("handled", "false"),
    }  # fmt: skip


@pytest.mark.parametrize(
    ("payload", "title"),
    [
        ({"message": "hi"}, "hi"),
        ({"message": {"message": "hi %s", "formatted": "hi bob"}}, "hi bob"),
        ({"logentry": {"message": "hi %s", "params": ["bob"]}}, "hi %s"),
        ({"logentry": {"formatted": ""}, "message": "second"}, "second"),
        ({"exception": [{"type": "A"}]}, "A"),
        ({"exception": {"type": "A", "value": "b"}}, "A: b"),
        ({"exception": {"values": [None, {"value": "only"}]}}, "only"),
        ({"exception": {"values": []}, "message": "hi"}, "hi"),
        ({"exception": {"values": None}}, "<unknown>"),
        ({"exception": [{}]}, "<unknown>"),
        ({}, "<no message>"),
        ({"message": "\n\n  first\nsecond"}, "first"),
        ({"message": "x" * 300}, "x" * 199 + "…"),
    ],
)
def test_an_event_has_a_title_in_whatever_form_it_comes(
    read: Any, payload: dict[str, Any], title: str
) -> None:
    assert read("event", payload).title == title


@pytest.mark.parametrize(
    "tags",
    [
        {"a": 1, "b": True, "": "x", "c": None},
        [["a", 1], ["b", True], ["", "x"], ["c", None], ["long", 1, 2], 5, None],
        [{"key": "a", "value": 1}, {"key": "b", "value": True}, {"value": "x"}, {}],
        [["a", 1], [None, "x"], [["k"], "x"], {"key": "b", "value": True}],
    ],
)
def test_tags_are_read_in_every_form(read: Any, tags: Any) -> None:
    terms = [term for term in read("event", {"tags": tags}).terms if term[0] != "level"]
    assert terms == [("tags[a]", "1"), ("tags[b]", "true")]


def test_a_transaction_lasts_and_counts_its_spans(read: Any) -> None:
    facts = read(
        "transaction",
        {
            "transaction": "/pay",
            "start_timestamp": MOMENT,
            "timestamp": MOMENT + 0.25,
            "contexts": {"trace": {"trace_id": TRACE_ID, "op": "http.server", "status": "ok"}},
            "spans": [{"span_id": "1" * 16}, {"span_id": "2" * 16}],
        },
    )
    assert (facts.title, facts.duration, facts.count, facts.trace_id) == (
        "http.server /pay",
        250.0,
        3,
        TRACE_ID,
    )
    assert facts.values("status") == ["ok"]


def test_a_batch_of_logs_knows_all_its_records(read: Any) -> None:
    def record(body: str, level: str, user: Any, trace: str = TRACE_ID) -> dict[str, Any]:
        return {
            "timestamp": MOMENT,
            "trace_id": trace,
            "level": level,
            "body": body,
            "attributes": {
                "sentry.release": {"value": "shop@2.0", "type": "string"},
                "user.id": {"value": user, "type": "string"},
                "other": {"value": [1], "type": "array"},
            },
        }

    records = [record("one", "info", "7"), record("two", "warn", "8"), record("three", "info", "7")]
    records.append(record("four", "info", "7", "f" * 32) | {"timestamp": MOMENT + 5})
    facts = read("log", {"version": 2, "items": records}, item_count=4)
    assert (facts.title, facts.count, facts.trace_id, facts.timestamp, facts.text) == (
        "one (and 3 more)",
        4,
        TRACE_ID,
        MOMENT + 5,
        "one\ntwo\nthree\nfour",
    )
    assert set(facts.terms) == {
        ("level", "info"), ("level", "warn"), ("trace", TRACE_ID), ("trace", "f" * 32),
        ("release", "shop@2.0"), ("user.id", "7"), ("user.id", "8"),
    }  # fmt: skip


def test_a_batch_of_metrics_knows_its_names(read: Any) -> None:
    metric = {"timestamp": MOMENT, "trace_id": TRACE_ID, "type": "counter", "value": 2}
    items = [metric | {"name": "orders"}, metric | {"name": "carts"}]
    facts = read("trace_metric", {"items": items}, item_count=2)
    assert (facts.title, facts.count, facts.text, facts.trace_id, facts.timestamp) == (
        "2 metrics: orders, carts",
        2,
        "orders\ncarts",
        TRACE_ID,
        MOMENT,
    )
    assert facts.values("metric.name") == ["orders", "carts"]


def test_a_single_metric_shows_its_value(read: Any) -> None:
    items = [{"name": "orders", "type": "counter", "value": 2}]
    assert read("trace_metric", {"items": items}).title == "counter orders 2"


def test_a_container_of_spans_spans_them_all(read: Any) -> None:
    span = {"trace_id": TRACE_ID, "name": "GET /", "status": "ok", "start_timestamp": MOMENT}
    items = [
        span | {"span_id": "1" * 16, "end_timestamp": MOMENT + 1},
        span | {"span_id": "2" * 16, "end_timestamp": MOMENT + 2},
    ]
    facts = read(
        "span",
        {"items": items},
        item_count=2,
        content_type="application/vnd.sentry.items.span.v2+json",
    )
    assert (facts.title, facts.count, facts.duration, facts.timestamp) == (
        "GET / (and 1 more)",
        2,
        2000.0,
        MOMENT + 2,
    )
    assert facts.values("span.id") == ["1" * 16, "2" * 16]


def test_a_single_span_of_the_old_kind_is_read_too(read: Any) -> None:
    facts = read(
        "span",
        {"op": "db", "description": "SELECT 1", "start_timestamp": MOMENT, "timestamp": MOMENT + 1},
    )
    assert (facts.title, facts.duration, facts.count) == ("db SELECT 1", 1000.0, 1)


def test_a_session_says_how_it_went(read: Any) -> None:
    facts = read(
        "session",
        {
            "sid": "8333339f-5675-4f89-a9a0-1c935255ab58",
            "init": True,
            "started": STAMP,
            "status": "crashed",
            "errors": 1,
            "duration": 1.5,
            "attrs": {"release": "shop@2.0", "environment": "production"},
        },
    )
    assert (facts.title, facts.timestamp, facts.duration) == (
        "session crashed started shop@2.0",
        MOMENT,
        1500.0,
    )
    assert ("errors", "1") in facts.terms


def test_aggregates_count_their_sessions(read: Any) -> None:
    buckets = [
        {"started": STAMP, "exited": 40, "errored": 3, "crashed": 1},
        {"started": "2024-01-01T00:01:00Z", "exited": 1},
    ]
    facts = read("sessions", {"aggregates": buckets, "attrs": {"release": "shop@2.0"}})
    assert (facts.title, facts.count, facts.timestamp) == (
        "sessions 41 exited, 3 errored, 1 crashed shop@2.0",
        45,
        MOMENT + 60,
    )
    assert facts.values("status") == ["exited", "errored", "crashed"]


def test_a_check_in_names_its_monitor(read: Any) -> None:
    facts = read(
        "check_in",
        {
            "check_in_id": EVENT_ID,
            "monitor_slug": "nightly",
            "status": "ok",
            "duration": 0.5,
            "environment": "production",
            "contexts": {"trace": {"trace_id": TRACE_ID}},
        },
    )
    assert (facts.title, facts.trace_id, facts.duration) == ("nightly ok", TRACE_ID, 500.0)
    assert facts.values("monitor.slug") == ["nightly"]


def test_a_client_report_lists_what_was_discarded(read: Any) -> None:
    facts = read(
        "client_report",
        {
            "timestamp": MOMENT,
            "discarded_events": [
                {"reason": "sample_rate", "category": "transaction", "quantity": 5},
                {"reason": "queue_overflow", "category": "error", "quantity": 2},
            ],
        },
    )
    assert (facts.title, facts.count, facts.timestamp) == (
        "discarded 5 transaction (sample_rate), 2 error (queue_overflow)",
        7,
        MOMENT,
    )
    assert facts.values("reason") == ["sample_rate", "queue_overflow"]


def test_feedback_is_known_by_what_was_said(read: Any) -> None:
    said = {"message": "it broke", "contact_email": "a@example.com", "url": "https://h/"}
    facts = read("feedback", {"contexts": {"feedback": said, "trace": {"trace_id": TRACE_ID}}})
    assert (facts.title, facts.text, facts.trace_id) == ("it broke", "it broke", TRACE_ID)
    assert ("user.email", "a@example.com") in facts.terms


def test_a_user_report_belongs_to_an_event(read: Any) -> None:
    facts = read(
        "user_report",
        b'{"event_id":"%s","name":"Ann","email":"a@example.com","comments":"hm"}\n'
        % EVENT_ID.encode(),
    )
    assert (facts.title, facts.event_id, facts.problem) == ("hm", EVENT_ID, "")


def test_a_profile_names_its_transaction(read: Any) -> None:
    facts = read(
        "profile",
        {
            "platform": "python",
            "transaction": {"name": "/pay", "trace_id": TRACE_ID, "id": EVENT_ID},
            "profile": {"samples": [], "stacks": [], "frames": []},
        },
    )
    assert (facts.title, facts.trace_id) == ("profile of /pay", TRACE_ID)


def test_a_profile_of_the_python_sdk_names_its_transaction(read: Any) -> None:
    listed = {"transactions": [{"name": "/pay", "trace_id": TRACE_ID}], "platform": "python"}
    facts = read("profile", listed)
    assert (facts.title, facts.trace_id) == ("profile of /pay", TRACE_ID)


@pytest.mark.parametrize("kind", ["profile_chunk", "profile_chunk_ui"])
def test_a_profile_chunk_names_its_profiler(read: Any, kind: str) -> None:
    facts = read(kind, {"profiler_id": EVENT_ID, "platform": "python", "timestamp": MOMENT})
    assert (facts.title, facts.timestamp) == (f"profile chunk of profiler {EVENT_ID}", MOMENT)


def test_a_perfetto_chunk_starts_with_its_metadata(read: Any) -> None:
    metadata = b'{"profiler_id":"p"}'
    facts = read(
        "profile_chunk",
        metadata + b"\x00\xff",
        content_type="application/x-perfetto-trace",
        meta_length=len(metadata),
    )
    assert (facts.title, facts.problem) == ("profile chunk of profiler p", "")


def test_a_replay_event_names_its_pages(read: Any) -> None:
    facts = read(
        "replay_event",
        {
            "replay_id": EVENT_ID,
            "segment_id": 0,
            "replay_start_timestamp": MOMENT,
            "timestamp": MOMENT + 5,
            "urls": ["https://h/a", "https://h/b", 5],
        },
    )
    assert (facts.title, facts.duration) == ("replay segment 0 https://h/a", 5000.0)
    assert facts.values("url") == ["https://h/a", "https://h/b", "5"]


def test_a_recording_starts_with_its_segment(read: Any) -> None:
    facts = read("replay_recording", b'{"segment_id":3}\n\x78\x9c\xff\xff')
    assert (facts.title, facts.problem) == ("replay recording, segment 3 (4 bytes)", "")


def test_a_csp_report_says_what_was_blocked(read: Any) -> None:
    level_2 = {
        "document-uri": "https://h/",
        "blocked-uri": "https://evil.example/x.js",
        "effective-directive": "script-src",
    }
    facts = read("raw_security", {"csp-report": level_2}, sentry_release="shop@2.0")
    assert facts.title == "Blocked 'script' from 'evil.example'"
    assert ("release", "shop@2.0") in facts.terms


def test_a_report_of_the_reporting_api_is_read_too(read: Any) -> None:
    body = {"documentURL": "https://h/", "blockedURL": "self", "effectiveDirective": "style-src"}
    facts = read("raw_security", {"type": "csp-violation", "body": body})
    assert facts.title == "Blocked inline 'style'"


def test_a_security_event_is_an_event(read: Any) -> None:
    assert read("security", {"type": "csp", "message": "Blocked"}).title == "Blocked"


def test_form_fields_may_come_in_several_arrays(read: Any) -> None:
    facts = read("form_data", b'[["a","1"],["b]\\n[","2"]]\n [["c","3"]]')
    assert (facts.title, facts.count, facts.problem) == ("3 form fields: a, b]", 3, "")


def test_an_attachment_is_known_by_its_header(read: Any) -> None:
    facts = read("attachment", b"\x00\xff", filename="dump.bin", content_type="text/plain")
    assert (facts.title, facts.problem) == ("dump.bin (2 bytes)", "")
    assert ("attachment_type", "event.attachment") in facts.terms


@pytest.mark.parametrize(
    ("kind", "title"),
    [
        ("unreal_report", "Unreal crash report (2 bytes)"),
        ("replay_video", "replay video (2 bytes)"),
        ("x_new", "x_new (2 bytes)"),
    ],
)
def test_bytes_that_nobody_opens_are_known_by_their_size(read: Any, kind: str, title: str) -> None:
    facts = read(kind, b"\x00\xff")
    assert (facts.title, facts.problem) == (title, "")


def test_metric_buckets_are_counted(read: Any) -> None:
    assert read("metric_buckets", [{"name": "a"}, {}]).count == 2


def test_terms_are_bounded(read: Any) -> None:
    """A payload of a megabyte can hold a hundred thousand tags."""
    facts = read("event", {"tags": {f"k{number}": "x" * 300 for number in range(5000)}})
    assert len(facts.terms) == 1000
    assert max(len(value) for _, value in facts.terms) == 200
