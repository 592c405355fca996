"""Quotas and limits on the path of an envelope: who falls, what is told, and when (7.2, 7.3)."""

from __future__ import annotations

import json
from typing import Any

import pytest

from fake_relay.config import Filters, Limits, ProjectConfig, Quota
from fake_relay.intake.answer import LIMITED
from fake_relay.protocol.category import Category
from fake_relay.protocol.envelope import Item, make_item
from fake_relay.protocol.rate_limits import RateLimit
from fake_relay.records import RefusedRecords
from fake_relay.store import Selection

NOW = 1_700_000_000

SESSION = {
    "sid": "b" * 32,
    "init": True,
    "started": "2023-11-14T22:13:20Z",
    "timestamp": "2023-11-14T22:13:20Z",
    "status": "ok",
    "attrs": {"release": "shop@1"},
}
TRANSACTION = {
    "type": "transaction",
    "transaction": "/a",
    "start_timestamp": NOW,
    "timestamp": NOW + 1,
    "contexts": {"trace": {"trace_id": "c" * 32, "span_id": "d" * 16, "op": "x"}},
    "spans": [],
}
CHECK_IN = {"check_in_id": "b" * 32, "monitor_slug": "nightly", "status": "ok"}
LOG = {"items": [{"timestamp": NOW, "trace_id": "c" * 32, "level": "info", "body": "hi"}]}
REPORT = {
    "timestamp": NOW,
    "discarded_events": [{"reason": "sample_rate", "category": "error", "quantity": 2}],
}


def item(kind: str, payload: Any = None, **headers: Any) -> Item:
    data = payload if isinstance(payload, bytes) else json.dumps(payload or {}).encode()
    return make_item(kind, data, headers)


EVENT = item("event", {"message": "boom"})
FILE = item("attachment", b"12345")
DUMP = item("attachment", b"MDMP12345", attachment_type="event.minidump", filename="a.dmp")
ITEMS = {
    "event": EVENT,
    "transaction": item("transaction", TRANSACTION),
    "session": item("session", SESSION),
    "attachment": FILE,
    "check_in": item("check_in", CHECK_IN),
    "log": item("log", LOG, item_count=1),
    "client_report": item("client_report", REPORT),
}


def quota(*categories: str, limit: int | None = 1, **more: Any) -> Quota:
    return Quota("q", categories, limit=limit, window=60, reason_code="over", **more)


def test_the_request_that_exceeds_a_quota_has_its_200_and_the_next_is_told(
    start: Any, told: Any
) -> None:
    send = start(quotas=(quota("error"),))
    assert [told(send(EVENT, at=at)) for at in (0, 10, 20.5)] == [
        (200, None, None),
        (200, None, None),
        (429, "40:error:organization:over", "40"),
    ]
    assert send.ledger == {"error": {"accepted": 1, "rate_limited(over)": 2}}


def test_the_body_of_a_429_is_relays(start: Any) -> None:
    send = start(quotas=(Quota(categories=("error",), limit=0),))
    assert json.loads(send(EVENT).body) == {"detail": LIMITED}


def test_a_limit_ends_with_its_window(start: Any, told: Any) -> None:
    send = start(quotas=(quota("error"),))
    replies = [told(send(EVENT, at=at)) for at in (0, 10, 59.9, 60)]
    assert replies[2:] == [(429, "1:error:organization:over", "1"), (200, None, None)]
    assert send.ledger["error"]["accepted"] == 2


def test_a_quota_of_zero_is_enforced_at_once_for_a_minute(start: Any, told: Any) -> None:
    send = start(quotas=(Quota(categories=("error",), limit=0, scope="key"),))
    assert told(send(EVENT)) == (429, "60:error:key", "60")
    assert send.ledger == {"error": {"rate_limited": 1}}


def test_a_quota_without_limit_refuses_nothing(start: Any, told: Any) -> None:
    send = start(quotas=(quota("error", limit=None),))
    assert [told(send(EVENT))[0] for _ in range(5)] == [200] * 5


