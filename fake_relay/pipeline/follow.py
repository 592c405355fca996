"""What belongs to an event goes where the event goes (PROTOCOL.md 4.4).

Attachments, form data, user reports and profiles have no life without their event; a
profile that says that it is not sampled has (5.6). The parts of a replay are one (5.5).
May import: records, items, protocol.
"""

from __future__ import annotations

from fake_relay.items import item_type
from fake_relay.pipeline.stage import Walked
from fake_relay.protocol.outcome import ACCEPTED, Outcome
from fake_relay.records import ReceivedItem

REPLAY_TYPES = frozenset({"replay_event", "replay_recording", "replay_video"})


def follow(walked: list[Walked]) -> None:
    """Give the outcome of an event or a part of a replay that fell to what belongs to it."""
    for leads, belongs in ((_makes_event, _needs_event), (_is_replay, _is_replay)):
        fallen = next(
            (outcome for item, outcome in walked if outcome is not ACCEPTED and leads(item)), None
        )
        if fallen is None:
            continue
        for place, (item, outcome) in enumerate(walked):
            if outcome is ACCEPTED and belongs(item):
                walked[place] = item, Outcome(fallen.fate, fallen.reason)


def _is_replay(received: ReceivedItem) -> bool:
    return received.item.type in REPLAY_TYPES


def _makes_event(received: ReceivedItem) -> bool:
    return item_type(received.item.type).creates_event(received.item.header)


def _needs_event(received: ReceivedItem) -> bool:
    if received.item.type == "profile" and received.item.header.sampled is False:
        return False
    return item_type(received.item.type).needs_event
