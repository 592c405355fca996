"""Check-ins of cron monitors (PROTOCOL.md 5.8).

May import: items.facts, protocol, msgspec.
"""

from __future__ import annotations

from typing import Any

import msgspec

from fake_relay.items.event import trace_of
from fake_relay.items.facts import Facts, ItemType, first_line, one, terms, text_of
from fake_relay.protocol.category import Category
from fake_relay.protocol.envelope import ItemHeader


class CheckInFields(msgspec.Struct, frozen=True):
    """What is indexed of a check-in."""

    monitor_slug: Any = None
    status: Any = None
    check_in_id: Any = None
    duration: Any = None
    environment: Any = None
    release: Any = None
    contexts: msgspec.Raw = msgspec.Raw()


_decode = msgspec.json.Decoder(CheckInFields).decode


def read(header: ItemHeader, payload: bytes) -> Facts:
    """The facts of a check-in."""
    fields = _decode(payload)
    slug, status = text_of(fields.monitor_slug), text_of(fields.status)
    duration = fields.duration
    return Facts(
        title=first_line(f"{slug or '<no monitor>'} {status}"),
        trace_id=text_of(trace_of(fields.contexts).trace_id),
        duration=duration * 1000 if isinstance(duration, int | float) else None,
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
    )


CHECK_IN = ItemType("check_in", read, one(Category.MONITOR))
