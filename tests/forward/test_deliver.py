"""What arrives here leaves for an upstream, once and in order."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from fake_relay.config import Upstream

Start = Callable[..., Awaitable[Any]]
To = Callable[..., Upstream]


async def test_an_event_arrives_at_the_upstream_with_its_key_and_dsn(
    start: Start, upstream: Any, to: To
) -> None:
    relay = await start(to(upstream.dsn))
    event_id = await relay.event(1)
    await relay.drained()

    (got,) = upstream.taken
    assert got.path == "/api/7/envelope/"
    assert f"sentry_key={'b' * 32}" in got.headers["x-sentry-auth"]
    assert got.header["dsn"] == upstream.dsn
    assert got.payloads()[0]["event_id"] == event_id
    assert got.payloads()[0]["logentry"]["formatted"] == "event 1"
