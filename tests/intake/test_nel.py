"""Reports of Network Error Logging become logs (PROTOCOL.md 2.5)."""

from __future__ import annotations

import json
from typing import Any

import pytest

from fake_relay.intake import find_door
from fake_relay.intake.containers import MAX_PARTS, MAX_RECORDS

REPORT = {
    "type": "network-error",
    "age": 1500,
    "url": "https://shop.example:8443/cart?x=1",
    "user_agent": "Mozilla/5.0",
    "body": {
        "type": "http.error",
        "phase": "application",
        "status_code": 500,
        "method": "GET",
        "protocol": "http/1.1",
        "referrer": "https://shop.example/",
        "sampling_fraction": 1,
        "elapsed_time": 37,
        "server_ip": "192.0.2.7",
    },
}


def post(sender: Any, body: bytes, content_type: str = "application/reports+json") -> Any:
    """The answer of the door."""
    return sender.send(body, path="/api/42/nel/", headers={"content-type": content_type})


def records(sender: Any) -> list[dict[str, Any]]:
    """The log records of the only item."""
    [item] = sender.items
    found: list[dict[str, Any]] = json.loads(sender.store.payload(item.id))["items"]
    return found


def test_a_report_becomes_a_log_at_the_time_at_which_it_happened(sender: Any) -> None:
    reply = post(sender, json.dumps([REPORT]).encode())
    assert (reply.status, reply.body) == (200, b"")
    [record] = records(sender)
    assert record["timestamp"] == 1.7e9 - 1.5
    assert (record["level"], record["body"]) == ("warn", "The response had status 500")
    assert record["attributes"] == {
        "sentry.origin": {"value": "auto.http.browser_report.nel", "type": "string"},
        "browser.report.type": {"value": "network-error", "type": "string"},
        "url.domain": {"value": "shop.example", "type": "string"},
        "url.full": {"value": "https://shop.example:8443/cart?x=1", "type": "string"},
        "http.request.duration": {"value": 37, "type": "integer"},
        "http.request.method": {"value": "GET", "type": "string"},
        "http.request.header.referer": {"value": "https://shop.example/", "type": "string"},
        "http.response.status_code": {"value": 500, "type": "integer"},
        "network.protocol.name": {"value": "http", "type": "string"},
        "network.protocol.version": {"value": "1.1", "type": "string"},
        "server.address": {"value": "192.0.2.7", "type": "string"},
        "nel.referrer": {"value": "https://shop.example/", "type": "string"},
        "nel.phase": {"value": "application", "type": "string"},
        "nel.sampling_fraction": {"value": 1.0, "type": "double"},
        "nel.type": {"value": "http.error", "type": "string"},
    }


def test_a_batch_is_one_container_that_relay_would_take(sender: Any) -> None:
    post(sender, json.dumps([REPORT, REPORT, REPORT]).encode())
    [item] = sender.items
    header = json.loads(bytes(item.headers))
    assert (item.type, item.outcome, item.count) == ("log", "", 3)
    assert header["item_count"] == 3
    assert header["content_type"] == "application/vnd.sentry.items.log+json"
    assert len({record["trace_id"] for record in records(sender)}) == 3


@pytest.mark.parametrize(
    ("kind", "level", "text"),
    [
        ("ok", "info", "The request succeeded"),
        ("dns.unreachable", "warn", "The DNS server cannot be reached"),
        ("http.some_new_error", "warn", "http.some_new_error"),
        (None, "warn", "The error is of an unknown type"),
    ],
)
def test_level_and_text_come_from_the_type_of_the_error(
    sender: Any, kind: str | None, level: str, text: str
) -> None:
    post(sender, json.dumps([{"body": {"type": kind}}]).encode())
    [record] = records(sender)
    assert (record["level"], record["body"]) == (level, text)


def test_elements_without_a_body_are_passed_over(sender: Any) -> None:
    post(sender, json.dumps([7, {}, {"body": None}, REPORT, {"body": {}, "age": "x"}]).encode())
    assert len(records(sender)) == 2


@pytest.mark.parametrize("body", [b"{", b"{}", b"null", b"\xff", b"[" * 100_000])
def test_what_is_no_json_array_is_kept_and_invalid(sender: Any, body: bytes) -> None:
    assert post(sender, body).status == 200
    [item] = sender.items
    assert (item.type, item.outcome) == ("integration", "invalid(invalid_json)")
    assert sender.store.payload(item.id) == body


def test_no_reports_are_an_envelope_without_items(sender: Any) -> None:
    assert post(sender, b"[]").status == 200
    assert [envelope.item_types for envelope in sender.envelopes] == [()]


@pytest.mark.parametrize(
    ("content_type", "status"),
    [("application/json", 200), ("text/plain", 415), ("application/csp-report", 415), ("x", 400)],
)
def test_only_its_own_types_are_taken(sender: Any, content_type: str, status: int) -> None:
    assert post(sender, b"[]", content_type).status == status


def test_the_door_never_says_429() -> None:
    place = find_door("/api/42/nel/")
    assert place is not None
    assert not place.door.limited


def test_more_records_than_are_converted_at_once_are_413(sender: Any) -> None:
    assert post(sender, b"[" + b",".join([b"{}"] * (MAX_RECORDS + 1)) + b"]").status == 413
    assert sender.items == []


def test_countless_values_are_413_before_they_are_held(sender: Any) -> None:
    assert post(sender, b"[" + b",".join([b"0"] * (MAX_PARTS + 2)) + b"]").status == 413
