"""Every item type that Sentry scrubs, each in the closest shape of an event."""

from __future__ import annotations

import json
import zlib
from typing import Any

import msgpack
import pytest

from fake_relay.config import Scrubbing

CARD = "4111 1111 1111 1111"
AGENT = "Mozilla/5.0 (X11; Linux x86_64; rv:120.0) Gecko/20100101 Firefox/120.0"


def text(value: str) -> dict[str, str]:
    return {"value": value, "type": "string"}


def advanced(selector: str, *names: str, **rules: Any) -> Scrubbing:
    config = {"rules": rules, "applications": {selector: list(names)}}
    return Scrubbing(scrub_data=False, pii_config=json.dumps(config))


@pytest.mark.parametrize("kind", ["log", "trace_metric", "span"])
def test_attributes_are_scrubbed_by_name_and_value(view: Any, all_on: Scrubbing, kind: str) -> None:
    attributes = {
        "password": text("hunter2"),
        "x_internal": text("x"),
        "keep_me": text(CARD),
        "note": text(f"paid {CARD}"),
        "http.request.header.cookie.sessionid": text("abc"),
        "http.request.header.cookie": text("a=b; sessionid=abc"),
        "client.address": text("203.0.113.9"),
        "peer": text("203.0.113.9"),
        "count": {"value": 12, "type": "integer"},
    }
    found = view({"items": [{"name": "n", "attributes": attributes}]}, kind, scrubbing=all_on)
    kept = found.document["items"][0]["attributes"]
    assert kept == {
        "password": text("[Filtered]"),
        "x_internal": text("[Filtered]"),
        "keep_me": text(CARD),
        "note": text("paid [Filtered]"),
        "http.request.header.cookie.sessionid": text("[Filtered]"),
        "http.request.header.cookie": text("a=b; sessionid=[Filtered]"),
        "client.address": None,
        "peer": text("[ip]"),
        "count": {"value": 12, "type": "integer"},
    }
    assert "items.0.attributes.password.value" in {remark.path for remark in found.remarks}


def test_each_record_of_a_container_is_scrubbed_in_its_place(view: Any) -> None:
    records = [{"body": f"{n}", "attributes": {"token": text(f"t{n}")}} for n in range(100)]
    records[7] = {"body": f"card {CARD}"}
    found = view({"items": records}, "log").document["items"]
    assert [record["body"] for record in found[:8]] == [*"0123456", "card [creditcard]"]
    assert found[99] == {"body": "99", "attributes": {"token": text("[Filtered]")}}
    assert len(found) == 100


def test_a_logs_body_is_scrubbed_as_a_message_is(view: Any) -> None:
    found = view({"items": [{"body": f"{CARD} by a@example.com, password=x"}]}, "log")
    assert found.document["items"][0]["body"] == "[creditcard] by [email], password=x"


def test_advanced_rules_see_a_logs_body_and_attributes(view: Any) -> None:
    config = {"applications": {"$log.body": ["@email:mask"], "attributes.'a.b'.value": ["@ip"]}}
    found = view(
        {"items": [{"body": "a@b.com", "attributes": {"a.b": text("10.0.0.1")}}]},
        "log",
        scrubbing=Scrubbing(scrub_data=False, pii_config=json.dumps(config)),
    )
    assert found.document["items"] == [{"body": "*******", "attributes": {"a.b": text("[ip]")}}]


def test_a_wrong_clock_moves_logs(view: Any) -> None:
    found = view({"items": [{"timestamp": 1_600_000_000.0}]}, "log", sent_at=1_600_000_000.0)
    assert found.document["items"][0]["timestamp"] == 1_700_000_000.0


def test_a_legacy_span_is_scrubbed_as_a_transactions(view: Any, all_on: Scrubbing) -> None:
    span = {"span_id": "a" * 16, "is_segment": True, "data": {"password": "p", "n": 1}}
    found = view(span, "span", scrubbing=all_on).document
    assert found == span | {"data": {"password": "[Filtered]", "n": 1}}


