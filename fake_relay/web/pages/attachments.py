"""Attachments: images to look at, texts to read, everything else to download.

Rule: what kind of file it is is told by its bytes, never by its sender; only images that hold
no script are shown as such, from an address whose policy allows nothing at all.
May import: relay and every room below it, web.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import msgspec
from aiohttp import web

from fake_relay.items.attachment import is_reference
from fake_relay.protocol.envelope import ItemHeader
from fake_relay.records import StoredItem
from fake_relay.shown.raw import as_text
from fake_relay.shown.text import word
from fake_relay.web.keys import in_thread
from fake_relay.web.pages.follow import Follow
from fake_relay.web.pages.frame import HEADERS, Page, Visit, number_in_path
from fake_relay.web.pages.newest import newest, with_payloads

ITEMS: Final = "type:attachment"
SHOWN: Final = 40
MAX_TEXT: Final = 2000
MAX_TOLD: Final = 64 * 1024
"""Bytes of which the beginning is read as text."""
MAX_IMAGE: Final = 20 * 1024 * 1024
IMAGES: Final = {
    b"\x89PNG\r\n\x1a\n": "image/png",
    b"\xff\xd8\xff": "image/jpeg",
    b"GIF87a": "image/gif",
    b"GIF89a": "image/gif",
}
"""First bytes -> type. SVG is missing on purpose: it is a document with scripts."""

_header = msgspec.json.Decoder(ItemHeader).decode


@dataclass(frozen=True, slots=True)
class File:
    """An attachment: its name and declared type, what its bytes are, and the start of a text."""

    item: StoredItem
    name: str
    declared: str
    kind: str
    image: str
    text: str | None
    reference: bool


def load(visit: Visit) -> dict[str, Any]:
    """The newest that the search finds."""
    found = newest(visit, ITEMS, "/attachments", SHOWN)
    return {"found": found, "files": files_of(visit, found.items)}


def files_of(visit: Visit, items: list[StoredItem]) -> list[File]:
    """Attachments with what their first bytes tell, as far as bytes allow."""
    payloads = {item.id: payload for item, payload in with_payloads(visit, items)}
    return [file_of(item, payloads.get(item.id, b"")) for item in items]


def file_of(item: StoredItem, payload: bytes) -> File:
    """An attachment as the page tells of it."""
    header = _header(item.headers)
    image = image_type(payload)
    text = None if image or not payload else as_text(beginning(payload))
    return File(
        item,
        word(header.filename) or "Unnamed Attachment",
        word(header.content_type),
        word(header.attachment_type),
        image if len(payload) <= MAX_IMAGE else "",
        None if text is None else text[:MAX_TEXT],
        is_reference(header),
    )


def beginning(payload: bytes) -> bytes:
    """The first bytes, without half a character at their end."""
    if len(payload) <= MAX_TOLD:
        return payload
    return payload[:MAX_TOLD].decode(errors="ignore").encode() or payload[:MAX_TOLD]


def image_type(payload: bytes) -> str:
    """The type of an image by its first bytes; empty for everything else."""
    if payload[:4] == b"RIFF" and payload[8:12] == b"WEBP":
        return "image/webp"
    return next((kind for mark, kind in IMAGES.items() if payload.startswith(mark)), "")


async def image(request: web.Request) -> web.Response:
    """An attachment that is an image, as one; nothing else."""
    visit = Visit.of(request)
    payload = await in_thread(request, payload_of, visit)
    kind = image_type(payload)
    if not kind or len(payload) > MAX_IMAGE:
        raise web.HTTPNotFound(text="this attachment is no image that can be shown")
    policy = {"Content-Security-Policy": "default-src 'none'; sandbox"}
    return web.Response(body=payload, content_type=kind, headers={**HEADERS, **policy})


def payload_of(visit: Visit) -> bytes:
    """The bytes of the attachment that the path names; empty for none."""
    item = visit.store.item(number_in_path(visit))
    if item is None or item.type != "attachment":
        return b""
    return visit.store.payload(item.id) or b""


PAGE: Final = Page(
    "/attachments",
    "Attachments",
    "attachments.html",
    load,
    nav="Attachments",
    follows=Follow(ITEMS),
    beside=(web.get("/attachments/{id}/image", image),),
)
