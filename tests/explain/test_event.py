"""What became of one event, as sentences with evidence."""

from __future__ import annotations

import base64
import gzip
import json
import zlib
from typing import Any

import brotli
import pytest

from fake_relay.config import Filters, Limits, ProjectConfig, Quota, RelayConfig
from fake_relay.errors import ConfigError
from fake_relay.explain import explain
from fake_relay.store.retention import Retention

ID = "0123456789abcdef0123456789abcdef"
DASHED = "01234567-89AB-CDEF-0123-456789ABCDEF"
OTHER = "e" * 32


def explained(receiver: Any, event_id: str = ID, **narrowed: Any) -> Any:
    return explain(receiver.reader, event_id, now=receiver.now, **narrowed)


def kinds(found: Any) -> list[str]:
    return [finding.kind for finding in found.findings]


def test_an_event_that_was_stored_is_not_missing(receiver: Any) -> None:
    receiver.send(b'{"message":"hello"}', event_id=ID)
    found = explained(receiver, DASHED)
    assert (found.missing, kinds(found)) == (False, ["stored"])
    assert found.findings[0].sentence == "event 1 (hello) of project 42 was stored"
    assert found.findings[0].evidence.items == (1,)
    assert found.headline == f"event {ID} was stored, in project 42"


def test_an_event_that_was_invalid_is_told_with_its_reason(receiver: Any) -> None:
    receiver.send(b"{broken", event_id=ID)
    found = explained(receiver)
    assert (found.missing, kinds(found)) == (True, ["invalid"])
    assert "invalid_json" in found.headline
    assert "not the JSON that its type has" in found.findings[0].sentence


def test_an_event_that_was_filtered_is_told_with_the_setting(receiving: Any) -> None:
    receiver = receiving(RelayConfig(filters=Filters(error_messages=("hel*",))))
    receiver.send(b'{"message":"hello"}', event_id=ID)
    found = explained(receiver)
    assert (found.missing, kinds(found)) == (True, ["filtered"])
    assert found.findings[0].advice == "See filters.error_messages."


def test_a_transaction_tells_of_the_spans_that_it_was_stored_without(receiving: Any) -> None:
    receiver = receiving(RelayConfig(quotas=(Quota(categories=("span",), limit=0),)))
    span = {"trace_id": "c" * 32, "span_id": "d" * 16, "start_timestamp": receiver.now}
    fields = {"timestamp": receiver.now, "contexts": {"trace": span}, "spans": [span]}
    payload = json.dumps({"transaction": "/", "start_timestamp": receiver.now, **fields})
    receiver.send(payload.encode(), "transaction", ID)
    assert explained(receiver).findings[0].sentence == (
        "transaction 1 (/) of project 42 was stored, without 2 spans: rate_limited"
    )


def test_the_event_comes_before_what_was_attached_to_it(receiver: Any) -> None:
    header = b'{"event_id":"%b"}' % ID.encode()
    receiver.post(
        header + b'\n{"type":"attachment","length":1,"filename":"a"}\nx\n{"type":"event"}\n{}'
    )
    found = explained(receiver)
    assert [finding.evidence.items for finding in found.findings] == [(2,), (1,)]


def test_an_event_that_strict_mode_refused_is_found_in_the_refused_bytes(receiving: Any) -> None:
    known = ProjectConfig("42", public_keys=("b" * 32,))
    receiver = receiving(RelayConfig(strict=True, projects=(known,)))
    assert receiver.send(b"{}", event_id=ID).status == 403
    found = explained(receiver)
    assert (found.missing, kinds(found)) == (True, ["refused"])
    assert found.headline == f"event {ID} arrived and was refused with status 403"
    assert found.findings[0].evidence.refused == (1,)
    assert "key" in found.findings[0].advice


def test_an_event_that_was_too_large_is_told_with_the_limit(receiving: Any) -> None:
    receiver = receiving(RelayConfig(limits=Limits(max_event_size=100)))
    assert receiver.send(b'{"message":"%b"}' % (b"x" * 200), event_id=ID).status == 413
    found = explained(receiver)
    assert kinds(found) == ["refused"]
    assert "larger" in found.findings[0].sentence
    assert "[limits]" in found.findings[0].advice


def test_an_event_that_came_to_a_wrong_path_is_told_with_the_path(receiver: Any) -> None:
    receiver.send(b"{}", event_id=ID, path="/sentry/api/42/envelope/")
    (finding,) = explained(receiver).findings
    assert "/sentry/api/42/envelope/" in finding.sentence
    assert "DSN" in finding.advice


@pytest.mark.parametrize(
    ("coding", "encode"),
    [
        ("", lambda body: body),
        ("", base64.b64encode),
        ("", lambda body: base64.b64encode(zlib.compress(b" " + body))),
        ("gzip", gzip.compress),
        ("gzip", lambda body: gzip.compress(body)[:-4]),
        ("deflate", zlib.compress),
        ("br", brotli.compress),
    ],
)
@pytest.mark.parametrize("spelling", [ID, DASHED])
def test_an_id_is_found_in_any_coding_of_a_refused_body(
    receiver: Any, coding: Any, encode: Any, spelling: Any
) -> None:
    body = json.dumps({"event_id": spelling}).encode() * 2
    assert receiver.post(encode(body), content_encoding=coding, path="/nowhere").status == 404
    assert explained(receiver).findings[0].evidence.refused == (1,)


