"""Spans outside of a transaction: a container of the second kind, or a single legacy span.

May import: items.container, items.facts, items.payload, items.required, protocol, msgspec.
"""

from __future__ import annotations

from collections.abc import Callable

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
from fake_relay.items.required import is_span_id, is_uuid, moment
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


_read_container = Reader(SpanContainer, records=True, whole=True)
_read_span = Reader(SpanRecord, whole=True)


def is_container(header: ItemHeader) -> bool:
    """Whether the item holds many spans."""
    return (header.content_type or "").lower().startswith(CONTAINER) or bool(header.item_count)


def read(header: ItemHeader, payload: bytes) -> Facts:
    """The facts of spans; a container's title is that of its first span."""
    if is_container(header):
        container, problem = _read_container(payload)
        return _facts(container.items or [], problem or count_problem(container.items), is_sound)
    span, problem = _read_span(payload)
    return _facts([span], problem, is_sound_legacy)


def _facts(
    records: list[SpanRecord], problem: str, is_sound: Callable[[SpanRecord], bool]
) -> Facts:
    titles = [record.title for record in records]
    traces = distinct([record.trace_id for record in records])
    starts = [moment for r in records if (moment := timestamp(r.start_timestamp)) is not None]
    ends = [moment for record in records if (moment := record.end) is not None]
    latest = max(ends, default=None)
    found = distinct([r.span_id for r in records])
    ordered = all(map(is_ordered, records))
    more = f" (and {len(records) - 1} more)" if len(records) > 1 else ""
    return Facts(
        title=(titles[0] if titles else "<no spans>") + more,
        trace_id=traces[0] if traces else "",
        timestamp=latest,
        earliest=min(ends, default=None),
        # A span that comes twice is refused the second time.
        sound=len(found) == len(records) and all(map(is_sound, records)) and ordered,
        duration=between(min(starts, default=None), latest),
        count=len(records),
        terms=(
            *(("trace", trace) for trace in traces[1:] and traces),
            *terms(("op", op) for op in distinct([record.op for record in records])),
            *terms(("status", status) for status in distinct([r.status for r in records])),
            *attribute_terms([record.attributes for record in records]),
            *terms(("span.id", span_id) for span_id in found),
        ),
        text="\n".join(titles)[:MAX_TEXT],
        problem=problem,
    )


def is_sound(record: SpanRecord) -> bool:
    """Whether a span of a container has what Relay requires (PROTOCOL.md 5.7)."""
    start, end = moment(record.start_timestamp), moment(record.end_timestamp)
    return (
        start is not None
        and end is not None
        and isinstance(record.name, str)
        and isinstance(record.status, str)
        and is_uuid(record.trace_id)
        and is_span_id(record.span_id)
    )


def is_sound_legacy(record: SpanRecord) -> bool:
    """Whether a single span of the old kind has what Relay requires (PROTOCOL.md 8.6)."""
    start, end = moment(record.start_timestamp), moment(record.timestamp)
    return (
        start is not None
        and end is not None
        and is_uuid(record.trace_id)
        and is_span_id(record.span_id)
    )


def is_ordered(record: SpanRecord) -> bool:
    """Whether a span ends no earlier than it starts, as far as that is known."""
    start, end = timestamp(record.start_timestamp), record.end
    return start is None or end is None or start <= end


def read_record(payload: bytes) -> SpanRecord:
    """One span of a container."""
    return _read_span(payload)[0]


def quantities(header: ItemHeader, payload: bytes, facts: Facts) -> tuple[Quantity, ...]:
    """The spans that the header declares, or those that are there (PROTOCOL.md 5.1)."""
    count = facts.count if header.item_count is None else header.item_count
    return (Quantity(Category.SPAN, count), Quantity(Category.SPAN_INDEXED, count))


SPAN = ItemType("span", read, quantities)
