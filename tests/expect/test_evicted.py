"""Items that had to make room are told of: they may be what was expected."""

from __future__ import annotations

from typing import Any

import pytest

from fake_relay.expect import judge
from fake_relay.relay import Relay
from fake_relay.store.memory import MemoryStore
from fake_relay.store.retention import Retention
from fake_relay.testing.sentences import event


@pytest.fixture
def relay() -> Relay:
    """A relay whose store has room for one item."""
    return Relay(MemoryStore(Retention(max_items=1)))


def test_a_verdict_tells_how_many_items_had_to_make_room(relay: Relay, send: Any) -> None:
    for message in ("boom", "bang", "crash"):
        send({"message": message})
    text = judge(event(message="boom"), relay.store).text
    assert text.endswith("arrived: 1 event\n2 older items had to make room in the store")
