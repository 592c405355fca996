"""How a stored item and an envelope look in JSON.

May import: stored_view, records, web.answers.
"""

from __future__ import annotations

from typing import Any

import msgspec

from fake_relay.lint import Finding
from fake_relay.records import RefusedRecords, StoredItem
from fake_relay.stored_view import Refused, Remark, StoredView
from fake_relay.web.answers import json_or_none, rfc3339


class ItemAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """An item; `payload` is its JSON as sent, or null for binary and when left out.

    With `view=stored`, `payload` is the JSON as Sentry would keep it, null where it would not;
    then `refused` tells why. `meta` annotates it, and `remarks` list every change. One item alone,
    or a page with `findings=1`, has `findings`: what its application should change; not without
    the library to tell.

    Times are RFC 3339 in UTC, `duration` is in milliseconds, `size` in bytes; `outcome` is
    empty for an accepted item. `refused_records` are the records of a container that Sentry would
    refuse alone: their outcome, how many, and their places.
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
    faults: tuple[str, ...]
    refused_records: tuple[RefusedRecords, ...]
    envelope_id: int
    headers: msgspec.Raw
    payload: msgspec.Raw | None
    size: int
    meta: dict[str, Any] | msgspec.UnsetType = msgspec.UNSET
    refused: Refused | msgspec.UnsetType | None = msgspec.UNSET
    remarks: tuple[Remark, ...] | msgspec.UnsetType = msgspec.UNSET
    findings: list[Finding] | msgspec.UnsetType = msgspec.UNSET


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
        faults=item.faults,
        refused_records=item.refused_records,
        envelope_id=item.envelope_id,
        headers=item.headers,
        payload=json_or_none(payload),
        size=item.size,
    )


def stored_answer(item: StoredItem, view: StoredView) -> ItemAnswer:
    """An item as Sentry would keep it."""
    document = None if view.document is None else msgspec.json.encode(view.document)
    return msgspec.structs.replace(
        item_answer(item, document), meta=view.meta, refused=view.refused, remarks=view.remarks
    )
