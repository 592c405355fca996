"""Transactions: an event with a start, an end and spans.

May import: items.event, items.facts, items.payload, items.required, protocol, msgspec.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

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
from fake_relay.items.required import (
    are_ordered,
    are_span_ids,
    are_trace_ids,
    has_form,
    is_span_id,
    is_uuid,
    moment,
)
from fake_relay.protocol.category import Category
from fake_relay.protocol.envelope import ItemHeader
from fake_relay.protocol.outcome import Quantity


class ChildSpan(msgspec.Struct, frozen=True, gc=False):
    """What Relay requires of a span; the rest of it is passed over."""

    trace_id: str | None = None
    span_id: str | None = None
    start_timestamp: datetime | float | None = None
    timestamp: datetime | float | None = None


class TransactionFields(EventFields, frozen=True, gc=False):
    """What is indexed of a transaction: an event's fields, and what is judged of its spans."""

    spans: list[ChildSpan | None] | None = None


_read = Reader(TransactionFields, whole=True)


def read(header: ItemHeader, payload: bytes) -> Facts:
    """The facts of a transaction; `count` is one and its child spans."""
    fields, problem = _read(payload)
    trace = trace_of(fields.contexts)
    start, end = timestamp(fields.start_timestamp), timestamp(fields.timestamp)
    flaw = "" if problem else flaw_of(fields, start, end)
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
        problem=problem or flaw,
        reason="invalid_transaction" if flaw else "invalid_json",
    )


def flaw_of(fields: TransactionFields, start: float | None, end: float | None) -> str:
    """Why Relay would refuse the transaction, in its words (PROTOCOL.md 8.6); empty if not.

    An end that is missing or unreadable is repaired, and no flaw.
    """
    if start is None or not has_form(fields.start_timestamp):
        return "start_timestamp hard-required for transaction events"
    if end is not None and end < start and has_form(fields.timestamp):
        return "end timestamp is smaller than start timestamp"
    if fields.contexts is None or fields.contexts.trace is None:
        return "missing valid trace context"
    trace = fields.contexts.trace
    if not is_uuid(trace.trace_id):
        return "trace context is missing trace_id"
    if not is_span_id(trace.span_id):
        return "trace context is missing span_id"
    return _flaw_of_spans(fields.spans) if fields.spans else ""


def _flaw_of_spans(listed: list[ChildSpan | None]) -> str:
    return "" if are_sound(listed) else thorough_flaw_of(listed)


def are_sound(spans: list[Any]) -> bool:
    """Whether spans are as Relay needs them, seen at a glance; False if that takes a closer look.

    Spans come by the hundred, of one trace, and an SDK writes all times in one form.
    """
    try:
        trace_id = spans[0].trace_id
        found = [
            span.span_id
            for span in spans
            if span.trace_id == trace_id and span.start_timestamp <= span.timestamp
        ]
    except (AttributeError, TypeError):
        # There is none, one is null, or times do not compare: missing, or without a zone.
        return False
    return len(found) == len(spans) and are_span_ids(found) and is_uuid(trace_id)


def thorough_flaw_of(listed: list[ChildSpan | None]) -> str:
    """Why Relay would refuse child spans, in its words (PROTOCOL.md 8.6); empty if not."""
    spans = [span for span in listed if span is not None]
    if len(spans) < len(listed):
        return "spans must be valid in transaction event"
    if not are_trace_ids({span.trace_id for span in spans}):
        return "span is missing trace_id"
    if not are_span_ids([span.span_id for span in spans]):
        return "span is missing span_id"
    return flaw_of_times(
        [span.start_timestamp for span in spans], [span.timestamp for span in spans]
    )


def flaw_of_times(starts: list[Any], ends: list[Any]) -> str:
    """Why Relay would refuse spans for their times; an end may be missing."""
    if are_ordered(starts, ends):
        return ""
    for begin, finish in zip(starts, ends, strict=True):
        start, end = moment(begin), moment(finish)
        if start is None:
            return "span is missing timestamp"
        if end is not None and end < start:
            return "end timestamp is smaller than start timestamp"
    return ""


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
