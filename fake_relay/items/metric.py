"""Containers of trace metrics (PROTOCOL.md 5.4), and the metric buckets of older Relays.

May import: items.facts, items.log, protocol, msgspec.
"""

from __future__ import annotations

from typing import Any

import msgspec

from fake_relay.items.facts import MAX_TEXT, Facts, ItemType, terms, text_of, timestamp
from fake_relay.items.log import SharedAttributes, attribute_terms
from fake_relay.protocol.category import Category
from fake_relay.protocol.envelope import ItemHeader
from fake_relay.protocol.outcome import Quantity


class MetricRecord(msgspec.Struct, frozen=True):
    """What is indexed of one metric."""

    timestamp: Any = None
    name: Any = None
    type: Any = None
    value: Any = None
    trace_id: Any = None
    attributes: SharedAttributes = SharedAttributes()


class MetricContainer(msgspec.Struct, frozen=True):
    """The payload of a trace_metric item."""

    items: list[MetricRecord]


class BucketSkipped(msgspec.Struct, frozen=True):
    """A metric bucket that is only counted."""


_decode = msgspec.json.Decoder(MetricContainer).decode
_decode_buckets = msgspec.json.Decoder(list[BucketSkipped]).decode


def read(header: ItemHeader, payload: bytes) -> Facts:
    """The facts of a batch of metrics; names and traces are those of all its records."""
    records = _decode(payload).items
    names = list(dict.fromkeys(text_of(record.name) for record in records))
    pairs: dict[tuple[str, str], None] = {}
    for record in records:
        found = [("metric.name", record.name), ("metric.type", record.type)]
        pairs.update(dict.fromkeys(terms(found + attribute_terms(record.attributes))))
    if len(records) == 1:
        title = f"{text_of(records[0].type)} {names[0]} {text_of(records[0].value)}"
    else:
        title = f"{len(records)} metrics: {', '.join(names)}"
    return Facts(
        title=title[:200],
        trace_id=text_of(records[0].trace_id) if records else "",
        timestamp=max(
            (moment for r in records if (moment := timestamp(r.timestamp))), default=None
        ),
        count=len(records),
        terms=tuple(pairs),
        text="\n".join(names)[:MAX_TEXT],
    )


def quantities(header: ItemHeader, payload: bytes, facts: Facts) -> tuple[Quantity, ...]:
    """The records that the header declares, and the payload's bytes (PROTOCOL.md 5.1)."""
    count = facts.count if header.item_count is None else header.item_count
    return (
        Quantity(Category.TRACE_METRIC, count),
        Quantity(Category.TRACE_METRIC_BYTE, max(len(payload), 1)),
    )


def read_buckets(header: ItemHeader, payload: bytes) -> Facts:
    """The facts of metric buckets, which one Relay sends to the next."""
    count = len(_decode_buckets(payload))
    return Facts(title=f"{count} metric buckets", count=count)


TRACE_METRIC = ItemType("trace_metric", read, quantities)
METRIC_BUCKETS = ItemType("metric_buckets", read_buckets, lambda *_: ())