def test_items_of_other_categories_are_accepted_beside_a_429(start: Any, told: Any) -> None:
    send = start(quotas=(Quota(categories=("error",), limit=0),))
    assert told(send(ITEMS["session"], EVENT, ITEMS["log"]))[0] == 429
    assert sorted(send.outcomes) == [("event", "rate_limited"), ("log", ""), ("session", "")]


def test_a_limit_for_what_is_not_in_the_envelope_is_not_told(start: Any, told: Any) -> None:
    send = start(quotas=(Quota(categories=("error",), limit=0),))
    assert told(send(ITEMS["session"])) == (200, None, None)


def test_the_longest_limit_is_the_time_to_wait(start: Any, told: Any) -> None:
    send = start()
    now = NOW + 40
    send.relay.quotas.impose(RateLimit(0, (Category.ERROR,), "project", "a"), now + 90.2)
    send.relay.quotas.impose(RateLimit(0, (Category.SESSION,), "key", "b"), now + 30)
    send.relay.quotas.impose(RateLimit(0, (Category.MONITOR,), "key", "c"), now + 900)
    status, header, seconds = told(send(EVENT, ITEMS["session"]))
    assert (status, seconds) == (429, "91")
    assert set(header.split(", ")) == {"91:error:project:a", "30:session:key:b"}
    assert {outcome for _, outcome in send.outcomes} == {"rate_limited(a)", "rate_limited(b)"}


@pytest.mark.parametrize(
    ("limited", "sent", "fallen"),
    [
        ("error", ["event"], ["event"]),
        ("default", ["event"], ["event"]),
        ("error", ["event", "attachment"], ["event", "attachment"]),
        ("attachment", ["event", "attachment"], ["attachment"]),
        ("attachment_item", ["attachment"], ["attachment"]),
        ("transaction", ["transaction", "event"], ["transaction"]),
        ("transaction_indexed", ["transaction"], ["transaction"]),
        ("session", ["session"], ["session"]),
        ("monitor", ["check_in", "session"], ["check_in"]),
        ("log_item", ["log"], ["log"]),
        ("log_byte", ["log"], ["log"]),
        ("span", ["transaction"], []),
        ("metric_bucket", ["event", "session", "log"], []),
        (None, ["session", "log", "check_in"], ["session", "log", "check_in"]),
        (None, ["client_report"], []),
    ],
)
def test_what_falls_by_a_limit(
    start: Any, limited: str | None, sent: list[str], fallen: list[str]
) -> None:
    """No category means all; client reports are never limited."""
    categories = () if limited is None else (limited,)
    send = start(quotas=(Quota(categories=categories, limit=0),))
    for name in sent if sent == ["transaction", "event"] else [""]:
        send(*[ITEMS[each] for each in ([name] if name else sent)])
    assert {kind for kind, outcome in send.outcomes if outcome} == set(fallen)
    assert len(send.outcomes) == len(sent)


@pytest.mark.parametrize("category", ["attachment", "attachment_item"])
def test_a_crash_dump_is_never_limited_as_an_attachment(
    start: Any, told: Any, category: str
) -> None:
    """Alone it is not told of, for nothing of it fell; beside it a plain file falls."""
    send = start(quotas=(Quota(categories=(category,), limit=0),))
    assert told(send(DUMP))[0] == 200
    assert told(send(DUMP, FILE))[0] == 429
    fallen = [kind for kind, outcome in send.outcomes if outcome]
    assert fallen == ["attachment"]


def test_a_crash_dump_falls_as_the_error_that_it_becomes(start: Any, told: Any) -> None:
    send = start(quotas=(Quota(categories=("error",), limit=0),))
    assert told(send(DUMP, FILE))[0] == 429
    assert {outcome for _, outcome in send.outcomes} == {"rate_limited"}


def test_bytes_count_where_the_category_counts_bytes(start: Any) -> None:
    send = start(quotas=(quota("attachment", limit=12),))
    for at in range(3):
        send(EVENT, FILE, at=at)
    assert send.ledger["attachment"] == {"accepted": 10, "rate_limited(over)": 5}
    assert send.ledger["attachment_item"] == {"accepted": 2, "rate_limited(over)": 1}
    assert send.ledger["error"] == {"accepted": 3}


