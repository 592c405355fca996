"""What a health page says, and that it never says the DSN."""

from __future__ import annotations

import json
from typing import Any

import pytest
import sentry_sdk
from aiohttp import ClientSession, web
from aiohttp.test_utils import TestServer

from fake_relay.testing import Relay
from sdk_config import flush, health_payload, shutdown
from sdk_config.status_page import add_health_route


def test_the_page_has_the_keys_of_the_document_and_ours(service: Any) -> None:
    service(sample_rate=0.5, traces_sample_rate=0.25)

    found = health_payload()
    assert found["status"] == "healthy"
    sentry = found["sentry"]
    assert list(sentry)[:6] == [
        "enabled",
        "dsn_configured",
        "environment",
        "release",
        "sample_rate",
        "traces_sample_rate",
    ]
    assert sentry == {
        "enabled": True,
        "dsn_configured": True,
        "environment": "test",
        "release": "shop@2.0.3",
        "sample_rate": 0.5,
        "traces_sample_rate": 0.25,
        "transport": "HttpTransport",
        "queue": 0,
        "rate_limited": [],
        "dropped": {},
        "scrubber": sentry["scrubber"],
    }


def test_the_page_never_has_the_dsn(service: Any, relay: Relay) -> None:
    service()
    sentry_sdk.capture_message("hello")

    text = json.dumps(health_payload())
    key = relay.dsn.partition("//")[2].partition("@")[0]
    assert relay.dsn not in text
    assert key not in text


def test_limits_and_drops_are_shown(service: Any, relay: Relay) -> None:
    relay.faults.rate_limit("error", seconds=60)
    service(before_send=lambda event, hint: None if event["message"] == "noise" else event)
    sentry_sdk.capture_message("noise")
    sentry_sdk.capture_message("hears of the limit")
    flush()

    sentry = health_payload()["sentry"]
    assert "error" in sentry["rate_limited"]
    assert sentry["dropped"] == {"error user_hook": 1}


@pytest.mark.parametrize("dsn", ["", "https://example.invalid/1"])
def test_a_service_without_sentry_is_healthy_too(dsn: str, service: Any) -> None:
    service(dsn=dsn)

    found = health_payload()
    assert found["status"] == "healthy"
    assert found["sentry"]["enabled"] is False


def test_before_setup_there_is_a_page() -> None:
    shutdown()

    assert health_payload()["sentry"]["enabled"] is False


async def test_an_aiohttp_application_serves_it(service: Any) -> None:
    service()
    app = web.Application()

    assert add_health_route(app, "/status")
    async with TestServer(app) as server, ClientSession() as client:
        found = await (await client.get(server.make_url("/status"))).json()

    assert found["sentry"]["enabled"] is True


def test_what_is_no_application_is_left_alone() -> None:
    assert add_health_route(object()) is False
