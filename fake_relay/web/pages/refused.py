"""Refused requests: what came, byte for byte, and why it got no 200.

May import: relay and every room below it, web.
"""

from __future__ import annotations

from typing import Any, Final

from aiohttp import web

from fake_relay.errors import RequestRefused
from fake_relay.protocol import encoding
from fake_relay.shown.raw import as_text, hex_lines
from fake_relay.web import parameters
from fake_relay.web.pages.follow import Follow
from fake_relay.web.pages.frame import Page, Visit, number_in_path

SHOWN_BYTES: Final = 4096
SHOWN_TEXT: Final = 64 * 1024
MAX_DECODED: Final = 4 * 1024 * 1024


def load(visit: Visit) -> dict[str, Any]:
    """A page of them, newest first."""
    project = visit.query.get("project") or None
    before = parameters.cursor_of(visit.query.get("cursor"))
    found = visit.store.refused(project, before, 50)
    return {
        "refused": found.refused,
        "evicted": found.evicted,
        "older": parameters.cursor_text(found.next),
    }


def load_one(visit: Visit) -> dict[str, Any]:
    """One of them, with the body as far as it is kept."""
    number = number_in_path(visit)
    found = visit.store.refused_request(number)
    if found is None:
        raise web.HTTPNotFound(
            text=f"There is no refused request {number}: it never was, or made room."
        )
    wire = visit.store.refused_body(number) or b""
    decoded = unpacked(wire, found.coding)
    shown = wire if decoded is None else decoded
    text = as_text(shown)
    return {
        "title": f"Refused: {found.detail}",
        "request": found,
        "decoded": decoded is not None,
        "text": None if text is None else text[:SHOWN_TEXT],
        "hex": hex_lines(shown[:SHOWN_BYTES]) if text is None else [],
        "cut": len(text) - SHOWN_TEXT if text is not None else len(shown) - SHOWN_BYTES,
    }


def unpacked(wire: bytes, coding: str) -> bytes | None:
    """The body without its coding; None where it has none, or where that is broken."""
    try:
        known = encoding.normalize(coding)
        return encoding.decode(wire, known, MAX_DECODED) if known else None
    except RequestRefused:
        return None


PAGE: Final = Page(
    "/refused",
    "Refused requests",
    "refused.html",
    load,
    nav="Refused",
    follows=Follow(items=None, refused=True),
)
ONE: Final = Page(
    "/refused/{id}", "Refused request", "refused_one.html", load_one, under="/refused"
)
