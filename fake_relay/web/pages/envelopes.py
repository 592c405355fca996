"""Envelopes: all that came, and one with the boundaries of its items.

Rule: what is shown as sent is what was sent; what cannot be split is shown whole.
May import: relay and every room below it, web.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import msgspec
from aiohttp import web

from fake_relay.errors import BadEnvelope
from fake_relay.protocol.envelope import Envelope, parse
from fake_relay.query.predicate import NumberIs
from fake_relay.records import StoredItem
from fake_relay.shown.raw import HexLine, as_text, hex_lines
from fake_relay.shown.text import mapping
from fake_relay.store import Selection
from fake_relay.web import parameters
from fake_relay.web.pages.follow import Follow
from fake_relay.web.pages.frame import Page, Visit, number_in_path
from fake_relay.web.pages.newest import Newest, newest, older_address
from fake_relay.web.pages.search_text import quoted

SHOWN: Final = 50
PARTS: Final = 200
SHOWN_BYTES: Final = 1024
SHOWN_TEXT: Final = 16 * 1024
SHOWN_TOGETHER: Final = 512 * 1024


@dataclass(frozen=True, slots=True)
class Part:
    """An item where it stands: the offset of its header, the header as sent, its payload.

    `end` is the offset behind it; `item` the stored item that it became, if that is known.
    """

    offset: int
    end: int
    header: str
    type: str
    size: int
    text: str | None
    hex: list[HexLine]
    cut: int
    item: StoredItem | None


def load(visit: Visit) -> dict[str, Any]:
    """A page of envelopes, newest first: all, or those with an item that the search finds."""
    project = visit.query.get("project") or None
    if visit.query.get("q", "").strip():
        own = f"project:{quoted(project)}" if project else ""
        found = newest(visit, own, "/envelopes", SHOWN)
        ids = dict.fromkeys(item.envelope_id for item in found.items)
        envelopes = [one for one in map(visit.store.envelope, ids) if one is not None]
        return {"found": found, "envelopes": envelopes}
    before = parameters.cursor_of(visit.query.get("cursor"))
    page = visit.store.find_envelopes(project, before, SHOWN)
    older = older_address(visit, "/envelopes", page.next)
    return {"found": Newest("", None, None, [], older), "envelopes": page.envelopes}


def load_one(visit: Visit) -> dict[str, Any]:
    """One envelope, split at its items' boundaries."""
    number = number_in_path(visit)
    envelope, body = visit.store.envelope(number), visit.store.body(number)
    if envelope is None or body is None:
        raise web.HTTPNotFound(
            text=f"There is no envelope {number}: it never was, or was cleared or evicted."
        )
    split = split_up(body.content)
    shared = {
        "title": f"Envelope {number}",
        "envelope": envelope,
        "converted": body.converted,
        "headers": list(mapping(msgspec.json.decode(envelope.headers)).items()),
        "head": "",
        "parts": [],
        "hidden": 0,
        "hex": [],
    }
    if split is None:
        return shared | {"hex": hex_lines(body.content[:4096])}
    head = split.raw_header.decode("utf-8", "replace")
    parts = parts_of(split, items_of(visit, number))
    return shared | {"head": head, "parts": parts, "hidden": len(split.items) - len(parts)}


def split_up(content: bytes) -> Envelope | None:
    """The envelope in a body, however strict its server was; None for bytes that are none."""
    try:
        return parse(content, lenient=True, strict_key=False)
    except BadEnvelope:
        return None


def items_of(visit: Visit, envelope_id: int) -> list[StoredItem]:
    """The stored items of an envelope in their order."""
    query = NumberIs("envelope_id", "=", float(envelope_id))
    return visit.store.find(Selection(query=query, limit=PARTS)).items[::-1]


def parts_of(envelope: Envelope, items: list[StoredItem]) -> list[Part]:
    """The items with their places; together they show only so much."""
    made: list[Part] = []
    left = SHOWN_TOGETHER
    for number, item in enumerate(envelope.items[:PARTS]):
        text = as_text(item.payload)
        shown = text[: min(SHOWN_TEXT, left)] if text is not None else None
        left -= len(shown or "")
        offset = item.start - len(item.lead)
        made.append(
            Part(
                offset,
                item.start + len(item.payload),
                item.raw_header.decode("utf-8", "replace"),
                item.type,
                len(item.payload),
                shown,
                hex_lines(item.payload[:SHOWN_BYTES]) if text is None else [],
                len(item.payload) - SHOWN_BYTES if text is None else len(text) - len(shown or ""),
                items[number] if number < len(items) else None,
            )
        )
    return made


PAGE: Final = Page(
    "/envelopes",
    "Envelopes",
    "envelopes.html",
    load,
    nav="Envelopes",
    follows=Follow(envelopes=True),
)
ONE: Final = Page("/envelopes/{id}", "Envelope", "envelope.html", load_one, under="/envelopes")
