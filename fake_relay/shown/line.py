"""An item in one line: what lists say of it, in the terminal as on a page.

May import: records, shown.text.
"""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from fake_relay.records import StoredItem
from fake_relay.shown.text import mapping, safe, word

NoteKind = Literal["outcome", "records", "spotlight", "fault"]


class Note(msgspec.Struct, frozen=True):
    """What must not be overlooked of an item, in words."""

    kind: NoteKind
    text: str


def title(item: StoredItem) -> str:
    """What the item is; a dot where it says nothing of itself."""
    return safe(item.title) or "·"


def notes(item: StoredItem) -> list[Note]:
    """What became of the item, and what else it proves nothing without."""
    found = []
    if item.outcome:
        found.append(Note("outcome", safe(item.outcome)))
    if lost := sum(refused.count for refused in item.refused_records):
        # A transaction counts as a span as well, so all of its spans are one more than it holds.
        whole = f" of {item.count}" if item.refused_records[0].records else " spans"
        found.append(Note("records", f"{lost}{whole} not accepted"))
    if item.spotlight:
        found.append(Note("spotlight", "spotlight"))
    if item.faults:
        found.append(Note("fault", f"fault: {safe(', '.join(item.faults))}"))
    return found


def origin(payload: Any) -> tuple[str, str]:
    """Release and environment of a payload, where its type keeps them."""
    fields = mapping(payload)
    attrs = mapping(fields.get("attrs"))
    first = mapping(next(iter(fields.get("items") or ()), None)) if _is_batch(fields) else {}
    found = []
    for key in ("release", "environment"):
        attribute = mapping(mapping(first.get("attributes")).get(f"sentry.{key}")).get("value")
        found.append(word(fields.get(key)) or word(attrs.get(key)) or word(attribute))
    return found[0], found[1]


def _is_batch(fields: Any) -> bool:
    return isinstance(fields.get("items"), list)
