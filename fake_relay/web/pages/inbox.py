"""The inbox: everything that arrived, newest first, live.

Rule: rows, number and picture are those of one filter, and a search that is wrong says where.
May import: relay and every room below it, web.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final
from urllib.parse import urlencode

import msgspec
from aiohttp import web

from fake_relay.errors import QueryError
from fake_relay.query import Expression, parse_query
from fake_relay.store import Page as ItemPage
from fake_relay.store import Reader, Selection
from fake_relay.web import parameters, sse
from fake_relay.web.api import selecting
from fake_relay.web.keys import RELAY
from fake_relay.web.pages.frame import Page, Visit, macro, redirect
from fake_relay.web.pages.rows import rows_of

SHOWN: Final = 50
LOOKS: Final = 3
"""Pages that a search walks for one row before it asks whether to go on."""

_encode = msgspec.json.Encoder().encode


def load(visit: Visit) -> dict[str, Any]:
    """Rows of the page that the query asks for."""
    q, position = visit.query.get("q", "").strip(), visit.store.position()
    problem: QueryError | None = None
    query: Expression | None = None
    try:
        query = parse_query(q, now=visit.now) if q else None
    except QueryError as error:
        problem = error
    before = parameters.cursor_of(visit.query.get("cursor"))
    wanted = Selection(query=query, before=before or position + 1, limit=SHOWN)
    found = ItemPage([]) if problem else look(visit.store, wanted)
    return {
        "q": q,
        "problem": problem,
        "rows": rows_of(visit.store, found.items),
        "older": address(q, found.next),
        "newest": address(q) if before else "",
        "position": position,
        "live": not before and not problem,
    }


def look(reader: Reader, wanted: Selection) -> ItemPage:
    """A page with something in it, if a few looks find it."""
    found = reader.find(wanted)
    for _ in range(LOOKS):
        if found.items or found.next is None:
            break
        found = reader.find(replace(wanted, before=found.next))
    return found


def address(q: str, before: int | None = 0) -> str:
    """The inbox's address for a search, from an item on; empty for no such page."""
    if before is None:
        return ""
    query = {"q": q, "cursor": parameters.cursor_text(before) if before else ""}
    text = urlencode({key: value for key, value in query.items() if value})
    return f"/?{text}" if text else "/"


async def stream(request: web.Request) -> web.StreamResponse:
    """Rows of what arrives from now on, as HTML."""
    wanted = await selecting.selection(request)
    seen = sse.last_event_id(request)
    return await sse.follow(request, wanted, wanted.after if seen is None else seen, frames)


def frames(reader: Reader, ids: list[int]) -> bytes:
    """One event with the rows of some items, the newest first."""
    items = [found for item_id in reversed(ids) if (found := reader.item(item_id)) is not None]
    if not items:
        return b""
    html = macro("rows.html", "item_rows")(rows_of(reader, items))
    data = _encode({"html": html, "count": len(items)})
    return sse.frame(str(ids[-1]), "rows", data)


async def clear(request: web.Request) -> web.Response:
    """Forget everything, or a project."""
    form = await request.post()
    # On the loop, like every write.
    request.app[RELAY].store.clear(str(form.get("project", "")) or None)
    return redirect("/")


PAGE: Final = Page(
    "/",
    "Inbox",
    "inbox.html",
    load,
    nav="Inbox",
    beside=(web.get("/inbox/rows", stream), web.post("/inbox/clear", clear)),
)
