"""What belongs to an event goes where the event goes (PROTOCOL.md 4.4).

Attachments, form data, user reports and profiles have no life without their event; a
profile that says that it is not sampled has (5.6).
May import: records, items, protocol.
"""

from __future__ import annotations

from fake_relay.items import item_type
from fake_relay.pipeline.stage import Walked
from fake_relay.protocol.outcome import ACCEPTED, Outcome
from fake_relay.records import ReceivedItem


def follow(walked: list[Walked]) -> None:
    """Give the outcome of an event that fell to the items that need it."""
    fallen = next(
        (outcome for item, outcome in walked if outcome is not ACCEPTED and _makes_event(item)),
        None,
    )
    if fallen is None:
        return
    for place, (item, outcome) in enumerate(walked):
        if outcome is ACCEPTED and _needs_event(item):
            walked[place] = item, Outcome(fallen.fate, fallen.reason)


def _makes_event(received: ReceivedItem) -> bool:
    return item_type(received.item.type).creates_event(received.item.header)


def _needs_event(received: ReceivedItem) -> bool:
    if received.item.type == "profile" and received.item.header.sampled is False:
        return False
    return item_type(received.item.type).needs_event