def test_garbage_that_cannot_be_searched_may_have_been_it(receiver: Any) -> None:
    receiver.post(gzip.compress(b"x" * 1000)[:20], content_encoding="gzip")
    found = explained(receiver)
    assert kinds(found) == ["refused", "never_seen"]
    assert not found.findings[0].certain
    assert found.findings[0].evidence.refused == (1,)


def test_a_refused_request_that_names_another_event_is_not_it(receiver: Any) -> None:
    receiver.send(b"{}", event_id=OTHER, path="/nowhere")
    assert kinds(explained(receiver)) == ["never_seen"]


@pytest.mark.parametrize(
    ("reason", "words"),
    [
        ("before_send", "before_send hook"),
        ("sample_rate", "not sampled"),
        ("ratelimit_backoff", "rate limit"),
        ("network_error", "connection failed"),
        ("queue_overflow", "queue was full"),
        ("a_new_reason", "a reason of its own"),
    ],
)
def test_what_the_sdk_reports_to_have_discarded_may_be_it(
    receiver: Any, reason: Any, words: Any
) -> None:
    report = {"discarded_events": [{"reason": reason, "category": "error", "quantity": 2}]}
    receiver.send(json.dumps(report).encode(), "client_report")
    found = explained(receiver)
    assert kinds(found) == ["discarded", "never_seen"]
    assert "2 errors" in found.findings[0].sentence
    assert words in found.findings[0].sentence
    assert found.findings[0].evidence.items == (1,)


def test_reports_of_other_projects_and_of_earlier_are_left_out(receiver: Any) -> None:
    report = b'{"discarded_events":[{"reason":"before_send","category":"error","quantity":1}]}'
    receiver.send(report, "client_report", project="7")
    receiver.now += 100
    receiver.send(b"{}", project="42")
    assert kinds(explained(receiver, project="42")) == ["never_seen"]
    assert kinds(explained(receiver, since=receiver.now - 50)) == ["never_seen"]
    assert kinds(explained(receiver)) == ["discarded", "never_seen"]


def test_an_event_that_had_to_make_room_may_be_among_the_evicted(receiving: Any) -> None:
    receiver = receiving(retention=Retention(max_items=1))
    receiver.send(b"{}", event_id=ID)
    receiver.send(b"{}", event_id=OTHER)
    found = explained(receiver, project="42")
    assert kinds(found) == ["evicted", "never_seen"]
    assert found.findings[0].sentence.startswith("1 older item had to make room")


def test_an_event_may_have_come_to_a_project_that_was_forgotten(receiving: Any) -> None:
    receiver = receiving(retention=Retention(max_age=100, max_projects=1))
    for project in ("1", "2", "3"):
        receiver.send(b"{}", event_id=ID, project=project)
        receiver.now += 60
    while receiver.reader.retain(receiver.now + 20):
        pass
    sentence = "2 projects without items were forgotten, and their ledgers"
    found = explained(receiver, OTHER)
    assert [one.sentence for one in found.findings if one.kind == "evicted"] == [
        f"{sentence}; it may have come to one of them"
    ]
    assert "evicted" in kinds(explained(receiver, OTHER, project="2"))
    assert "evicted" not in kinds(explained(receiver, OTHER, project="3"))
    period = explain(receiver.reader, None, now=receiver.now, since=receiver.now - 1000)
    assert [one.sentence for one in period.findings] == [sentence]
    assert period.findings[0].advice == "Raise max_projects in [retention]."


def test_nothing_at_all_leads_to_the_dsn(receiver: Any) -> None:
    (finding,) = explained(receiver).findings
    assert finding.sentence == "nothing at all has arrived here from anybody"
    assert "DSN" in finding.advice


def test_a_silent_project_is_told_who_did_send(receiver: Any) -> None:
    receiver.send(b"{}", project="7")
    (finding,) = explained(receiver, project="42").findings
    assert finding.sentence == (
        "project 42 has never sent anything that was accepted; project 7 did"
    )


def test_a_project_that_sends_other_things_is_asked_to_flush(receiver: Any) -> None:
    receiver.send(b"{}", event_id=OTHER)
    (finding,) = explained(receiver, project="42").findings
    assert "flush" in finding.advice


def test_what_is_no_event_id_is_an_error_in_words(receiver: Any) -> None:
    with pytest.raises(ConfigError, match="'x' is not an event id"):
        explained(receiver, "x")


def test_the_text_and_the_json_say_the_same(receiver: Any) -> None:
    receiver.send(b'{"message":"hello"}', event_id=ID)
    found = explained(receiver)
    assert str(found).splitlines() == [
        f"event {ID} was stored, in project 42",
        "- event 1 (hello) of project 42 was stored",
    ]
    assert found.to_json()["findings"][0]["evidence"]["items"] == [1]