def test_spans_of_a_transaction_are_scrubbed(view: Any) -> None:
    trace = {"trace_id": "a" * 32, "span_id": "b" * 16}
    event = {
        "start_timestamp": 1_700_000_000,
        "timestamp": 1_700_000_000,
        "contexts": {"trace": trace},
        "spans": [trace | {"start_timestamp": 1_700_000_000, "data": {"http.query": "token=a"}}],
    }
    found = view(event, "transaction").document
    assert found["spans"][0]["data"] == {"http.query": "[Filtered]"}


REPORT = {
    "document-uri": "http://good.example/a?b=c",
    "referrer": "http://other.example/",
    "violated-directive": "script-src-elem 'self'",
    "blocked-uri": "http://evil.example/x.js",
    "line-number": 5,
}


def test_a_browsers_report_becomes_a_csp_event(view: Any) -> None:
    """PROTOCOL.md 2.4."""
    headers = {"sentry_release": "shop@1", "sentry_environment": "test"}
    found = view({"csp-report": REPORT}, "raw_security", headers, user_agent=AGENT).document
    assert (found["type"], found["logger"], found["level"]) == ("csp", "csp", "error")
    assert found["csp"]["effective_directive"] == "script-src-elem"
    assert found["logentry"]["formatted"] == "Blocked 'script' from 'evil.example'"
    assert ["blocked-uri", "http://evil.example/x.js"] in found["tags"]
    assert ["effective-directive", "script-src-elem"] in found["tags"]
    assert found["request"]["url"] == "http://good.example/a"
    assert ["Referer", "http://other.example/"] in found["request"]["headers"]
    assert (found["release"], found["environment"]) == ("shop@1", "test")
    assert found["user"]["ip_address"] == "198.51.100.7"
    assert found["contexts"]["browser"]["name"] == "Firefox"


def test_both_forms_of_a_report_say_the_same(view: Any) -> None:
    camel = {
        "documentURL": "http://good.example/a?b=c",
        "referrer": "http://other.example/",
        "effectiveDirective": "script-src-elem",
        "blockedURL": "http://evil.example/x.js",
        "lineNumber": 5,
    }
    old = view({"csp-report": REPORT}, "raw_security").document
    new = view({"type": "csp-violation", "body": camel}, "raw_security").document
    for key in ("logentry", "tags", "request"):
        assert new[key] == old[key]


def test_inline_code_has_no_host(view: Any) -> None:
    report = {"effective-directive": "style-src", "blocked-uri": "self"}
    found = view({"csp-report": report}, "raw_security").document
    assert found["logentry"]["formatted"] == "Blocked inline 'style'"


def test_a_payment_hosts_query_is_cut_from_the_tag(view: Any) -> None:
    report = {"effective-directive": "img-src", "blocked-uri": "https://api.stripe.com/a?card=5"}
    found = view({"csp-report": report}, "raw_security").document
    assert ["blocked-uri", "https://api.stripe.com/a"] in found["tags"]


@pytest.mark.parametrize(
    ("report", "reason"),
    [
        ({"csp-report": {"effective-directive": "nope"}}, "security_report"),
        ({"csp-report": {}}, "security_report"),
        ({"type": "deprecation", "body": {}}, "invalid-csp"),
        ({"known-pins": []}, "security_report_type"),
        ({"type": "csp-violation"}, "security_report"),
    ],
)
def test_a_report_that_is_none_is_refused(view: Any, report: Any, reason: str) -> None:
    found = view(report, "raw_security")
    assert found.refused is not None
    assert found.refused.reason == reason


REPLAY = {
    "type": "replay_event",
    "replay_id": "a" * 32,
    "segment_id": 0,
    "timestamp": 1_700_000_000.0,
    "urls": ["http://u:p@shop.example/"],
    "platform": "javascript",
    "contexts": {"replay": {"session_sample_rate": 1}},
}


def test_a_replay_keeps_its_fields_and_gets_browser_and_address(view: Any) -> None:
    found = view(REPLAY, "replay_event", user_agent=AGENT)
    assert found.document["type"] == "replay_event"
    assert found.document["timestamp"] == 1_700_000_000.0
    assert found.document["urls"] == ["http://u:[Filtered]@shop.example/"]
    assert found.document["user"]["ip_address"] == "198.51.100.7"
    assert set(found.document["contexts"]) == {"replay", "browser", "os"}
    assert "trace" not in found.document["contexts"]


