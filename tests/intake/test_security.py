"""Browsers' reports: each is an envelope of its own, with the browser's bytes (PROTOCOL.md 2.4)."""

from __future__ import annotations

import gzip
import json
import uuid
from typing import Any

import pytest

from fake_relay.intake.security import MAX_REPORTS

KEY = "a" * 32
LEVEL_2 = {
    "csp-report": {
        "document-uri": "https://shop.example/cart",
        "effective-directive": "script-src",
        "violated-directive": "script-src 'self'",
        "blocked-uri": "https://evil.example/x.js",
    }
}
REPORTING = {
    "type": "csp-violation",
    "age": 10,
    "url": "https://shop.example/cart",
    "body": {
        "documentURL": "https://shop.example/cart",
        "effectiveDirective": "style-src-elem",
        "blockedURL": "https://evil.example:8443/x.css",
        "lineNumber": 7,
    },
}


def post(sender: Any, body: bytes, **options: Any) -> Any:
    """The answer of the door to a body of a type that it takes."""
    options = {"path": "/api/42/security/", **options}
    options.setdefault("headers", {"content-type": "application/csp-report"})
    return sender.send(body, **options)


@pytest.mark.parametrize("path", ["/api/42/security/", "/api/42/csp-report/"])
@pytest.mark.parametrize(
    "content_type",
    [
        "application/json",
        "application/csp-report",
        "application/reports+json",
        "Application/CSP-Report; charset=utf-8",
    ],
)
def test_a_report_is_taken_with_each_of_its_types(
    sender: Any, path: str, content_type: str
) -> None:
    reply = post(
        sender, json.dumps(LEVEL_2).encode(), path=path, headers={"content-type": content_type}
    )
    assert (reply.status, reply.body) == (200, b"")
    assert [item.type for item in sender.items] == ["raw_security"]


@pytest.mark.parametrize(
    ("headers", "status", "body"),
    [
        ({"content-type": "text/plain"}, 415, b""),
        ({"content-type": "application/expect-ct-report+json"}, 415, b""),
        ({"content-type": "nothing"}, 400, b"bad content type"),
        ({}, 400, b"bad content type"),
    ],
)
def test_other_types_are_refused(
    sender: Any, headers: dict[str, str], status: int, body: bytes
) -> None:
    reply = post(sender, json.dumps(LEVEL_2).encode(), headers=headers)
    assert reply.status == status
    assert (body in reply.body) if body else reply.body == b""
    assert sender.items == []


def test_the_payload_is_the_browsers_bytes_and_the_query_goes_to_the_items_header(
    sender: Any,
) -> None:
    body = b' {"csp-report" :{"effective-directive":"img-src","extra":"\xc3\xa9"}}\n'
    post(sender, body, query=f"sentry_key={KEY}&sentry_release=shop%402&sentry_environment=prod")
    [item] = sender.items
    header = json.loads(bytes(item.headers))
    assert sender.store.payload(item.id) == body
    assert (header["sentry_release"], header["sentry_environment"]) == ("shop@2", "prod")
    assert item.event_id == sender.new_id


def test_a_batch_is_an_envelope_for_each_report_with_an_id_and_bytes_of_its_own(
    sender: Any,
) -> None:
    reports = [json.dumps(REPORTING), json.dumps(LEVEL_2), json.dumps(REPORTING, indent=1)]
    body = f" [{reports[0]},\n {reports[1]} , {reports[2]}]".encode()
    reply = post(
        sender,
        gzip.compress(body),
        headers={"content-type": "application/reports+json", "content-encoding": "gzip"},
    )
    assert reply.status == 200
    assert [sender.store.payload(item.id).decode() for item in sender.items] == reports
    ids = [envelope.event_id for envelope in sender.envelopes]
    assert len(set(ids)) == 3
    assert {uuid.UUID(each).version for each in ids[1:]} == {4}
    wires = [sender.store.body(envelope.id).wire.decode() for envelope in sender.envelopes]
    assert wires == reports


def test_an_empty_batch_is_taken_and_nothing_comes_of_it(sender: Any) -> None:
    assert post(sender, b"[]").status == 200
    assert sender.envelopes == []


@pytest.mark.parametrize("body", [b"", b"[", b"[1,]"])
def test_an_empty_body_and_a_broken_batch_are_400(sender: Any, body: bytes) -> None:
    assert post(sender, body).status == 400
    assert sender.items == []


