"""A relay with quotas, and envelopes to send to it at any time."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

import pytest

from fake_relay.config import RelayConfig
from fake_relay.protocol.envelope import Item, make_envelope, serialize
from fake_relay.records import Inbound, Reply
from fake_relay.relay import Relay
from fake_relay.store import Selection, open_store

KEY = "a" * 32
START = 1_700_000_040.0
"""A time at which windows of 60 s of an organization begin."""


@dataclass
class Sender:
    """Sends to a relay."""

    relay: Relay

    def __call__(
        self,
        *items: Item,
        at: float = 0.0,
        project: str = "42",
        key: str = KEY,
        path: str = "envelope/",
        query: str = "",
    ) -> Reply:
        """Send items, so many seconds after the start; the reply."""
        body = serialize(make_envelope({}, items)) if items else b"{}"
        headers = {"x-sentry-auth": f"Sentry sentry_key={key}"}
        reply = self.relay.receive(
            Inbound(
                "POST",
                f"/api/{project}/{path}",
                query,
                headers,
                body,
                "192.0.2.1",
                START + at,
                "b" * 32,
            )
        )
        self.relay.commit()
        return reply

    @property
    def outcomes(self) -> list[tuple[str, str]]:
        """The type and outcome of all items, oldest first; an accepted one's is empty."""
        items = self.relay.store.find(Selection(limit=1000)).items[::-1]
        return [(item.type, item.outcome) for item in items]

    @property
    def ledger(self) -> dict[str, dict[str, int]]:
        """Quantities by category and outcome."""
        found: dict[str, dict[str, int]] = defaultdict(dict)
        for entry in self.relay.store.ledger():
            reason = f"({entry.reason})" if entry.reason else ""
            found[entry.category][f"{entry.outcome}{reason}"] = entry.quantity
        return dict(found)


Start = Callable[..., Sender]


@pytest.fixture
def start() -> Iterator[Start]:
    """Start relays with settings of their own."""
    with ExitStack() as stack:

        def start_one(**settings: Any) -> Sender:
            store = open_store("memory:")
            stack.callback(store.close)
            return Sender(Relay(store, RelayConfig(**settings)))

        yield start_one


def limits_of(reply: Reply) -> tuple[int, str | None, str | None]:
    """Status, limits and retry time of a reply."""
    headers = dict(reply.headers)
    return reply.status, headers.get("X-Sentry-Rate-Limits"), headers.get("Retry-After")


@pytest.fixture
def told() -> Callable[[Reply], tuple[int, str | None, str | None]]:
    """What a reply says of limits."""
    return limits_of
