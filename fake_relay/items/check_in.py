"""Check-ins of cron monitors (PROTOCOL.md 5.8).

May import: items.event, items.facts, items.payload, protocol, msgspec.
"""

from __future__ import annotations

import msgspec

from fake_relay.items.event import ContextFields, trace_of
from fake_relay.items.facts import (
    Facts,
    ItemType,
    Scalar,
    first_line,
    milliseconds,
    one,
    terms,
    text_of,
)
from fake_relay.items.payload import Reader
from fake_relay.protocol.category import Category
from fake_relay.protocol.envelope import ItemHeader


class CheckInFields(msgspec.Struct, frozen=True, gc=False):
    """What is indexed of a check-in."""

    monitor_slug: Scalar = None
    status: Scalar = None
    check_in_id: Scalar = None
    duration: Scalar = None
    environment: Scalar = None
    release: Scalar = None
    contexts: ContextFields | None = None


_read = Reader(CheckInFields)


def read(header: ItemHeader, payload: bytes) -> Facts:
    """The facts of a check-in."""
    fields, problem = _read(payload)
    slug, status = text_of(fields.monitor_slug), text_of(fields.status)
    return Facts(
        title=first_line(f"{slug or '<no monitor>'} {status}"),
        trace_id=text_of(trace_of(fields.contexts).trace_id),
        duration=milliseconds(fields.duration),
        terms=tuple(
            terms(
                (
                    ("monitor.slug", slug),
                    ("status", status),
                    ("check_in_id", fields.check_in_id),
                    ("environment", fields.environment),
                    ("release", fields.release),
                )
            )
        ),
        text=slug,
        problem=problem,
    )


CHECK_IN = ItemType("check_in", read, one(Category.MONITOR))
