"""The findings of an item: those of its stored view, and what Sentry changes without a word.

May import: lint, stored_view, records, items, config.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

import msgspec

from fake_relay.config.limits import Limits
from fake_relay.items.facts import tag_pairs
from fake_relay.lint.finding import Finding, worst
from fake_relay.lint.from_remarks import from_view
from fake_relay.records import StoredItem
from fake_relay.stored_view import StoredView

EVENTS: Final = frozenset({"event", "transaction", "feedback"})
REQUIRED: Final = ("timestamp", "platform")
"""What SDKs must send; Sentry fills in its own where they are missing."""
CLOSE: Final = 0.9
"""The part of a limit from which on an item is about to be refused."""

_RESERVED: Final = frozenset({"release", "dist", "user", "filename", "function"})
_TAG_KEY: Final = re.compile(r"[A-Za-z0-9_.:-]{1,200}").fullmatch
_MAX_TAG: Final = 200


def findings_of(item: StoredItem, payload: bytes, view: StoredView) -> list[Finding]:
    """What is wrong with an item, the gravest first; `payload` is as sent."""
    found = list(from_view(item.id, view))
    if item.type in EVENTS:
        found += _size(item)
        document = _decoded(payload)
        if isinstance(document, dict):
            found += _missing(item, document)
            found += _tags(item, document.get("tags"))
    return worst(found)


def _decoded(payload: bytes) -> Any:
    try:
        return msgspec.json.decode(payload)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return None


def _size(item: StoredItem) -> Iterator[Finding]:
    most = Limits().max_event_size
    if item.size > most * CLOSE:
        text = "the item is close to the size from which on Sentry refuses it"
        yield Finding(item.id, "", "size", "warning", text, f"{item.size} of {most} bytes")


def _missing(item: StoredItem, document: dict[str, Any]) -> Iterator[Finding]:
    for key in REQUIRED:
        if document.get(key) is None:
            text = f"there is no `{key}`, which every SDK has to send"
            yield Finding(item.id, key, "missing", "warning", text)
    if document.get("event_id") is None and not item.event_id:
        text = "there is no `event_id`, neither here nor in the envelope"
        yield Finding(item.id, "event_id", "missing", "warning", text)


def _tags(item: StoredItem, tags: Any) -> Iterator[Finding]:
    seen: set[Any] = set()
    for number, (key, value) in enumerate(tag_pairs(tags)):
        path, found = f"tags.{number}", _wrong_tag(key, value, seen)
        seen.add(key)
        if found:
            yield Finding(item.id, path, "tag", "warning", found)


def _wrong_tag(key: Any, value: Any, seen: set[Any]) -> str:
    if key in _RESERVED:
        return "a tag of this name is reserved, and Sentry drops it"
    if key in seen:
        return "a tag of this name is there already, and Sentry drops this one"
    if not isinstance(key, str) or not _TAG_KEY(key):
        return "a tag's name has letters, digits and `_.:-`, 200 at most; Sentry changes this one"
    if isinstance(value, str) and len(value) > _MAX_TAG:
        return "a tag's value has 200 characters at most, and Sentry cuts this one"
    return ""
