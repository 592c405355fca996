"""Spans outside of a transaction: a container of the second kind, or a single legacy span.

May import: items.container, items.facts, items.payload, protocol, msgspec.
"""

from __future__ import annotations

import msgspec

from fake_relay.items.container import Attributes, attribute_terms, count_problem, distinct
from fake_relay.items.facts import (
    MAX_TEXT,
    Facts,
    ItemType,
    Scalar,
    between,
    first_line,
    terms,
    text_of,
    timestamp,
)
from fake_relay.items.payload import Reader
from fake_relay.protocol.category import Category
from fake_relay.protocol.envelope import ItemHeader
from fake_relay.protocol.outcome import Quantity

CONTAINER = "application/vnd.sentry.items.span.v2+json"


class SpanRecord(msgspec.Struct, frozen=True, gc=False):
    """What is indexed of a span; the names of both kinds (PROTOCOL.md 5.7 and 8.6)."""

    trace_id: Scalar = None
    span_id: Scalar = None
    name: Scalar = None
    description: Scalar = None
    op: Scalar = None
    status: Scalar = None
    start_timestamp: Scalar = None
    end_timestamp: Scalar = None
    timestamp: Scalar = None
    attributes: Attributes | None = None

    @property
    def title(self) -> str:
        words = (text_of(self.op), text_of(self.name) or text_of(self.description))
        return first_line(" ".join(filter(None, words))) or "<unnamed span>"

    @property
    def end(self) -> float | None:
        end = timestamp(self.end_timestamp)
        return timestamp(self.timestamp) if end is None else end


class SpanContainer(msgspec.Struct, frozen=True, gc=False):
    """The payload of a span container."""

    items: list[SpanRecord] | None = None


_read_container = Reader(SpanContainer)
_read_span = Reader(SpanRecord)


def is_container(header: ItemHeader) -> bool:
    """Whether the item holds many spans."""
    return (header.content_type or "").lower().startswith(CONTAINER) or bool(header.item_count)


def read(header: ItemHeader, payload: bytes) -> Facts:
    """The facts of spans; a container's title is that of its first span."""
    if is_container(header):
        container, problem = _read_container(payload)
        return _facts(container.items or [], problem or count_problem(container.items))
    span, problem = _read_span(payload)
    return _facts([span], problem)


def _facts(records: list[SpanRecord], problem: str) -> Facts:
    titles = [record.title for record in records]
    traces = distinct([record.trace_id for record in records])
    starts = [moment for r in records if (moment := timestamp(r.start_timestamp)) is not None]
    ends = [moment for record in records if (moment := record.end) is not None]
    latest = max(ends, default=None)
    more = f" (and {len(records) - 1} more)" if len(records) > 1 else ""
    return Facts(
        title=(titles[0] if titles else "<no spans>") + more,
        trace_id=traces[0] if traces else "",
        timestamp=latest,
        duration=between(min(starts, default=None), latest),
        count=len(records),
        terms=(
            *terms(("op", op) for op in distinct([record.op for record in records])),
            *terms(("status", status) for status in distinct([r.status for r in records])),
            *attribute_terms([record.attributes for record in records]),
            *terms(("span.id", span_id) for span_id in distinct([r.span_id for r in records])),
        ),
        text="\n".join(titles)[:MAX_TEXT],
        problem=problem,
    )


def quantities(header: ItemHeader, payload: bytes, facts: Facts) -> tuple[Quantity, ...]:
    """The spans that the header declares, or those that are there (PROTOCOL.md 5.1)."""
    count = facts.count if header.item_count is None else header.item_count
    return (Quantity(Category.SPAN, count), Quantity(Category.SPAN_INDEXED, count))


SPAN = ItemType("span", read, quantities)
