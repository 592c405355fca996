"""A sender: requests to a relay's doors, and the real store behind them."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pytest

from fake_relay.config import RelayConfig
from fake_relay.records import Inbound, Reply, StoredEnvelope, StoredItem
from fake_relay.relay import Relay
from fake_relay.store import Selection, Store, open_store

KEY = "a" * 32


class Sender:
    """Sends to a relay of its own; `new_id` is the id that envelopes without one get."""

    new_id = "b" * 32

    def __init__(self, config: RelayConfig) -> None:
        self.store: Store = open_store("memory:")
        self.relay = Relay(self.store, config)

    def send(
        self,
        body: bytes = b"{}\n",
        *,
        path: str = "/api/42/envelope/",
        query: str = f"sentry_key={KEY}",
        headers: Mapping[str, str] | None = None,
        method: str = "POST",
        peer: str = "192.0.2.1",
    ) -> Reply:
        """The answer to one request, after the commit; header names are in lower case."""
        inbound = Inbound(method, path, query, headers or {}, body, peer, 1.7e9, self.new_id)
        reply = self.relay.receive(inbound)
        self.relay.commit()
        return reply

    @property
    def envelopes(self) -> list[StoredEnvelope]:
        """What is stored, oldest first."""
        return self.store.find_envelopes().envelopes[::-1]

    @property
    def items(self) -> list[StoredItem]:
        """What is stored, oldest first."""
        return self.store.find(Selection(limit=1000)).items[::-1]

    def content(self, index: int = 0) -> bytes:
        """The decoded body of the stored envelope of that index."""
        body = self.store.body(self.envelopes[index].id)
        assert body is not None
        return body.content


@pytest.fixture
def make_sender() -> Callable[..., Sender]:
    """A sender with a configuration: `make_sender(strict=True)`."""
    return lambda **settings: Sender(RelayConfig(**settings))


@pytest.fixture
def sender() -> Sender:
    """A sender to a relay in open mode."""
    return Sender(RelayConfig())
