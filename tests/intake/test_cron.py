"""Jobs check in by URL, with a form of fields in the query or a body of JSON (PROTOCOL.md 2.8)."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from fake_relay.intake import find_door

KEY = "a" * 32
NIL = "0" * 32
ID = "9ec79c33-ec99-42ab-8353-589fcb2e04dc"
JSON = {"content-type": "application/json"}


def check_in(sender: Any) -> dict[str, Any]:
    """The payload of the only item."""
    [item] = sender.items
    found: dict[str, Any] = json.loads(sender.store.payload(item.id))
    return found


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize(
    ("path", "query", "headers"),
    [
        ("/api/42/cron/nightly", f"sentry_key={KEY}&status=ok", {}),
        ("/api/42/cron/nightly/", f"status=ok&sentry_key={KEY}", {}),
        (f"/api/42/cron/nightly/{KEY}", "status=ok", {}),
        (f"/api/42/cron/nightly/{KEY}/", "status=ok", {}),
        ("/api/42/cron/nightly", "status=ok", {"x-sentry-auth": f"Sentry sentry_key={KEY}"}),
        (
            "/api/42/cron/nightly",
            "status=ok",
            {"authorization": "Basic " + base64.b64encode(f"{KEY}:".encode()).decode()},
        ),
    ],
)
def test_a_job_checks_in_by_url_with_its_key_anywhere(
    sender: Any, method: str, path: str, query: str, headers: dict[str, str]
) -> None:
    reply = sender.send(b"", method=method, path=path, query=query, headers=headers)
    assert (reply.status, reply.body) == (202, b"")
    assert check_in(sender) == {"monitor_slug": "nightly", "status": "ok", "check_in_id": NIL}


def test_all_fields_of_the_query_are_read(sender: Any) -> None:
    query = f"status=in_progress&check_in_id={ID}&environment=dev%20box&duration=1.5&other=1"
    sender.send(b"", path=f"/api/42/cron/nightly/{KEY}", query=query)
    assert check_in(sender) == {
        "monitor_slug": "nightly",
        "status": "in_progress",
        "check_in_id": ID,
        "environment": "dev box",
        "duration": 1.5,
    }


def test_a_body_of_json_is_the_check_in_and_the_url_names_the_monitor(sender: Any) -> None:
    body = {
        "monitor_slug": "other",
        "status": "error",
        "duration": 3,
        "monitor_config": {"schedule": {"type": "interval", "value": 5, "unit": "hour"}},
        "contexts": {"trace": {"trace_id": "ab" * 16}},
        "extra": [1],
    }
    reply = sender.send(
        json.dumps(body).encode(), path=f"/api/42/cron/nightly/{KEY}", query="", headers=JSON
    )
    assert reply.status == 202
    assert check_in(sender) == body | {"monitor_slug": "nightly", "check_in_id": NIL}


def test_the_event_id_is_fresh_and_the_client_is_named_where_it_does_not_say(sender: Any) -> None:
    sender.send(b"", path=f"/api/42/cron/nightly/{KEY}", query="status=ok")
    auth = f"Sentry sentry_key={KEY}, sentry_client=cronjob/1"
    sender.send(
        b"", path="/api/42/cron/nightly", query="status=ok", headers={"x-sentry-auth": auth}
    )
    assert [envelope.client for envelope in sender.envelopes] == ["relay-http", "cronjob/1"]
    assert sender.envelopes[0].event_id == sender.new_id


@pytest.mark.parametrize(
    ("query", "text"),
    [
        ("", "status"),
        ("duration=1", "status"),
        ("status=ok&duration=long", "duration"),
        ("status=ok&duration=nan", "finite"),
        ("status=ok&check_in_id=7", "7"),
    ],
)
def test_a_wrong_query_is_a_400_in_text(sender: Any, query: str, text: str) -> None:
    reply = sender.send(b"", path=f"/api/42/cron/nightly/{KEY}", query=query)
    assert (reply.status, reply.content_type) == (400, "text/plain; charset=utf-8")
    assert text in reply.body.decode()
    assert sender.items == []


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400),
        (b"{", 400),
        (b'{"status":NaN}', 400),
        (b"[" * 100_000, 400),
        (b"{}", 422),
        (b"[]", 422),
        (b'{"status":1}', 422),
        (b'{"status":"ok","duration":"1"}', 422),
        (b'{"status":"ok","check_in_id":"7"}', 422),
        (b'{"status":"ok","contexts":{"trace":{}}}', 422),
        (b'{"status":"ok","monitor_config":{}}', 422),
        (b'{"status":"ok","monitor_config":{"schedule":{"type":"interval","value":1}}}', 422),
        (b'{"status":"ok","monitor_config":{"schedule":{"type":"crontab","value":1}}}', 422),
    ],
)
def test_a_wrong_body_is_a_400_or_a_422_in_text(sender: Any, body: bytes, status: int) -> None:
    reply = sender.send(body, path=f"/api/42/cron/nightly/{KEY}", query="", headers=JSON)
    assert (reply.status, reply.content_type) == (status, "text/plain; charset=utf-8")
    assert sender.items == []


@pytest.mark.parametrize("query", ["status=ok", f"status=ok&sentry_key={KEY}"])
def test_one_key_is_needed_and_two_are_too_many(sender: Any, query: str) -> None:
    path = "/api/42/cron/nightly" + (f"/{KEY}" if "sentry_key" in query else "")
    assert sender.send(b"", path=path, query=query).status == 401


def test_the_door_never_says_429() -> None:
    place = find_door("/api/42/cron/nightly")
    assert place is not None
    assert not place.door.limited
