"""Payloads that do not decode are invalid; the client has its 200 all the same.

May import: records, protocol.
"""

from __future__ import annotations

from fake_relay.pipeline.security import refused
from fake_relay.pipeline.stage import Context
from fake_relay.protocol.outcome import Fate, Outcome
from fake_relay.records import ReceivedItem

INVALID_JSON = Outcome(Fate.INVALID, "invalid_json")
MISSING_RECORDING = Outcome(Fate.INVALID, "invalid_replay_missing_recording")
CONTAINERS = frozenset({"log", "trace_metric"})


def validate(received: ReceivedItem, context: Context) -> ReceivedItem | Outcome:
    """Refuse what Relay refuses once a payload is opened (PROTOCOL.md 4.6, 5.4 and 5.5).

    That is a payload that does not decode, a container that miscounts, and a replay event
    without its recording.
    """
    if received.facts.problem:
        return refused(received.facts)
    item = received.item
    if item.type in CONTAINERS and item.header.item_count != received.facts.count:
        return INVALID_JSON
    if item.type == "replay_event" and "replay_recording" not in context.item_types:
        return MISSING_RECORDING
    return received