def test_a_batch_of_countless_reports_is_413_and_nothing_of_it_is_kept(sender: Any) -> None:
    body = b"[" + b",".join([b"{}"] * (MAX_REPORTS + 1)) + b"]"
    assert post(sender, body).status == 413
    assert sender.items == []


def test_credentials_are_needed(sender: Any) -> None:
    assert post(sender, b"{}", query="sentry_release=1").status == 401


@pytest.mark.parametrize(
    ("report", "outcome"),
    [
        (LEVEL_2, ""),
        (REPORTING, ""),
        ({"type": "deprecation", "body": {}}, "filtered(invalid-csp)"),
        ({"type": "network-error", "body": {}}, "filtered(invalid-csp)"),
        ({"type": 7}, "invalid(security_report_type)"),
        ({}, "invalid(security_report_type)"),
        ({"expect-ct-report": {}}, "invalid(security_report_type)"),
        ({"expect-staple-report": {}}, "invalid(security_report_type)"),
        ({"known-pins": [], "hostname": "x"}, "invalid(security_report_type)"),
        ({"csp-report": {}}, "invalid(security_report)"),
        ({"csp-report": {"effective-directive": "foo-src"}}, "invalid(security_report)"),
        ({"csp-report": "x"}, "invalid(security_report)"),
        ({"type": "csp-violation"}, "invalid(security_report)"),
        (
            {"csp-report": {"effective-directive": "img-src", "line-number": "7"}},
            "invalid(security_report)",
        ),
        ({"csp-report": {"violated-directive": "img-src 'self' a.b"}}, ""),
        (
            {"csp-report": {"effective-directive": "x", "violated-directive": "img-src"}},
            "",
        ),
    ],
    ids=repr,
)
def test_what_sentry_makes_of_a_report_is_its_outcome(
    sender: Any, report: dict[str, Any], outcome: str
) -> None:
    assert post(sender, json.dumps(report).encode()).status == 200
    assert [item.outcome for item in sender.items] == [outcome]


@pytest.mark.parametrize("body", [b"{", b"7", b'{"csp-report":{"effective-directive":NaN}}'])
def test_what_is_no_json_object_is_invalid_json(sender: Any, body: bytes) -> None:
    assert post(sender, body).status == 200
    assert [item.outcome for item in sender.items] == ["invalid(invalid_json)"]


@pytest.mark.parametrize(
    ("directive", "blocked", "title"),
    [
        ("script-src", "https://evil.example/x.js", "Blocked 'script' from 'evil.example'"),
        ("script-src-elem", "http://evil.example:80/", "Blocked 'script' from 'evil.example'"),
        ("style-src", "https://e.example:8443/", "Blocked 'style' from 'e.example:8443'"),
        ("style-src", "self", "Blocked inline 'style'"),
        ("style-src-elem", "'self'", "Blocked 'style' or 'link' element"),
        ("script-src", "", "Blocked unsafe (eval() or inline) 'script'"),
        ("script-src 'unsafe-inline'", "self", "Blocked unsafe inline 'script'"),
        ("script-src 'unsafe-eval'", "self", "Blocked unsafe eval() 'script'"),
        ("img-src", "data", "Blocked 'image' from 'data:'"),
        ("img-src", "data:text/plain,x", "Blocked 'image' from 'data:'"),
        ("connect-src", "wss://s.example/x", "Blocked 'connect' from 'wss://s.example'"),
        ("form-action", "https://e.example/", "Blocked 'form' action to 'e.example'"),
        (
            "script-src-attr",
            "https://e.example/",
            "Blocked inline script attribute from 'e.example'",
        ),
        ("base-uri", "https://e.example/", "Blocked 'base-uri' from 'e.example'"),
        ("font-src", "http://[bad/", "Blocked 'font' from 'http://[bad/'"),
    ],
)
def test_a_reports_title_says_what_was_blocked(
    sender: Any, directive: str, blocked: str, title: str
) -> None:
    report = {"violated-directive": directive, "blocked-uri": blocked}
    post(sender, json.dumps({"csp-report": report}).encode())
    assert [item.title for item in sender.items] == [title]


def test_a_report_without_a_blocked_uri_is_about_the_page_itself(sender: Any) -> None:
    post(sender, b'{"csp-report":{"effective-directive":"font-src"}}')
    assert [item.title for item in sender.items] == ["Blocked inline 'font'"]
