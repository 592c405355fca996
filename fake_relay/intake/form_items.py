"""The parts of a form as items: files become attachments, fields one `form_data` item.

Rule: one file that is too large falls alone, the others stay (PROTOCOL.md 2.6).
May import: intake.multipart, items, config, protocol, errors.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final

import msgspec

from fake_relay.config import Limits
from fake_relay.errors import TooLarge
from fake_relay.intake.multipart import Part
from fake_relay.items import attachment
from fake_relay.protocol.envelope import Item, make_item
from fake_relay.protocol.outcome import Fate, Outcome

MINIDUMP_FIELD: Final = "upload_file_minidump"
TYPE_BY_FIELD: Final = {
    MINIDUMP_FIELD: attachment.MINIDUMP,
    "__sentry-event": attachment.PAYLOAD,
    "__sentry-breadcrumb1": attachment.BREADCRUMBS,
    "__sentry-breadcrumb2": attachment.BREADCRUMBS,
    "view-hierarchy.json": "event.view_hierarchy",
}
TYPE_BY_SUFFIX: Final = {
    ".nv-gpudmp": "event.nv_gpudmp",
    ".nvdbg": "event.nv_shader_debug",
}
TOO_LARGE: Final = Outcome(Fate.INVALID, "too_large:attachment:attachment")

Dropped = tuple[Item, Outcome]


def type_of(part: Part) -> str:
    """The attachment type by the field's name, else by the file's (PROTOCOL.md 2.6)."""
    known = TYPE_BY_FIELD.get(part.name)
    if known is not None:
        return known
    file_name = part.file_name or ""
    for suffix, kind in TYPE_BY_SUFFIX.items():
        if file_name.endswith(suffix):
            return kind
    return attachment.PLAIN


def plain(part: Part) -> str:
    """Every file is a plain attachment."""
    return attachment.PLAIN


def attachment_item(
    data: bytes, file_name: str, kind: str, content_type: str | None = None
) -> Item:
    """An attachment with its headers."""
    headers = {"filename": file_name, "attachment_type": kind}
    if content_type:
        headers["content_type"] = content_type
    return make_item("attachment", data, headers)


def attachments_of(
    parts: Iterable[Part], limits: Limits, kind_of: Callable[[Part], str]
) -> tuple[list[Item], list[Dropped]]:
    """The files as attachments, and those that are larger than one may be, without their bytes."""
    kept: list[Item] = []
    dropped: list[Dropped] = []
    for part in parts:
        if part.file_name is None:
            continue
        kind = kind_of(part)
        if len(part.data) > limits.max_attachment_size and kind == attachment.PLAIN:
            headers = {"filename": part.file_name, "attachment_length": len(part.data)}
            dropped.append((make_item("attachment", b"", headers), TOO_LARGE))
        else:
            kept.append(attachment_item(part.data, part.file_name, kind, part.content_type))
    return kept, dropped


def form_item(parts: Iterable[Part], limits: Limits) -> Item | None:
    """All fields without a file name as one item of pairs, or None when there are none.

    Raises `TooLarge` (413) when their values are more than an event may be.
    """
    fields = [part for part in parts if part.file_name is None and part.name]
    if not fields:
        return None
    if sum(len(part.data) for part in fields) > limits.max_event_size:
        raise too_large("form_data")
    pairs = [[part.name, part.data.decode("utf-8", "replace")] for part in fields]
    return make_item("form_data", msgspec.json.encode(pairs), {"content_type": "text/plain"})


def too_large(kind: str) -> TooLarge:
    """The refusal of an envelope because of one of its items (PROTOCOL.md 3.3)."""
    return TooLarge(
        f"envelope exceeded size limits for type {kind!r}"
        " (https://develop.sentry.dev/sdk/envelopes/#size-limits)",
        reason=f"too_large:{kind}",
    )