def test_a_replays_lists_are_cut(view: Any) -> None:
    found = view(REPLAY | {"urls": ["/"] * 150, "error_ids": ["a" * 32] * 101}, "replay_event")
    assert (len(found.document["urls"]), len(found.document["error_ids"])) == (100, 100)
    assert found.meta["urls"] == {"": {"len": 150}}


RRWEB = [
    {"type": 3, "timestamp": 1, "data": {"source": 5, "text": f"card {CARD}"}},
    {"type": 5, "timestamp": 2, "data": {"payload": {"message": "hello", "password": "p"}}},
]


@pytest.mark.parametrize("packed", [True, False])
def test_a_recording_is_scrubbed_and_stays_in_its_form(view: Any, packed: bool) -> None:
    body = json.dumps(RRWEB).encode()
    payload = b'{"segment_id":0}\n' + (zlib.compress(body) if packed else body)
    found = view(payload, "replay_recording")
    header, _, kept = found.payload.partition(b"\n")
    events = json.loads(zlib.decompress(kept) if packed else kept)
    assert header == b'{"segment_id":0}'
    assert events[0]["data"] == {"source": 5, "text": "card [Filtered]"}
    assert events[1]["data"]["payload"] == {"message": "hello", "password": "[Filtered]"}
    assert {remark.path for remark in found.remarks} == {
        "events.0.data.text",
        "events.1.data.payload.password",
    }


def test_a_recording_with_nothing_to_scrub_is_the_same_bytes(view: Any) -> None:
    payload = b'{"segment_id":0}\n[ {"type": 4} ]'
    assert view(payload, "replay_recording").payload == payload


def test_a_deep_page_is_scrubbed_string_by_string(view: Any) -> None:
    node: Any = {"textContent": f"card {CARD}"}
    for _ in range(150):
        node = {"childNodes": [node]}
    payload = b'{"segment_id":0}\n' + json.dumps([{"type": 2, "data": {"node": node}}]).encode()
    kept = view(payload, "replay_recording").payload
    assert b"card [Filtered]" in kept
    assert b"4111" not in kept
    assert kept.count(b"childNodes") == 150


@pytest.mark.parametrize(
    "payload", [b'{"segment_id":0}\n\x78\x9cnot zlib', b'{"segment_id":0}\n[oops']
)
def test_a_broken_recording_is_refused(view: Any, payload: bytes) -> None:
    assert view(payload, "replay_recording").refused is not None


def test_a_replay_video_is_scrubbed_inside(view: Any) -> None:
    parts = {
        "replay_event": json.dumps(REPLAY).encode(),
        "replay_recording": b'{"segment_id":0}\n' + json.dumps(RRWEB).encode(),
        "replay_video": b"\x00mp4",
    }
    kept = msgpack.unpackb(view(msgpack.packb(parts), "replay_video").payload)
    assert b"u:p@" not in kept["replay_event"]
    assert b"4111" not in kept["replay_recording"]
    assert kept["replay_video"] == b"\x00mp4"


def test_a_user_report_is_scrubbed_as_a_message(view: Any, all_on: Scrubbing) -> None:
    report = {"event_id": "a" * 32, "name": "Jo", "email": "jo@example.com", "comments": CARD}
    found = view(report, "user_report", scrubbing=all_on).document
    assert found == report | {"comments": "[creditcard]"}


SESSION = {"sid": "a" * 32, "started": "2023-11-14T22:13:20Z", "status": "ok"}


def test_sessions_lose_addresses_with_the_switch_for_them(view: Any, all_on: Scrubbing) -> None:
    attrs = {"release": "a@1", "ip_address": "203.0.113.9", "user_agent": AGENT}
    session = SESSION | {"did": "203.0.113.9", "attrs": attrs}
    found = view(session, "session", scrubbing=all_on)
    assert found.document["did"] == "[ip]"
    assert found.document["attrs"] == attrs | {"ip_address": None}
    rows = [{"did": did, "started": SESSION["started"]} for did in ("5", "203.0.113.9")]
    aggregates = {"attrs": attrs, "aggregates": rows}
    found = view(aggregates, "sessions", scrubbing=all_on).document
    assert [entry["did"] for entry in found["aggregates"]] == ["5", "[ip]"]


