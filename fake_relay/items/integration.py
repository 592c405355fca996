"""What came to a door for foreign formats and did not decode, as it came (PROTOCOL.md 5.1).

Rule: what decodes becomes logs or spans at its door, so an item of this type is always invalid;
its content type says what it should have been.
May import: items.facts, protocol.
"""

from __future__ import annotations

from fake_relay.items.facts import MAX_AMOUNT, Facts, ItemType, first_line
from fake_relay.protocol.category import Category
from fake_relay.protocol.envelope import ItemHeader
from fake_relay.protocol.outcome import Quantity


def read(header: ItemHeader, payload: bytes) -> Facts:
    """Only the format and the size are known."""
    kind = header.content_type or "unknown format"
    protobuf = kind.endswith("+protobuf")
    return Facts(
        title=first_line(f"undecodable {kind} ({len(payload)} bytes)"),
        problem=f"the body is no {'protobuf message' if protobuf else 'JSON'} of {kind}",
        reason="invalid_proto" if protobuf else "invalid_json",
    )


def quantities(header: ItemHeader, payload: bytes, facts: Facts) -> tuple[Quantity, ...]:
    """One span or log, for nobody knows how many there were, and a log's bytes."""
    if ".spans+" in (header.content_type or ""):
        return (Quantity(Category.SPAN, 1), Quantity(Category.SPAN_INDEXED, 1))
    size = min(max(len(payload), 1), MAX_AMOUNT)
    return (Quantity(Category.LOG_ITEM, 1), Quantity(Category.LOG_BYTE, size))


INTEGRATION = ItemType("integration", read, quantities, json=False)
