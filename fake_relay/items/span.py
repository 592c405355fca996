"""Spans outside of a transaction: a container of the second kind, or a single legacy span.

May import: items.facts, items.log, protocol, msgspec.
"""

from __future__ import annotations

from typing import Any

import msgspec

from fake_relay.items.facts import MAX_TEXT, Facts, ItemType, first_line, terms, text_of, timestamp
from fake_relay.items.log import SharedAttributes, attribute_terms
from fake_relay.protocol.category import Category
from fake_relay.protocol.envelope import ItemHeader
from fake_relay.protocol.outcome import Quantity

CONTAINER = "application/vnd.sentry.items.span.v2+json"


class SpanRecord(msgspec.Struct, frozen=True):
    """What is indexed of a span; the names of both kinds (PROTOCOL.md 5.7 and 8.6)."""

    trace_id: Any = None
    span_id: Any = None
    name: Any = None
    description: Any = None
    op: Any = None
    status: Any = None
    start_timestamp: Any = None
    end_timestamp: Any = None
    timestamp: Any = None
    attributes: SharedAttributes = SharedAttributes()

    @property
    def title(self) -> str:
        words = (text_of(self.op), text_of(self.name) or text_of(self.description))
        return first_line(" ".join(filter(None, words))) or "<unnamed span>"

    @property
    def end(self) -> float | None:
        return timestamp(self.end_timestamp) or timestamp(self.timestamp)


class SpanContainer(msgspec.Struct, frozen=True):
    """The payload of a span container."""

    items: list[SpanRecord]


_decode_container = msgspec.json.Decoder(SpanContainer).decode
_decode_span = msgspec.json.Decoder(SpanRecord).decode


def is_container(header: ItemHeader) -> bool:
    """Whether the item holds many spans."""
    return (header.content_type or "").lower().startswith(CONTAINER) or bool(header.item_count)


def read(header: ItemHeader, payload: bytes) -> Facts:
    """The facts of spans; a container's title is that of its first span."""
    records = _decode_container(payload).items if is_container(header) else [_decode_span(payload)]
    pairs: dict[tuple[str, str], None] = {}
    for record in records:
        found = [("op", record.op), ("status", record.status), ("span.id", record.span_id)]
        pairs.update(dict.fromkeys(terms(found + attribute_terms(record.attributes))))
    titles = [record.title for record in records]
    starts = [moment for r in records if (moment := timestamp(r.start_timestamp)) is not None]
    ends = [record.end for record in records if record.end is not None]
    more = f" (and {len(records) - 1} more)" if len(records) > 1 else ""
    return Facts(
        title=(titles[0] if titles else "<no spans>") + more,
        trace_id=text_of(records[0].trace_id) if records else "",
        timestamp=max(ends, default=None),
        duration=(max(ends) - min(starts)) * 1000 if starts and ends else None,
        count=len(records),
        terms=tuple(pairs),
        text="\n".join(titles)[:MAX_TEXT],
    )


def quantities(header: ItemHeader, payload: bytes, facts: Facts) -> tuple[Quantity, ...]:
    """The spans that the header declares, or those that are there (PROTOCOL.md 5.1)."""
    count = facts.count if header.item_count is None else header.item_count
    return (Quantity(Category.SPAN, count), Quantity(Category.SPAN_INDEXED, count))


SPAN = ItemType("span", read, quantities)
