"""How a stored item and an envelope look in JSON.

May import: records, web.answers.
"""

from __future__ import annotations

import msgspec

from fake_relay.records import StoredItem
from fake_relay.web.answers import json_or_none, rfc3339


class ItemAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """An item; `payload` is its JSON as sent, or null for binary and when left out.

    Times are RFC 3339 in UTC, `duration` is in milliseconds, `size` in bytes; `outcome` is
    empty for an accepted item.
    """

    id: int
    type: str
    project: str
    public_key: str
    event_id: str
    trace_id: str
    received_at: str | None
    timestamp: str | None
    duration: float | None
    level: str
    title: str
    count: int
    outcome: str
    spotlight: bool
    envelope_id: int
    headers: msgspec.Raw
    payload: msgspec.Raw | None
    size: int


class ItemPage(msgspec.Struct, frozen=True):
    """Items, newest first; `next` is the cursor of the page behind, `position` the newest id."""

    items: list[ItemAnswer]
    next: str | None
    position: int


def item_answer(item: StoredItem, payload: bytes | None) -> ItemAnswer:
    """An item with its payload; without one when that is None."""
    return ItemAnswer(
        id=item.id,
        type=item.type,
        project=item.project,
        public_key=item.public_key,
        event_id=item.event_id,
        trace_id=item.trace_id,
        received_at=rfc3339(item.received_at),
        timestamp=rfc3339(item.timestamp),
        duration=item.duration,
        level=item.level,
        title=item.title,
        count=item.count,
        outcome=item.outcome,
        spotlight=item.spotlight,
        envelope_id=item.envelope_id,
        headers=item.headers,
        payload=json_or_none(payload),
        size=item.size,
    )
