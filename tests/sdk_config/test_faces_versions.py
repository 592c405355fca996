"""Every face and alias under each SDK: it works there, or does nothing, and never raises."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from fake_relay.testing import Relay

ROOT = Path(__file__).parents[2]
VERSIONS = ["1.45.1", "2.0.1", "2.75.0", "3.0.0b2"]

APP = """
import asyncio, json
import sdk_config as s
from sdk_config.runtime import current


def raised(text):
    try:
        raise ValueError(text)
    except ValueError as error:
        return error


def calls():
    s.set_user({"id": 1, "email": "a@b.test"})
    s.set_user_context(1, "ann", "a@b.test")
    s.add_user_context(user_id=1, user_email="a@b.test", user_role="owner", location_id="l1")
    s.set_context("database", {"ms": 3})
    s.set_tag("plan", "pro")
    s.set_flags(dark=True)
    s.add_business_context(appointment_id=5)
    s.add_breadcrumb("to orders", category="navigation", page=2)
    s.add_breadcrumb(message="opened", category="project", level="info", data={"id": 1})
    with s.scope(request_id="r1"), s.push_scope(step="one") as inner:
        inner.set_tag("step", "two")
        s.capture_message("scoped")
    s.capture_exception(raised("plain"), tags={"a": "b"}, extra={"c": 1}, operation="order")
    s.capture_message("said", level="warning", user_id=2, endpoint="/x")
    s.capture_booking_error(raised("booking"), appointment_id=1, user_id=2, location_id=3)
    s.capture_payment_error(raised("payment"), payment_id=1, amount=2, currency="EUR")
    s.capture_integration_error(raised("integration"), integration_type="x", operation="y")
    s.capture_notification_error(raised("notification"), "mail")
    s.domain_capture("shipping", ["parcel"])(raised("shipping"), "p1")
    s.bind_user({"id": 3})
    s.bind_user_from({}, lambda request: {"id": 3})
    s.capture_graphql_errors([raised("client's")], client_errors=True)
    s.clear_user_context()
    s.clear_user()
    with s.deployment("shop@3.0.0", "production"):
        pass
    s.capture_deployment_event("shop@3.0.1", "production", "failed", {"why": "disk"})
    s.capture_release_event("event", "info", {"features": 1})
    s.capture_release_health("shop@2.0.3", "error_rate", 1.5, "percentage")
    s.set_release_context("shop@4.0.0", commit="4f2a9c1", environment="staging")
    s.capture_message("later")
    s.get_version_from_git()
    return s.get_current_release(), s.get_release_info()


def wsgi(environ, start_response):
    s.capture_message("wsgi")
    start_response("503 Busy", [])
    return [b""]


async def asgi(scope, receive, send):
    s.capture_message("asgi")
    await send({"type": "http.response.start", "status": 200, "headers": []})


async def nowhere(message):
    pass


def requests():
    options = {"user_id_header": "X-User-Id", "trust_proxies": ["10.0.0.0/8"],
               "record_server_errors": True}
    environ = {"REQUEST_METHOD": "GET", "PATH_INFO": "/x", "HTTP_X_USER_ID": "u9",
               "HTTP_X_REQUEST_ID": "r9", "REMOTE_ADDR": "10.0.0.1"}
    s.WSGIContextMiddleware(wsgi, **options)(environ, lambda status, headers: None)
    headers = [(b"x-user-id", b"u9"), (b"x-request-id", b"r9")]
    scope = {"type": "http", "method": "GET", "path": "/x", "headers": headers,
             "client": ("10.0.0.1", 1)}
    asyncio.run(s.ContextMiddleware(asgi, **options)(scope, None, nowhere))


off = calls()
requests()
s.configure_sentry(user_fields=["id", "email"])
on = calls()
requests()
s.capture_message("after the requests")
emptied = s.flush(5)
print(json.dumps({"off": off, "on": on, "emptied": emptied, "failures": current().failures,
                  "dropped": {str(k): v for k, v in current().ledger.counts().dropped.items()}}))
"""


@pytest.mark.slow
@pytest.mark.timeout(240)
@pytest.mark.parametrize("version", VERSIONS)
def test_every_face_and_alias_works_under_every_sdk(
    version: str, run_under: Any, relay: Relay
) -> None:
    told = run_under(version, APP)

    assert told["off"] == [None, None]
    assert told["on"] == [
        "shop@4.0.0",
        {
            "release": "shop@4.0.0",
            "environment": "staging",
            "commit": "4f2a9c1",
            "dist": None,
            "source": "set_release()",
        },
    ]
    assert (told["emptied"], told["failures"], told["dropped"]) == (True, [], {})
    judge(relay)


def judge(relay: Relay) -> None:
    """What must have arrived, whatever the version."""
    events = {title(event): event for event in relay.items("event")}
    scoped = events["scoped"]
    assert {"request_id": "r1", "step": "two", "role": "owner"}.items() <= scoped["tags"].items()
    assert scoped["user"] == {"id": 1, "email": "a@b.test"}
    assert scoped["contexts"]["business"] == {"appointment_id": 5}
    assert scoped["contexts"]["flags"] == {"values": [{"flag": "dark", "result": True}]}
    assert [crumb["message"] for crumb in scoped["breadcrumbs"]["values"]] == [
        "to orders",
        "opened",
    ]
    assert "step" not in events["plain"]["tags"]
    assert events["plain"]["contexts"]["details"] == {"operation": "order"}
    assert events["said"]["user"]["id"] == 2
    for category in ("booking", "payment", "integration", "notification", "shipping"):
        assert events[category]["tags"]["error.category"] == category
    assert events["client's"]["tags"]["error.category"] == "graphql"
    assert events["later"]["release"] == "shop@4.0.0"
    assert not events["later"].get("user")
    failed = events["Deployment of shop@3.0.1 to production: failed"]
    assert (failed["level"], failed["release"]) == ("error", "shop@3.0.1")
    for kind in ("wsgi", "asgi"):
        assert events[kind]["user"]["id"] == "u9"
        assert events[kind]["tags"]["request_id"] == "r9"
    after = events["after the requests"]
    assert "request_id" not in after["tags"]
    assert not after.get("user")


def title(event: Any) -> str:
    """An event's message, or its exception's text."""
    if "exception" in event:
        return str(event["exception"]["values"][-1]["value"])
    return str(event.get("message") or event["logentry"]["message"])