def test_items_of_a_kind_are_counted_as_the_envelopes_sum(start: Any) -> None:
    """Five bytes would fit, fifteen do not: all three fall, as in Relay."""
    send = start(quotas=(quota("attachment", limit=12),))
    send(EVENT, FILE, FILE, FILE)
    assert send.ledger["attachment"] == {"rate_limited(over)": 15}


def test_what_falls_with_its_event_uses_no_quota_of_its_own(start: Any) -> None:
    send = start(quotas=(Quota("a", ("attachment",), limit=8, window=60), quota("error")))
    for at in range(3):
        send(EVENT, FILE, at=at)
    assert send.ledger["attachment"] == {"accepted": 5, "rate_limited(over)": 10}


def test_what_is_invalid_or_filtered_uses_no_quota(start: Any) -> None:
    send = start(quotas=(quota("error"),), filters=Filters(error_messages=("noise",)))
    for at in range(3):
        send(item("event", b"nope"), at=at)
        send(item("event", {"message": "noise"}), at=at)
    send(EVENT, at=4)
    assert send.ledger["error"] == {
        "invalid(invalid_json)": 3,
        "filtered(error-message)": 3,
        "accepted": 1,
    }


def test_a_known_limit_comes_before_everything_else(start: Any) -> None:
    """Payloads are not opened at the request stage, so even a broken one is rate limited."""
    send = start(quotas=(Quota(categories=("error",), limit=0),))
    send(item("event", b"nope"))
    assert send.ledger == {"error": {"rate_limited": 1}}


HUGE = item("event", {"message": "x" * 2000})
SMALL_EVENTS = Limits(max_event_size=1000, max_attachment_count=1)


def test_a_limited_item_that_is_too_large_is_limited_and_the_rest_is_kept(
    start: Any, told: Any
) -> None:
    """Known limits come before sizes (PROTOCOL.md 3.3)."""
    send = start(quotas=(Quota(categories=("error",), limit=0),), limits=SMALL_EVENTS)
    assert told(send(HUGE, ITEMS["session"])) == (429, "60:error:organization", "60")
    assert send.outcomes == [("event", "rate_limited"), ("session", "")]
    assert send.ledger["error"] == {"rate_limited": 1}


def test_items_that_are_too_many_only_with_limited_ones_are_kept(start: Any, told: Any) -> None:
    """Files fall with their event, and with them what was too much."""
    send = start(quotas=(Quota(categories=("error",), limit=0),), limits=SMALL_EVENTS)
    assert told(send(EVENT, FILE, FILE, ITEMS["check_in"]))[0] == 429
    assert send.ledger["attachment_item"] == {"rate_limited": 2}
    assert send.ledger["monitor"] == {"accepted": 1}


def test_what_is_too_large_beside_a_limited_item_refuses_the_envelope(start: Any) -> None:
    """The limited item keeps its own outcome, the others are too large; nothing is stored."""
    quotas = (Quota(categories=("monitor",), limit=0, reason_code="stop"),)
    send = start(quotas=quotas, limits=SMALL_EVENTS)
    reply = send(HUGE, ITEMS["check_in"], ITEMS["transaction"], ITEMS["client_report"])
    assert (reply.status, send.outcomes) == (413, [])
    assert send.ledger["monitor"] == {"rate_limited(stop)": 1}
    assert send.ledger["error"] == {"invalid(too_large:event)": 1}
    assert send.ledger["transaction"] == {"invalid(too_large:event)": 1}


def test_limits_of_others_leave_what_is_too_large_refused(start: Any, told: Any) -> None:
    send = start(quotas=(Quota(categories=("session",), limit=0),), limits=SMALL_EVENTS)
    assert told(send(HUGE)) == (413, None, None)


@pytest.mark.parametrize(
    ("scope", "accepted"),
    [
        ("organization", [True, False, False, False]),
        ("project", [True, False, True, False]),
        ("key", [True, True, True, False]),
    ],
)
def test_a_scope_says_who_shares_a_counter(start: Any, scope: Any, accepted: list[bool]) -> None:
    send = start(quotas=(quota("error", scope=scope),))
    senders = [("1", "a" * 32), ("1", "b" * 32), ("2", "a" * 32), ("1", "a" * 32)]
    for project, key in senders:
        send(EVENT, project=project, key=key)
    assert [outcome == "" for _, outcome in send.outcomes] == accepted


