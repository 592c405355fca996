"""What becomes of a request that is hit: the answer, what is kept of it, and where that stands."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

TRANSACTION = (
    "transaction",
    {
        "type": "transaction",
        "transaction": "GET /",
        "start_timestamp": 1.7e9 - 1,
        "timestamp": 1.7e9,
        "contexts": {"trace": {"trace_id": "c" * 32, "span_id": "d" * 16}},
    },
)
CHECK_IN = ("check_in", {"check_in_id": "e" * 32, "monitor_slug": "nightly", "status": "ok"})
EVENT_ID = "b" * 32


@pytest.mark.parametrize("status", [300, 400, 413, 429, 500, 503, 599])
def test_a_status_of_no_success_keeps_nothing_but_the_refusal(broken: Any, status: int) -> None:
    broken.plan({"effect": {"status": status}})
    assert broken.send().status == status
    assert broken.envelopes == []
    assert broken.ledger == {}
    assert broken.refused == [(status, f"fault:status_{status}")]


def test_the_bytes_of_a_refused_request_are_kept(broken: Any) -> None:
    broken.plan({"effect": {"status": 503}})
    broken.send()
    (request,) = broken.relay.store.refused().refused
    body = broken.relay.store.refused_body(request.id)
    assert b'"type":"event"' in body
    assert (request.project, request.door) == ("42", "envelope")


def test_a_status_of_success_promises_that_the_envelope_is_kept(broken: Any) -> None:
    broken.plan({"effect": {"status": 202, "headers": {"X-Sentry-Rate-Limits": "60::key"}}})
    reply = broken.send()
    assert reply.status == 202
    assert ("X-Sentry-Rate-Limits", "60::key") in reply.headers
    (envelope,) = broken.envelopes
    assert envelope.faults == ("status_202",)


def test_a_status_has_the_headers_and_the_body_that_it_is_given(broken: Any) -> None:
    headers = {"Retry-After": "7", "Content-Type": "text/plain"}
    broken.plan({"effect": {"status": 429, "headers": headers, "body": "no ☕"}})
    reply = broken.send()
    assert reply.body == "no ☕".encode()
    assert reply.headers == (("Retry-After", "7"), ("Content-Type", "text/plain"))


def test_a_bare_429_has_the_text_of_a_real_one_and_no_header_to_wait_by(broken: Any) -> None:
    broken.plan({"effect": {"status": 429}})
    reply = broken.send()
    assert b"quota or internal rate limit" in reply.body
    assert not {"Retry-After", "X-Sentry-Rate-Limits"} & {name for name, _ in reply.headers}


@pytest.mark.parametrize(
    ("effect", "act", "reason"),
    [
        ({"hang": {"seconds": 5}}, "hang", "fault:hang"),
        ({"reset": "before_body"}, "reset", "fault:reset_before_body"),
    ],
)
def test_a_request_that_never_got_an_answer_is_not_kept(
    broken: Any, effect: dict[str, Any], act: str, reason: str
) -> None:
    broken.plan({"effect": effect})
    assert broken.send().wire.act == act
    assert broken.envelopes == []
    assert broken.refused == [(0, reason)]


@pytest.mark.parametrize(
    ("effect", "act", "label"),
    [
        ({"reset": "after_body"}, "reset", "reset_after_body"),
        ({"truncate": {"bytes": 10}}, "truncate", "truncate_10"),
        ({"garbage": True}, "garbage", "garbage"),
        ({"latency": {"ms": 250}}, "", "latency_250ms"),
        ({"bad_json": True}, None, "bad_json"),
        ({"content_type": "text/html"}, None, "content_type"),
    ],
)
def test_a_broken_answer_leaves_the_envelope_kept_and_marked(
    broken: Any, effect: dict[str, Any], act: str | None, label: str
) -> None:
    broken.plan({"effect": effect})
    reply = broken.send()
    assert (reply.wire.act if reply.wire else None) == act
    (envelope,) = broken.envelopes
    assert envelope.faults == (label,)
    assert broken.ledger == {("error", "accepted", ""): 1}
    assert broken.refused == []


def test_bad_json_is_almost_json(broken: Any) -> None:
    broken.plan({"effect": {"bad_json": True}})
    reply = broken.send()
    assert reply.body == b'{"id":"%b"' % EVENT_ID.encode()
    with pytest.raises(json.JSONDecodeError):
        json.loads(reply.body)


def test_a_wrong_content_type_changes_nothing_else(broken: Any) -> None:
    broken.plan({"effect": {"content_type": "text/html"}})
    reply = broken.send()
    assert (reply.content_type, json.loads(reply.body)) == ("text/html", {"id": EVENT_ID})


def test_jitter_stays_in_its_bounds_and_repeats_itself(fresh: Callable[[], Any]) -> None:
    def delays(seed: int) -> list[float]:
        broken = fresh()
        effect = {"latency": {"ms": 100, "jitter_ms": 40}}
        broken.plan({"effect": effect, "seed": seed})
        return [broken.send().wire.delay for _ in range(20)]

    assert delays(1) == delays(1) != delays(2)
    assert all(0.06 <= delay <= 0.14 for delay in delays(1))
    assert len(set(delays(1))) > 10


def test_a_rate_limit_drops_its_category_and_keeps_the_rest(broken: Any) -> None:
    limit = {"categories": ["error"], "retry_after": 60, "reason": "quota"}
    broken.plan({"effect": {"rate_limit": limit}})
    reply = broken.send(("event", {}), CHECK_IN)
    assert reply.status == 429
    told = dict(reply.headers)
    assert told["X-Sentry-Rate-Limits"] == "60:error:organization:quota"
    assert told["Retry-After"] == "60"
    assert broken.ledger["error", "rate_limited", "quota"] == 1
    assert broken.ledger["monitor", "accepted", ""] == 1
    (envelope,) = broken.envelopes
    assert envelope.faults == ("rate_limit",)


def test_a_rate_limit_waits_for_its_category(broken: Any) -> None:
    broken.plan({"effect": {"rate_limit": {"categories": ["error"]}}, "times": 1})
    assert broken.send(TRANSACTION).status == 200
    assert broken.send().status == 429


def test_a_limit_stays_remembered_after_the_fault_is_used_up(broken: Any) -> None:
    limit = {"categories": ["error"], "retry_after": 60}
    broken.plan({"effect": {"rate_limit": limit}, "times": 1})
    at = [0.0, 10.5, 59.0, 60.0]
    replies = [broken.send(at=second) for second in at]
    assert [reply.status for reply in replies] == [429, 429, 429, 200]
    assert dict(replies[1].headers)["Retry-After"] == "50"
    assert [envelope.faults for envelope in broken.envelopes] == [("rate_limit",), (), (), ()]


def test_a_limit_for_one_project_is_none_for_the_others(broken: Any) -> None:
    broken.plan({"effect": {"rate_limit": {"retry_after": 60}}, "project": "42"})
    assert broken.statuses(1) == [429]
    assert broken.statuses(1, project="7") == [200]


def test_clearing_lifts_the_limits_that_faults_imposed(broken: Any) -> None:
    broken.plan({"effect": {"rate_limit": {"retry_after": 60}}, "project": "42"})
    assert broken.statuses(1) == [429]
    broken.relay.faults.clear("42")
    assert broken.statuses(1) == [200]


def test_a_quota_counts_and_the_request_after_the_one_that_exceeds_it_is_told(
    broken: Any,
) -> None:
    quota = {"categories": ["transaction"], "limit": 2, "window": 3600, "reason": "spent"}
    broken.plan({"effect": {"quota": quota}, "project": "42"})
    assert [broken.send(TRANSACTION).status for _ in range(4)] == [200, 200, 200, 429]
    assert broken.ledger["transaction", "accepted", ""] == 2
    assert broken.ledger["transaction", "rate_limited", "spent"] == 2
    assert broken.send().status == 200

    broken.relay.faults.clear("42")
    assert broken.send(TRANSACTION).status == 200


def test_a_request_that_is_wrong_anyway_gets_its_refusal_in_a_broken_answer(broken: Any) -> None:
    broken.plan({"effect": {"truncate": {"bytes": 4}}})
    reply = broken.send(("integration", {}))
    assert (reply.status, reply.wire.act) == (400, "truncate")


def test_without_a_plan_nothing_is_active_and_nothing_marked(broken: Any) -> None:
    assert broken.relay.faults.active is False
    assert broken.send().wire is None
    assert broken.envelopes[0].faults == ()
