"""A relay without a shell, to which things go wrong."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from fake_relay.config import RelayConfig
from fake_relay.records import Inbound, Reply
from fake_relay.relay import Relay
from fake_relay.store import Store, open_store
from fake_relay.store.retention import Retention

NOW = 1_795_312_800.0
KEY = "a" * 32


@dataclass
class Receiver:
    """Takes envelopes at a moment that tests set."""

    relay: Relay
    now: float = NOW
    sent: list[Reply] = field(default_factory=list)

    @property
    def reader(self) -> Store:
        """What it holds."""
        return self.relay.store

    def post(self, body: bytes, project: str = "42", path: str = "", **headers: str) -> Reply:
        """Send bytes to the envelope door, or to a path, with a key."""
        known = {"x-sentry-auth": f"Sentry sentry_key={KEY}"}
        known |= {name.replace("_", "-"): value for name, value in headers.items()}
        where = path or f"/api/{project}/envelope/"
        reply = self.relay.receive(
            Inbound("POST", where, "", known, body, "127.0.0.1", self.now, "f" * 32)
        )
        self.relay.commit()
        return reply

    def send(
        self, payload: bytes, kind: str = "event", event_id: str = "", **options: Any
    ) -> Reply:
        """Send an envelope of one item."""
        header = b'{"event_id":"%b"}' % event_id.encode() if event_id else b"{}"
        body = b'%b\n{"type":"%b","length":%d}\n%b' % (header, kind.encode(), len(payload), payload)
        return self.post(body, **options)


@pytest.fixture
def receiving() -> Iterator[Callable[..., Receiver]]:
    """Make relays with settings of their own."""
    stores: list[Store] = []

    def make(config: RelayConfig | None = None, retention: Retention | None = None) -> Receiver:
        stores.append(open_store("memory:", retention=retention))
        return Receiver(Relay(stores[-1], config))

    yield make
    for store in stores:
        store.close()


@pytest.fixture
def receiver(receiving: Callable[..., Receiver]) -> Receiver:
    """A relay with default settings."""
    return receiving()
