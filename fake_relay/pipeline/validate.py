"""Payloads that do not decode are invalid; the client has its 200 all the same.

May import: records, protocol.
"""

from __future__ import annotations

from fake_relay.pipeline.stage import Context
from fake_relay.protocol.outcome import Fate, Outcome
from fake_relay.records import ReceivedItem

INVALID_JSON = Outcome(Fate.INVALID, "invalid_json")
CONTAINERS = frozenset({"log", "trace_metric"})


def validate(received: ReceivedItem, context: Context) -> ReceivedItem | Outcome:
    """Refuse a payload that does not decode, and a container that miscounts (PROTOCOL.md 5.4)."""
    if received.facts.problem:
        return INVALID_JSON
    item = received.item
    if item.type in CONTAINERS and item.header.item_count != received.facts.count:
        return INVALID_JSON
    return received