def test_sessions_keep_addresses_without_it(view: Any) -> None:
    attrs = {"release": "a@1", "ip_address": "203.0.113.9"}
    session = SESSION | {"did": "203.0.113.9", "attrs": attrs}
    assert view(session, "session").document == session


def test_a_profiles_metadata_is_scrubbed_and_its_samples_stay(view: Any) -> None:
    profile = {
        "event_id": "a" * 32,
        "transaction_metadata": {"password": "p"},
        "profile": {"frames": [{"function": "password"}], "samples": []},
    }
    found = view(profile, "profile").document
    assert found == profile | {"transaction_metadata": {"password": "[Filtered]"}}


def test_form_data_is_scrubbed_by_name(view: Any) -> None:
    found = view([["password", "p"], ["name", "n"], "odd"], "form_data").document
    assert found == [["password", "[Filtered]"], ["name", "n"], "odd"]


def test_attachments_are_untouched_without_a_rule_for_them(view: Any, all_on: Scrubbing) -> None:
    payload = f"password=hunter2 {CARD}".encode()
    found = view(payload, "attachment", {"filename": "a.log"}, scrubbing=all_on)
    assert (found.payload, found.remarks) == (payload, ())


@pytest.mark.parametrize(
    ("selector", "masked"),
    [
        ("$attachments.'*.log'", True),
        ("$attachments.'a.log'", True),
        ("$attachments.'*.txt'", False),
        ("$attachments.'*.txt' || $attachments.'a.*'", True),
        ("$attachments.**", True),
        ("$attachments", True),
        ("$string", False),
    ],
)
def test_attachments_are_masked_by_rules_that_name_them(
    view: Any, selector: str, masked: bool
) -> None:
    payload = b"\x00\xff by a@example.com \x80"
    settings = advanced(selector, "@email:replace")
    found = view(payload, "attachment", {"filename": "a.log"}, scrubbing=settings)
    assert found.payload == (b"\x00\xff by ************* \x80" if masked else payload)


@pytest.mark.parametrize(
    "name", ["@common", "@imei", "@creditcard:remove", "all", "digits", "alias"]
)
def test_no_rule_changes_an_attachments_length(view: Any, name: str) -> None:
    settings = advanced(
        "$attachments",
        name,
        digits={"type": "pattern", "pattern": r"\d{4}"},
        all={"type": "multiple", "rules": ["@imei:hash", "digits"]},
        alias={"type": "alias", "rule": "all"},
    )
    payload = f"card {CARD}, phone 356938035643809".encode()
    found = view(payload, "attachment", scrubbing=settings).payload
    assert found != payload
    assert len(found) == len(payload)


def test_a_view_hierarchy_is_scrubbed_as_json_by_advanced_rules_only(view: Any) -> None:
    hierarchy = {"rendering_system": "x", "windows": [{"identifier": "a@example.com"}]}
    headers = {"attachment_type": "event.view_hierarchy"}
    assert view(hierarchy, "attachment", headers).document == hierarchy
    found = view(hierarchy, "attachment", headers, advanced("$string", "@email")).document
    assert found["windows"] == [{"identifier": "[email]"}]


@pytest.mark.parametrize(
    ("kind", "payload"),
    [
        ("check_in", b'{ "monitor_slug": "password", "status": "ok" }'),
        ("client_report", b'{ "timestamp": 5, "discarded_events": [] }'),
        ("metric_buckets", b'[ {"name": "c:requests", "value": 5} ]'),
        ("my_own_type", b'{ "password": "p" }'),
        ("my_own_type", b"\x00\xff"),
        ("my_own_type", b""),
    ],
)
def test_other_items_are_the_same_bytes(
    view: Any, all_on: Scrubbing, kind: str, payload: bytes
) -> None:
    assert view(payload, kind, scrubbing=all_on).payload == payload
