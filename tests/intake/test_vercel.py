"""Vercel's log drains become logs (PROTOCOL.md 2.10)."""

from __future__ import annotations

import json
from typing import Any

import pytest

from fake_relay.intake.containers import MAX_RECORDS

PATH = "/api/42/integration/vercel/logs"
JSON = "application/json"
NDJSON = "application/x-ndjson"
TRACE_ID = "1b02cd14bb8642fd092bc23f54c7ffcd"
PROXY = {
    "timestamp": 1573817250172,
    "method": "GET",
    "host": "shop.example",
    "path": "/api/users?page=1",
    "userAgent": ["Mozilla/5.0", "x"],
    "region": "sfo1",
    "statusCode": 200,
    "clientIp": "192.0.2.7",
    "vercelCache": "MISS",
}
RECORD = {
    "id": "log-1",
    "deploymentId": "dpl_1",
    "source": "lambda",
    "host": "shop.vercel.app",
    "timestamp": 1573817187330,
    "projectId": "prj_1",
    "level": "warning",
    "message": "slow",
    "type": "stdout",
    "statusCode": 200,
    "requestId": "643af4e3-975a-4cc7-9e7a-1eda11539d90",
    "environment": "production",
    "traceId": TRACE_ID,
    "spanId": "F24E8631BD11FAA7",
    "ja4Digest": "t13d",
    "proxy": PROXY,
    "unknown": 1,
}


def post(sender: Any, body: bytes, content_type: str = JSON, path: str = PATH) -> Any:
    """The answer of the door."""
    return sender.send(body, path=path, headers={"content-type": content_type})


def records(sender: Any) -> list[dict[str, Any]]:
    """The log records of the only item."""
    [item] = sender.items
    found: list[dict[str, Any]] = json.loads(sender.store.payload(item.id))["items"]
    return found


def test_a_record_becomes_a_log_with_everything_that_it_says(sender: Any) -> None:
    reply = post(sender, json.dumps([RECORD]).encode())
    assert (reply.status, reply.body) == (202, b"")
    [record] = records(sender)
    attributes = {name: each["value"] for name, each in record.pop("attributes").items()}
    assert record == {
        "timestamp": 1573817187.33,
        "trace_id": TRACE_ID,
        "span_id": "f24e8631bd11faa7",
        "level": "warn",
        "body": "slow",
    }
    assert attributes == {
        "sentry.origin": "auto.log_drain.vercel",
        "sentry.environment": "production",
        "server.address": "shop.vercel.app",
        "vercel.id": "log-1",
        "vercel.deployment_id": "dpl_1",
        "vercel.source": "lambda",
        "vercel.project_id": "prj_1",
        "vercel.log_type": "stdout",
        "vercel.status_code": 200,
        "vercel.request_id": "643af4e3-975a-4cc7-9e7a-1eda11539d90",
        "vercel.ja4_digest": "t13d",
        "vercel.proxy.timestamp": 1573817250172,
        "vercel.proxy.method": "GET",
        "vercel.proxy.host": "shop.example",
        "vercel.proxy.path": "/api/users?page=1",
        "vercel.proxy.user_agent": '["Mozilla/5.0","x"]',
        "vercel.proxy.region": "sfo1",
        "vercel.proxy.status_code": 200,
        "vercel.proxy.client_ip": "192.0.2.7",
        "vercel.proxy.vercel_cache": "MISS",
    }


@pytest.mark.parametrize(
    ("level", "expected"),
    [("info", "info"), ("warning", "warn"), ("error", "error"), ("fatal", "fatal"), ("x", "info")],
)
def test_a_level_is_one_of_sentrys(sender: Any, level: str, expected: str) -> None:
    post(sender, json.dumps([{**RECORD, "level": level}]).encode())
    assert [record["level"] for record in records(sender)] == [expected]


@pytest.mark.parametrize(
    ("change", "trace_id", "remark"),
    [
        ({"traceId": None, "trace.id": TRACE_ID}, TRACE_ID, None),
        ({"traceId": None}, "643af4e3975a4cc79e7a1eda11539d90", None),
        ({"traceId": None, "requestId": None}, None, "trace_id.missing"),
        ({"traceId": "x"}, None, "trace_id.invalid"),
    ],
)
def test_a_log_without_a_trace_has_that_of_its_request_or_a_fresh_one(
    sender: Any, change: dict[str, Any], trace_id: str | None, remark: str | None
) -> None:
    post(sender, json.dumps([{**RECORD, **change}]).encode())
    [record] = records(sender)
    assert len(record["trace_id"]) == 32
    assert trace_id in (None, record["trace_id"])
    found = record.get("_meta", {}).get("trace_id", {}).get("", {}).get("rem", [[None]])
    assert found[0][0] == remark


def test_lines_that_are_no_record_are_passed_over(sender: Any) -> None:
    line = json.dumps(RECORD)
    post(sender, f"{line}\n\nnothing\r\n{{}}\n{line}".encode(), NDJSON)
    assert len(records(sender)) == 2


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        (JSON, b""),
        (JSON, b"{}"),
        (JSON, b"[{}]"),
        (JSON, b"\xff"),
        (NDJSON, b""),
        (NDJSON, b"nothing\n"),
        (NDJSON, json.dumps(RECORD).encode() + b"\n\xff"),
    ],
)
def test_what_does_not_decode_is_kept_and_invalid(
    sender: Any, content_type: str, body: bytes
) -> None:
    assert post(sender, body, content_type).status == 202
    [item] = sender.items
    assert (item.type, item.outcome) == ("integration", "invalid(invalid_json)")


@pytest.mark.parametrize("path", [PATH, PATH + "/"])
@pytest.mark.parametrize(
    ("content_type", "status"),
    [
        (JSON, 202),
        (f"{JSON}; charset=utf-8", 202),
        (f"{NDJSON};charset=UTF-8", 202),
        (f"{JSON}; charset=latin-1", 415),
        ("text/plain", 415),
        ("", 415),
    ],
)
def test_only_its_own_types_are_taken(
    sender: Any, path: str, content_type: str, status: int
) -> None:
    assert post(sender, b"[]", content_type, path).status == status


@pytest.mark.parametrize("content_type", [JSON, NDJSON])
def test_more_records_than_are_converted_at_once_are_413(sender: Any, content_type: str) -> None:
    lines = [json.dumps(RECORD)] * (MAX_RECORDS + 1)
    body = "\n".join(lines) if content_type == NDJSON else f"[{','.join(lines)}]"
    assert post(sender, body.encode(), content_type).status == 413
    assert sender.items == []