def test_a_quota_of_one_project_leaves_others_alone(start: Any) -> None:
    send = start(quotas=(Quota("q", (), "project", "7", 0),))
    send(EVENT, project="7")
    send(EVENT, project="8")
    assert send.outcomes == [("event", "rate_limited"), ("event", "")]


def test_a_project_with_quotas_of_its_own_is_an_organization_by_itself(start: Any) -> None:
    """What one test sets for its project must not end another test's."""
    own = ProjectConfig("7", quotas=(quota("error"),))
    send = start(quotas=(quota("error"),), projects=(own,))
    for project in ("7", "8", "7", "8", "9"):
        send(EVENT, project=project)
    assert [outcome == "" for _, outcome in send.outcomes] == [True, True, False, False, False]


def test_monitors_are_counted_apart_and_the_limit_is_not_told(start: Any, told: Any) -> None:
    send = start(quotas=(quota("monitor", group_by=("monitor_slug",)),))
    weekly = item("check_in", {**CHECK_IN, "monitor_slug": "weekly"})
    replies = [send(check_in) for check_in in (ITEMS["check_in"], weekly, ITEMS["check_in"])]
    assert [told(reply)[0] for reply in replies] == [200, 200, 200]
    assert told(send(weekly))[0] == 200
    assert [outcome == "" for _, outcome in send.outcomes] == [True, True, False, False]


def test_doors_of_cron_jobs_never_answer_429(start: Any, told: Any) -> None:
    send = start(quotas=(Quota(categories=("monitor",), limit=0),))
    assert told(send(path="cron/nightly/", query="status=ok"))[0] == 202
    assert send.ledger == {"monitor": {"rate_limited": 1}}


def test_limits_are_forgotten_when_a_project_gets_other_settings(start: Any, told: Any) -> None:
    send = start()
    send.relay.configure(ProjectConfig("42", quotas=(quota("error"),)))
    replies = [told(send(EVENT))[0] for _ in range(3)]
    send.relay.configure(ProjectConfig("42", quotas=(quota("error", limit=2),)))
    replies += [told(send(EVENT))[0] for _ in range(2)]
    send.relay.reset("42")
    replies += [told(send(EVENT))[0] for _ in range(5)]
    assert replies == [200, 200, 429, 200, 200, *[200] * 5]


def test_extra_quotas_hold_beside_the_configured_ones(start: Any) -> None:
    send = start(quotas=(quota("error", limit=2),))
    send.relay.quotas.set_extra([Quota("x", ("error",), limit=1, window=60)], "7")
    for project in ("7", "7", "8"):
        send(EVENT, project=project)
    send.relay.quotas.set_extra([], "7")
    send.relay.quotas.lift("7")
    send(EVENT, project="9")
    assert [outcome == "" for _, outcome in send.outcomes] == [True, False, True, False]


def test_lifting_ends_the_extra_quotas_limit_of_one_project(start: Any) -> None:
    send = start()
    send.relay.quotas.set_extra([Quota("x", ("error",), limit=1, window=60)], "7")
    for _ in range(2):
        send(EVENT, project="7")
    send.relay.quotas.set_extra([], "7")
    send.relay.quotas.lift("7")
    send(EVENT, project="7")
    assert [outcome == "" for _, outcome in send.outcomes] == [True, False, True]


def test_an_imposed_limit_can_be_lifted(start: Any, told: Any) -> None:
    send = start()
    send.relay.quotas.impose(RateLimit(0, (), "organization", "x"), NOW + 1000, "42")
    assert told(send(EVENT, project="43"))[0] == 200
    assert told(send(EVENT)) == (429, "960::organization:x", "960")
    send.relay.quotas.lift("42")
    assert told(send(EVENT))[0] == 200


