"""Items as rows: what a list says of each, whatever its type.

May import: shown, store, records, msgspec.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import msgspec

from fake_relay.records import StoredItem
from fake_relay.shown.line import Note, notes, origin, title
from fake_relay.store import Reader

MAX_OPENED: Final = 256 * 1024
"""Bytes of a payload that is opened for its release and environment."""
MAX_OPENED_TOGETHER: Final = 4 * 1024 * 1024
"""The same, for all rows of a page."""


class Row(msgspec.Struct, frozen=True):
    """An item, and what its row says beside."""

    item: StoredItem
    title: str
    notes: list[Note]
    release: str = ""
    environment: str = ""


def rows_of(reader: Reader, items: Sequence[StoredItem]) -> list[Row]:
    """The rows of some items, in their order."""
    payloads = reader.payloads(to_open(items))
    made = []
    for item in items:
        release, environment = origin(loosely(payloads.get(item.id)))
        made.append(Row(item, title(item), notes(item), release, environment))
    return made


def to_open(items: Sequence[StoredItem]) -> list[int]:
    """The ids of those whose payloads are small enough to be opened for a list."""
    found, total = [], 0
    for item in items:
        if item.size <= MAX_OPENED and total + item.size <= MAX_OPENED_TOGETHER:
            found.append(item.id)
            total += item.size
    return found


def loosely(payload: bytes | None) -> Any:
    """The payload's JSON, or None."""
    try:
        return None if payload is None else msgspec.json.decode(payload)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None
