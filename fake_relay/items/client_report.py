"""Client reports: what an SDK threw away itself, and why (PROTOCOL.md 7.6).

May import: items.facts, protocol, msgspec.
"""

from __future__ import annotations

from typing import Any

import msgspec

from fake_relay.items.facts import Facts, ItemType, terms, timestamp
from fake_relay.protocol.category import Category
from fake_relay.protocol.envelope import ItemHeader, UInt

MAX_REASON = 200


class Discard(msgspec.Struct, frozen=True):
    """So many units of a category that an SDK discarded for one reason."""

    reason: str
    category: str
    quantity: UInt

    @property
    def data_category(self) -> Category:
        return Category.parse(self.category)


class ClientReport(msgspec.Struct, frozen=True):
    """The payload of a client report."""

    discarded_events: list[Discard]
    timestamp: Any = None


_decode = msgspec.json.Decoder(ClientReport).decode


def discards(payload: bytes) -> list[Discard]:
    """What the SDK reports; entries whose reason Relay would refuse are left out."""
    return [entry for entry in _decode(payload).discarded_events if len(entry.reason) <= MAX_REASON]


def read(header: ItemHeader, payload: bytes) -> Facts:
    """The facts of a client report; `count` is the number of discarded units."""
    report = _decode(payload)
    entries = report.discarded_events
    lines = [f"{entry.quantity} {entry.category} ({entry.reason})" for entry in entries]
    return Facts(
        title=f"discarded {', '.join(lines) or 'nothing'}",
        timestamp=timestamp(report.timestamp),
        count=sum(entry.quantity for entry in entries),
        terms=tuple(
            terms(
                pair
                for entry in entries
                for pair in (("reason", entry.reason), ("category", entry.category))
            )
        ),
        text="\n".join(lines),
    )


CLIENT_REPORT = ItemType("client_report", read, lambda *_: ())