def test_other_filters_leave_what_quotas_counted(start: Any, told: Any) -> None:
    send = start()
    send.relay.configure(ProjectConfig("42", quotas=(quota("error"),)))
    send(EVENT)
    changed = ProjectConfig("42", quotas=(quota("error"),), filters=Filters(localhost=True))
    send.relay.configure(changed)
    send(EVENT)
    assert told(send(EVENT))[0] == 429


CHILD = {"trace_id": "c" * 32, "span_id": "d" * 16, "start_timestamp": NOW, "timestamp": NOW + 1}
WITH_SPANS = item("transaction", {**TRANSACTION, "spans": [CHILD, {**CHILD, "span_id": "e" * 16}]})
SPAN = item("span", CHILD)
METADATA = json.dumps(
    {
        "trace_id": "c" * 32,
        "attachment_id": "a" * 32,
        "timestamp": NOW,
        "content_type": "text/plain",
    }
).encode()
FILE_OF_SPAN = item(
    "attachment",
    METADATA + b"abc",
    content_type="application/vnd.sentry.trace-attachment",
    meta_length=len(METADATA),
    span_id="d" * 16,
)


def test_the_spans_of_a_transaction_use_the_quota_of_spans_and_fall_without_it(
    start: Any, told: Any
) -> None:
    """The transaction counts as a span itself; of what does not fit, nothing is used."""
    send = start(quotas=(quota("span", limit=4),))
    assert [told(send(WITH_SPANS, at=at)) for at in (0, 10, 20)] == [
        (200, None, None),
        (200, None, None),
        (429, "40:span:organization:over", "40"),
    ]
    assert {outcome for _, outcome in send.outcomes} == {""}
    assert send.ledger == {
        "transaction": {"accepted": 3},
        "transaction_indexed": {"accepted": 3},
        "span": {"accepted": 3, "rate_limited(over)": 6},
        "span_indexed": {"accepted": 3, "rate_limited(over)": 6},
    }


def test_an_item_tells_how_many_of_its_spans_fell(start: Any) -> None:
    send = start(quotas=(Quota(categories=("span",), limit=0, reason_code="over"),))
    send(WITH_SPANS)
    (found,) = send.relay.store.find(Selection(limit=1)).items
    assert found.refused_records == (RefusedRecords("rate_limited(over)", 3, ()),)


@pytest.mark.parametrize("limited", ["transaction", "transaction_indexed"])
def test_spans_fall_with_their_transaction_by_its_reason(start: Any, limited: str) -> None:
    quotas = (quota(limited, limit=0), Quota(categories=("span",), limit=9, window=60, id="s"))
    send = start(quotas=quotas)
    send(WITH_SPANS)
    assert send.ledger["span"] == send.ledger["span_indexed"] == {"rate_limited(over)": 3}
    assert send.ledger["transaction"] == {"rate_limited(over)": 1}


def test_spans_of_one_kind_and_of_the_other_share_a_quota(start: Any) -> None:
    send = start(quotas=(quota("span", limit=4),))
    send(WITH_SPANS)
    send(SPAN, at=1)
    send(SPAN, at=2)
    assert send.outcomes == [("transaction", ""), ("span", ""), ("span", "rate_limited(over)")]


def test_a_quota_for_everything_counts_a_transaction_once(start: Any) -> None:
    send = start(quotas=(quota(limit=2),))
    for at in range(3):
        send(WITH_SPANS, at=at)
    assert [outcome for _, outcome in send.outcomes] == ["", "", "rate_limited(over)"]


def test_a_file_of_a_span_falls_by_the_limit_of_spans(start: Any, told: Any) -> None:
    send = start(quotas=(Quota(categories=("span",), limit=0),))
    assert told(send(FILE_OF_SPAN))[:2] == (429, "60:span:organization")
    assert send.ledger["attachment_item"] == {"rate_limited": 1}


def test_spans_that_a_limit_took_are_not_counted_again_when_the_rest_is_too_large(
    start: Any,
) -> None:
    send = start(
        quotas=(Quota(categories=("span",), limit=0),),
        limits=Limits(max_event_size=len(WITH_SPANS.payload) - 1),
    )
    assert send(WITH_SPANS).status == 413
    assert send.ledger["span"] == {"rate_limited": 3}
    assert list(send.ledger["transaction"].values()) == [1]
