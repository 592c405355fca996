"""Item types that Relay does not know: kept as bytes, never refused, counted nowhere.

May import: items.facts, protocol.
"""

from __future__ import annotations

from fake_relay.items.facts import Facts, ItemType, first_line
from fake_relay.protocol.envelope import ItemHeader


def read(header: ItemHeader, payload: bytes) -> Facts:
    """Only the type and the size are known."""
    return Facts(title=first_line(f"{header.item_type} ({len(payload)} bytes)"))


UNKNOWN = ItemType("unknown", read, lambda *_: (), json=False)
