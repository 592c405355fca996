"""One item: what it says, in sections that fit its type.

May import: relay and every room below it, web.
"""

from __future__ import annotations

from typing import Any, Final

from aiohttp import web

from fake_relay.records import StoredItem
from fake_relay.shown.line import notes, title
from fake_relay.web.pages.frame import Page, Visit
from fake_relay.web.pages.rows import loosely


def load(visit: Visit) -> dict[str, Any]:
    """An item and its payload."""
    item = the_item(visit)
    payload = visit.store.payload(item.id) or b""
    return {
        "title": title(item),
        "item": item,
        "notes": notes(item),
        "payload": loosely(payload),
    }


def the_item(visit: Visit) -> StoredItem:
    """The item that the path names; raises a 404."""
    text = visit.path["id"]
    number = int(text) if text.isascii() and text.isdigit() and len(text) < 19 else 0
    item = visit.store.item(number)
    if item is None:
        raise web.HTTPNotFound(
            text=f"There is no item {text[:40]}: it never was, or was cleared or evicted."
        )
    return item


PAGE: Final = Page("/items/{id}", "Item", "item.html", load, under="/")
