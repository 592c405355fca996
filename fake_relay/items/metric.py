"""Containers of trace metrics (PROTOCOL.md 5.4), and the metric buckets of older Relays.

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
)
from fake_relay.items.facts import MAX_TEXT, Facts, ItemType, Scalar, first_line, terms, text_of
from fake_relay.items.payload import Reader, decode_loosely
from fake_relay.items.required import is_uuid, moment
from fake_relay.protocol.category import Category
from fake_relay.protocol.envelope import ItemHeader
from fake_relay.protocol.outcome import Quantity


class MetricRecord(msgspec.Struct, frozen=True, gc=False):
    """What is indexed of one metric."""

    timestamp: Scalar = None
    name: Scalar = None
    type: Scalar = None
    value: Scalar = None
    trace_id: Scalar = None
    attributes: Attributes | None = None


class MetricContainer(msgspec.Struct, frozen=True, gc=False):
    """The payload of a trace_metric item."""

    items: list[MetricRecord] | None = None


_NUMBERS = frozenset({int, float})

_read = Reader(MetricContainer, records=True, whole=True)
_read_record = Reader(MetricRecord)


def read(header: ItemHeader, payload: bytes) -> Facts:
    """The facts of a batch of metrics; names and types are those of all its records."""
    container, problem = _read(payload)
    records = container.items or []
    names = distinct([record.name for record in records])
    found = [("metric.name", name) for name in names]
    found += [("metric.type", kind) for kind in distinct([record.type for record in records])]
    traces = distinct([record.trace_id for record in records])
    times = span_of([record.timestamp for record in records])
    if len(records) == 1:
        title = f"{text_of(records[0].type)} {', '.join(names)} {text_of(records[0].value)}"
    else:
        title = f"{len(records)} metrics: {', '.join(names)}"
    return Facts(
        title=first_line(title),
        trace_id=traces[0] if traces else "",
        timestamp=times.latest,
        earliest=times.earliest,
        sound=times.complete and all(map(_is_metric, records)),
        count=len(records),
        terms=(*terms(found), *attribute_terms([record.attributes for record in records])),
        text="\n".join(names)[:MAX_TEXT],
        problem=problem or count_problem(container.items),
    )


def is_sound(record: MetricRecord) -> bool:
    """Whether a record has what Relay requires (PROTOCOL.md 5.4)."""
    return moment(record.timestamp) is not None and _is_metric(record)


def _is_metric(record: MetricRecord) -> bool:
    return (
        type(record.value) in _NUMBERS
        and isinstance(record.name, str)
        and isinstance(record.type, str)
        and is_uuid(record.trace_id)
    )


def read_record(payload: bytes) -> MetricRecord:
    """One record of a container."""
    return _read_record(payload)[0]


def quantities(header: ItemHeader, payload: bytes, facts: Facts) -> tuple[Quantity, ...]:
    """The records that the header declares, and the payload's bytes (PROTOCOL.md 5.1)."""
    count = facts.count if header.item_count is None else header.item_count
    return (
        Quantity(Category.TRACE_METRIC, count),
        Quantity(Category.TRACE_METRIC_BYTE, max(len(payload), 1)),
    )


def read_buckets(header: ItemHeader, payload: bytes) -> Facts:
    """The facts of metric buckets, which one Relay sends to the next."""
    value, problem = decode_loosely(payload)
    if not isinstance(value, list):
        raise msgspec.ValidationError("expected an array of metric buckets")
    return Facts(title=f"{len(value)} metric buckets", count=len(value), problem=problem)


TRACE_METRIC = ItemType("trace_metric", read, quantities)
METRIC_BUCKETS = ItemType("metric_buckets", read_buckets, lambda *_: ())
