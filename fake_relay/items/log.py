"""Containers of log records (PROTOCOL.md 5.4): one item, many records.

Speed: a batch holds a hundred records, so they are looked at column by column, and only
values that differ from record to record cost more than a set.
May import: items.container, items.facts, items.payload, items.required, protocol, msgspec.
"""

from __future__ import annotations

import msgspec

from fake_relay.items.container import (
    Attributes,
    attribute_terms,
    count_problem,
    distinct,
    span_of,
    texts,
)
from fake_relay.items.facts import MAX_TEXT, Facts, ItemType, Scalar, first_line, terms
from fake_relay.items.payload import Reader
from fake_relay.items.required import are_texts, are_trace_ids, is_uuid, moment
from fake_relay.protocol.category import Category
from fake_relay.protocol.envelope import ItemHeader
from fake_relay.protocol.outcome import Quantity


class LogRecord(msgspec.Struct, frozen=True, gc=False):
    """What is indexed of one log record."""

    timestamp: Scalar = None
    level: Scalar = None
    body: Scalar = None
    trace_id: Scalar = None
    attributes: Attributes | None = None


class LogContainer(msgspec.Struct, frozen=True, gc=False):
    """The payload of a log item."""

    items: list[LogRecord] | None = None


_read = Reader(LogContainer, records=True, whole=True)
_read_record = Reader(LogRecord)


def read(header: ItemHeader, payload: bytes) -> Facts:
    """The facts of a batch of logs; levels, traces and bodies are those of all its records."""
    container, problem = _read(payload)
    records = container.items or []
    said = [record.body for record in records]
    bodies, traces = texts(said), distinct([record.trace_id for record in records])
    times = span_of([record.timestamp for record in records])
    found = [("level", level) for level in distinct([record.level for record in records])]
    if len(traces) > 1:
        found += [("trace", trace) for trace in traces]
    title = first_line(bodies[0]) if bodies else "<no records>"
    more = f" (and {len(records) - 1} more)" if len(records) > 1 else ""
    return Facts(
        title=title + more,
        trace_id=traces[0] if traces else "",
        timestamp=times.latest,
        earliest=times.earliest,
        sound=times.complete and are_texts(said) and are_trace_ids(r.trace_id for r in records),
        count=len(records),
        terms=(*terms(found), *attribute_terms([record.attributes for record in records])),
        text="\n".join(bodies)[:MAX_TEXT],
        problem=problem or count_problem(container.items),
    )


def is_sound(record: LogRecord) -> bool:
    """Whether a record has what Relay requires (PROTOCOL.md 5.4)."""
    return (
        isinstance(record.body, str)
        and moment(record.timestamp) is not None
        and is_uuid(record.trace_id)
    )


def read_record(payload: bytes) -> LogRecord:
    """One record of a container."""
    return _read_record(payload)[0]


def quantities(header: ItemHeader, payload: bytes, facts: Facts) -> tuple[Quantity, ...]:
    """The records that the header declares, and the payload's bytes (PROTOCOL.md 5.1)."""
    count = facts.count if header.item_count is None else header.item_count
    return (
        Quantity(Category.LOG_ITEM, count),
        Quantity(Category.LOG_BYTE, max(len(payload), 1)),
    )


LOG = ItemType("log", read, quantities)
