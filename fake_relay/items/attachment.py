"""Attachments, and the other payloads that come with a crash.

May import: items.facts, protocol, msgspec.
"""

from __future__ import annotations

import msgspec

from fake_relay.items.facts import Facts, ItemType, always, one, terms
from fake_relay.protocol.category import Category
from fake_relay.protocol.envelope import ItemHeader
from fake_relay.protocol.outcome import Quantity

PLAIN = "event.attachment"
CREATES_EVENT = frozenset(
    {
        "event.minidump",
        "event.applecrashreport",
        "event.payload",
        "event.breadcrumbs",
        "playstation.prosperodump",
        "nswitch.dying_message",
        "event.nv_gpudmp",
    }
)


def read(header: ItemHeader, payload: bytes) -> Facts:
    """The facts of an attachment come from its header; its bytes stay closed."""
    name = header.filename or "Unnamed Attachment"
    kind = header.attachment_type or PLAIN
    return Facts(
        title=f"{name} ({len(payload)} bytes)",
        terms=tuple(
            terms(
                (
                    ("filename", name),
                    ("attachment_type", kind),
                    ("content_type", header.content_type),
                )
            )
        ),
        text=name,
    )


def quantities(header: ItemHeader, payload: bytes, facts: Facts) -> tuple[Quantity, ...]:
    """Bytes (at least one), and one item (PROTOCOL.md 5.1)."""
    size = len(payload) if header.attachment_length is None else header.attachment_length
    return (
        Quantity(Category.ATTACHMENT, max(size, 1)),
        Quantity(Category.ATTACHMENT_ITEM, 1),
    )


def creates_event(header: ItemHeader) -> bool:
    """Crash dumps and native event data create an event, plain files do not."""
    return header.attachment_type in CREATES_EVENT


_decode_form = msgspec.json.Decoder(list[list[str]]).decode


def read_form(header: ItemHeader, payload: bytes) -> Facts:
    """The facts of the form fields that came with a crash upload."""
    fields = [pair for pair in _decode_form(payload) if len(pair) == 2]
    names = ", ".join(name for name, _ in fields)
    return Facts(title=f"{len(fields)} form fields: {names}", count=len(fields), text=names)


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
