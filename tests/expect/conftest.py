"""A relay without a network, and a way to send it items."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from fake_relay.records import Inbound
from fake_relay.relay import Relay
from fake_relay.store import open_store

Send = Callable[..., int]


@pytest.fixture
def relay() -> Relay:
    """A relay whose store is in memory."""
    return Relay(open_store("memory:"))


@pytest.fixture
def send(relay: Relay) -> Send:
    """Send one item: `send({"message": "boom"}, type="event", project="42")`; its id."""

    def send_item(
        payload: Any,
        type: str = "event",  # noqa: A002
        project: str = "42",
        **header: Any,
    ) -> int:
        data = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
        if type in ("log", "trace_metric", "span") and isinstance(payload, dict):
            header.setdefault("item_count", len(payload["items"]))
        head = json.dumps({"type": type, "length": len(data), **header}).encode()
        body = b"\n".join((b'{"event_id":"' + b"a" * 32 + b'"}', head, data, b""))
        inbound = Inbound(
            "POST",
            f"/api/{project}/envelope/",
            f"sentry_key={'k' * 32}",
            {},
            body,
            "127.0.0.1",
            1_700_000_000.0,
            "b" * 32,
        )
        reply = relay.receive(inbound)
        assert reply.status == 200, reply
        relay.commit()
        return relay.store.position()

    return send_item
