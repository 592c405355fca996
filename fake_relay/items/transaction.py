"""Transactions: an event with a start, an end and spans.

May import: items.event, items.facts, items.payload, protocol, msgspec.
"""

from __future__ import annotations

import msgspec

from fake_relay.items.event import EventFields, shared_terms, trace_of
from fake_relay.items.facts import (
    MAX_TEXT,
    Facts,
    ItemType,
    always,
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


class SpanSkipped(msgspec.Struct, frozen=True, gc=False):
    """A span that is only counted."""


class TransactionFields(EventFields, frozen=True, gc=False):
    """What is indexed of a transaction: an event's fields and the number of its spans."""

    spans: list[SpanSkipped | None] | None = None


_read = Reader(TransactionFields)


def read(header: ItemHeader, payload: bytes) -> Facts:
    """The facts of a transaction; `count` is one and its child spans."""
    fields, problem = _read(payload)
    trace = trace_of(fields.contexts)
    start, end = timestamp(fields.start_timestamp), timestamp(fields.timestamp)
    name = text_of(fields.transaction) or "<unlabeled transaction>"
    op = text_of(trace.op)
    found = terms((("level", text_of(fields.level) or "info"),))
    return Facts(
        title=first_line(f"{op} {name}" if op else name),
        event_id=text_of(fields.event_id),
        trace_id=text_of(trace.trace_id),
        timestamp=end,
        duration=between(start, end),
        count=1 + len(fields.spans or ()),
        terms=tuple(found + shared_terms(fields, trace)),
        text=name[:MAX_TEXT],
        problem=problem,
    )


def quantities(header: ItemHeader, payload: bytes, facts: Facts) -> tuple[Quantity, ...]:
    """One transaction, and its segment and child spans (PROTOCOL.md 5.1)."""
    spans = facts.count if header.span_count is None else header.span_count + 1
    return (
        _TRANSACTION,
        _INDEXED,
        Quantity(Category.SPAN, spans),
        Quantity(Category.SPAN_INDEXED, spans),
    )


_TRANSACTION = Quantity(Category.TRANSACTION, 1)
_INDEXED = Quantity(Category.TRANSACTION_INDEXED, 1)

TRANSACTION = ItemType("transaction", read, quantities, creates_event=always, needs_event=True)
