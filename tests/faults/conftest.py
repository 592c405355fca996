"""A relay with a plan, and requests to it, without a socket."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from fake_relay.config import RelayConfig
from fake_relay.faults import plan_of
from fake_relay.protocol.envelope import make_envelope, make_item, serialize
from fake_relay.records import Inbound, Reply, StoredEnvelope
from fake_relay.relay import Relay
from fake_relay.store import open_store

NOON = 1.7e9


@dataclass
class Broken:
    """A relay whose plan can be set, and what was sent to it."""

    relay: Relay

    def plan(self, *entries: dict[str, Any], project: str | None = None) -> None:
        """Replace the plan."""
        self.relay.faults.set(plan_of({"faults": list(entries)}), project)

    def send(
        self,
        *items: tuple[str, Any],
        project: str = "42",
        at: float = 0.0,
        path: str = "/api/{}/envelope/",
    ) -> Reply:
        """Send an envelope at so many seconds after noon; an error where no item is given."""
        items = items or (("event", {"level": "error"}),)
        made = [make_item(kind, json.dumps(value).encode()) for kind, value in items]
        fields = {"x-sentry-auth": f"Sentry sentry_key={'a' * 32}"}
        body = serialize(make_envelope({}, made))
        if "store" in path:
            body = json.dumps(items[0][1]).encode()
        inbound = Inbound(
            "POST", path.format(project), "", fields, body, "192.0.2.1", NOON + at, "b" * 32
        )
        reply = self.relay.receive(inbound)
        self.relay.commit()
        return reply

    def statuses(self, count: int, **options: Any) -> list[int]:
        """The statuses of so many requests, a second apart."""
        return [self.send(at=at, **options).status for at in range(count)]

    @property
    def envelopes(self) -> list[StoredEnvelope]:
        """What was kept, oldest first."""
        return self.relay.store.find_envelopes(limit=1000).envelopes[::-1]

    @property
    def ledger(self) -> dict[tuple[str, str, str], int]:
        """Quantities by category, outcome and reason."""
        return {
            (entry.category, entry.outcome.value, entry.reason): entry.quantity
            for entry in self.relay.store.ledger()
        }

    @property
    def refused(self) -> list[tuple[int, str]]:
        """Status and reason of what was refused, oldest first."""
        page = self.relay.store.refused(limit=1000).refused
        return [(request.status, request.reason) for request in reversed(page)]


@pytest.fixture
def broken() -> Broken:
    """A relay without faults so far."""
    return Broken(Relay(open_store("memory:")))


@pytest.fixture
def fresh() -> Callable[[], Broken]:
    """Makes relays, for tests that compare two."""
    return lambda: Broken(Relay(open_store("memory:"), RelayConfig()))
