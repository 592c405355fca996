"""Attachments, and the other payloads that come with a crash.

May import: items.facts, items.payload, protocol, msgspec.
"""

from __future__ import annotations

import json
import re
from typing import Any

import msgspec

from fake_relay.items.facts import (
    MAX_AMOUNT,
    MAX_TEXT,
    Facts,
    ItemType,
    always,
    first_line,
    one,
    terms,
    text_of,
)
from fake_relay.items.payload import storable
from fake_relay.protocol.category import Category
from fake_relay.protocol.envelope import Item, ItemHeader
from fake_relay.protocol.outcome import Quantity

REFERENCE = "application/vnd.sentry.attachment-ref"
TRACE = ("application/vnd.sentry.trace-attachment", "application/vnd.sentry.attachment.v2")
"""Content types of attachments of a trace or of a span (PROTOCOL.md 5.3)."""
PLAIN = "event.attachment"
MINIDUMP = "event.minidump"
APPLE_CRASH_REPORT = "event.applecrashreport"
PAYLOAD = "event.payload"
BREADCRUMBS = "event.breadcrumbs"
DYING_MESSAGE = "nswitch.dying_message"
CREATES_EVENT = frozenset(
    {
        MINIDUMP,
        APPLE_CRASH_REPORT,
        PAYLOAD,
        BREADCRUMBS,
        "playstation.prosperodump",
        DYING_MESSAGE,
        "event.nv_gpudmp",
    }
)


def read(header: ItemHeader, payload: bytes) -> Facts:
    """The facts of an attachment come from its header; its bytes stay closed."""
    name = header.filename or "Unnamed Attachment"
    kind = kind_of(header, payload)
    return Facts(
        title=first_line(f"{name} ({len(payload)} bytes)"),
        terms=tuple(
            terms(
                (
                    ("filename", name),
                    ("attachment_type", kind),
                    ("content_type", header.content_type),
                )
            )
        ),
        text=name[:MAX_TEXT],
    )


def quantities(header: ItemHeader, payload: bytes, facts: Facts) -> tuple[Quantity, ...]:
    """Bytes (at least one), and one item (PROTOCOL.md 5.1)."""
    size = len(payload) if header.attachment_length is None else header.attachment_length
    return (
        Quantity(Category.ATTACHMENT, min(max(size, 1), MAX_AMOUNT)),
        Quantity(Category.ATTACHMENT_ITEM, 1),
    )


def kind_of(header: ItemHeader, payload: bytes) -> str:
    """An attachment's type; a Switch's crash is known by its name and first bytes (2.7)."""
    if header.attachment_type:
        return header.attachment_type
    if header.filename == "dying_message.dat" and payload.startswith(b"sntr"):
        return DYING_MESSAGE
    return PLAIN


def is_reference(header: ItemHeader) -> bool:
    """Whether the payload only says where the bytes were uploaded to (PROTOCOL.md 2.11)."""
    return (header.content_type or "").lower().startswith(REFERENCE)


class _Owner(msgspec.Struct, frozen=True):
    span_id: str | None = None


_decode_owner = msgspec.json.Decoder(_Owner).decode


def is_of_trace(header: ItemHeader) -> bool:
    """Whether an attachment belongs to a trace or a span, and to no event."""
    return (header.content_type or "").lower().startswith(TRACE)


def is_of_span(item: Item) -> bool:
    """Whether an attachment belongs to a span, which its header names."""
    if not is_of_trace(item.header):
        return False
    try:
        return _decode_owner(item.raw_header).span_id is not None
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return False


_NOT_BLANK = re.compile(r"[^ \t\r\n]")


def creates_event(header: ItemHeader) -> bool:
    """Crash dumps and native event data create an event, plain files do not."""
    return header.attachment_type in CREATES_EVENT


def read_form(header: ItemHeader, payload: bytes) -> Facts:
    """The facts of the form fields that came with a crash upload."""
    pairs = [pair for pair in form_pairs(payload) if isinstance(pair, list) and len(pair) == 2]
    names = ", ".join(text_of(name) for name, _ in pairs)
    noun = "form field" if len(pairs) == 1 else "form fields"
    return Facts(
        title=first_line(f"{len(pairs)} {noun}: {names}"),
        count=len(pairs),
        text=names[:MAX_TEXT],
    )


def form_pairs(payload: bytes) -> list[Any]:
    """The pairs of all arrays, which may stand one behind the other (PROTOCOL.md 5.1).

    Raises ValueError for anything but arrays.
    """
    text = payload.decode()
    decode = json.JSONDecoder().raw_decode
    found: list[Any] = []
    position = _first_not_blank(text, 0)
    while True:
        if text[position : position + 1] != "[":
            raise ValueError(f"expected an array of pairs at character {position}")
        value, end = decode(text, position)
        found += storable(value)
        position = _first_not_blank(text, end)
        if position == len(text):
            return found


def _first_not_blank(text: str, position: int) -> int:
    found = _NOT_BLANK.search(text, position)
    return len(text) if found is None else found.start()


def read_unreal(header: ItemHeader, payload: bytes) -> Facts:
    """An Unreal crash archive is opened by the crash door, not here."""
    return Facts(title=f"Unreal crash report ({len(payload)} bytes)")


ATTACHMENT = ItemType(
    "attachment", read, quantities, json=False, creates_event=creates_event, needs_event=True
)
FORM_DATA = ItemType("form_data", read_form, lambda *_: (), needs_event=True)
UNREAL_REPORT = ItemType(
    "unreal_report",
    read_unreal,
    one(Category.ERROR),
    json=False,
    creates_event=always,
    needs_event=True,
)
