"""Containers of log records (PROTOCOL.md 5.4): one item, many records.

May import: items.facts, protocol, msgspec.
"""

from __future__ import annotations

from typing import Any

import msgspec

from fake_relay.items.facts import MAX_TEXT, Facts, ItemType, first_line, terms, text_of, timestamp
from fake_relay.protocol.category import Category
from fake_relay.protocol.envelope import ItemHeader
from fake_relay.protocol.outcome import Quantity


class Attribute(msgspec.Struct, frozen=True):
    """A typed attribute; its type is not indexed."""

    value: Any = None


class SharedAttributes(msgspec.Struct, frozen=True):
    """The attributes that SDKs put on every record and that searches ask for."""

    release: Attribute | None = msgspec.field(name="sentry.release", default=None)
    environment: Attribute | None = msgspec.field(name="sentry.environment", default=None)
    sdk: Attribute | None = msgspec.field(name="sentry.sdk.name", default=None)
    user_id: Attribute | None = msgspec.field(name="user.id", default=None)
    user_email: Attribute | None = msgspec.field(name="user.email", default=None)


def attribute_terms(attributes: SharedAttributes) -> list[tuple[str, Any]]:
    """Release, environment, SDK and user of one record."""
    named = (
        ("release", attributes.release),
        ("environment", attributes.environment),
        ("sdk.name", attributes.sdk),
        ("user.id", attributes.user_id),
        ("user.email", attributes.user_email),
    )
    return [(key, attribute.value) for key, attribute in named if attribute is not None]


class LogRecord(msgspec.Struct, frozen=True):
    """What is indexed of one log record."""

    timestamp: Any = None
    level: Any = None
    body: Any = None
    trace_id: Any = None
    attributes: SharedAttributes = SharedAttributes()


class LogContainer(msgspec.Struct, frozen=True):
    """The payload of a log item."""

    items: list[LogRecord]


_decode = msgspec.json.Decoder(LogContainer).decode


def read(header: ItemHeader, payload: bytes) -> Facts:
    """The facts of a batch of logs; levels, traces and bodies are those of all its records."""
    records = _decode(payload).items
    bodies = [text_of(record.body) for record in records]
    levels = dict.fromkeys(text_of(record.level) for record in records)
    traces = dict.fromkeys(text_of(record.trace_id) for record in records)
    pairs: dict[tuple[str, str], None] = {("level", level): None for level in levels if level}
    for record in records:
        pairs.update(dict.fromkeys(terms(attribute_terms(record.attributes))))
    if len(traces) > 1:
        pairs.update(dict.fromkeys(terms(("trace", trace) for trace in traces)))
    title = first_line(bodies[0]) if bodies else "<no records>"
    more = f" (and {len(records) - 1} more)" if len(records) > 1 else ""
    return Facts(
        title=title + more,
        trace_id=next(iter(traces), ""),
        timestamp=max(
            (moment for r in records if (moment := timestamp(r.timestamp))), default=None
        ),
        count=len(records),
        terms=tuple(pairs),
        text="\n".join(bodies)[:MAX_TEXT],
    )


def quantities(header: ItemHeader, payload: bytes, facts: Facts) -> tuple[Quantity, ...]:
    """The records that the header declares, and the payload's bytes (PROTOCOL.md 5.1)."""
    count = facts.count if header.item_count is None else header.item_count
    return (
        Quantity(Category.LOG_ITEM, count),
        Quantity(Category.LOG_BYTE, max(len(payload), 1)),
    )


LOG = ItemType("log", read, quantities)
