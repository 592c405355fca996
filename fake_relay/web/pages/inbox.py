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
from fake_relay.store import Glimpse, Reader, Selection, Store, Survey
from fake_relay.store import Page as ItemPage
from fake_relay.web import parameters, sse
from fake_relay.web.answers import answer
from fake_relay.web.api import selecting
from fake_relay.web.keys import RELAY, in_thread
from fake_relay.web.pages.chips import chips
from fake_relay.web.pages.frame import Page, Visit, html_response, macro, redirect, templates
from fake_relay.web.pages.picture import Picture, kinds, picture
from fake_relay.web.pages.rows import rows_of
from fake_relay.web.pages.search_text import complete, part_of, with_part, without
from fake_relay.web.pages.snippets import snippets

SHOWN: Final = 50
PATIENCE: Final = 0.03
"""Seconds after which a search that is not done hands on to the next page."""
SURVEYED: Final = 5000
"""Items that are counted and drawn, in some 30 ms; more are "more than"."""

PACE: Final = 0.1
"""Seconds in which rows are gathered, so that a flood is told in ten pieces a second."""
FAR: Final = 1000
"""Items behind the newest from which on a page looks anew: it holds no more than some hundreds."""

_encode = msgspec.json.Encoder().encode


def load(visit: Visit) -> dict[str, Any]:
    """Rows of the page that the query asks for, and what there is around them."""
    q = visit.query.get("q", "").strip()
    query, problem = parsed(q, visit.now)
    position = visit.store.position()
    before = parameters.cursor_of(visit.query.get("cursor"))
    wanted = Selection(query=query, before=before or position + 1, limit=SHOWN)
    found = ItemPage([]) if problem else selecting.gathered(visit.store, wanted, PATIENCE)
    further = further_of(visit.store, position, found)
    projects = visit.store.projects()
    total = sum(project.items for project in projects)
    return {
        "q": q,
        "projects": sorted(project.project for project in projects),
        "chosen": part_of(q, "project"),
        "problem": problem,
        "rows": rows_of(visit.store, found.items),
        "older": address(q, found.next),
        "further": further,
        "full": SHOWN,
        "newest": address(q) if before else "",
        "position": position,
        "live": not before and not problem,
        "first": first_visit(visit) if not total and not q else None,
        "summary": None if problem else summary(visit, q, total, survey_of(visit, query, found)),
    }


def further_of(store: Store, position: int, found: ItemPage) -> dict[str, Any] | None:
    """How far a search has come that is not done: the share of what is here, and back to when."""
    if found.next is None or len(found.items) >= SHOWN:
        return None
    last, oldest = store.items_after(found.next - 1, 1), store.items_after(0, 1)
    if not (last and oldest):
        return None
    share = (position + 1 - found.next) / (position + 1 - oldest[0].id)
    return {"share": max(int(share * 100), 1), "until": last[0].received_at}


def survey_of(visit: Visit, query: Expression | None, found: ItemPage | None = None) -> Survey:
    """What is counted and drawn; of a search that is not done, no more than what it found."""
    if found is not None and found.next is not None and len(found.items) < SHOWN:
        return Survey(
            [Glimpse(i.received_at, i.type, i.level, i.project) for i in found.items], False
        )
    return visit.store.survey(Selection(query=query, limit=SURVEYED))


def parsed(q: str, now: float) -> tuple[Expression | None, QueryError | None]:
    """A search as an expression, or what is wrong with it."""
    try:
        return (parse_query(q, now=now) if q else None), None
    except QueryError as error:
        return None, error


def first_visit(visit: Visit) -> dict[str, Any]:
    """What to paste, and whether something came that was refused."""
    project, key = visit.relay.config.offered()
    dsn = f"{visit.base.replace('://', f'://{key}@', 1)}/{project}"
    refused = visit.store.refused(limit=1).refused
    return {"dsn": dsn, "snippets": snippets(dsn), "refused": refused[0] if refused else None}


def summary(visit: Visit, q: str, total: int, survey: Survey) -> dict[str, Any]:
    """How many, when, and of which kinds: of one survey of the filter."""
    exact = survey.complete or not q
    return {
        "q": q,
        "count": total if not q and not survey.complete else len(survey.glimpses),
        "more": not exact,
        "all": survey.complete,
        "picture": with_addresses(picture(survey), q),
        "range": part_of(q, "received"),
        "without_range": address(without(q, "received")),
        "chips": chips(visit.store, q, kinds(survey)),
    }


def with_addresses(drawn: Picture | None, q: str) -> dict[str, Any] | None:
    """The picture, each bar with the search for its time."""
    if drawn is None:
        return None
    bars = [
        (bar, address(with_part(q, "received", f">={bar.start}", f"<{bar.end}")))
        for bar in drawn.bars
    ]
    return {"drawn": drawn, "bars": bars, "q": without(q, "received")}


async def show_summary(request: web.Request) -> web.Response:
    """The part of the page that counts and draws, for a page that has had news."""
    visit = Visit.of(request)
    return html_response(await in_thread(request, summary_html, visit))


def summary_html(visit: Visit) -> str:
    """Number, picture and chips as HTML; nothing for a search that is wrong."""
    q = visit.query.get("q", "").strip()
    query, problem = parsed(q, visit.now)
    if problem is not None:
        return ""
    total = sum(project.items for project in visit.store.projects())
    made = summary(visit, q, total, survey_of(visit, query))
    return templates().get_template("inbox_summary.html").render(summary=made)


async def suggest(request: web.Request) -> web.Response:
    """What can stand where somebody types in the search."""
    q = request.query.get("q", "")[:2000]
    caret = parameters.integer(request, "caret", len(q), least=0, most=2000)
    found = await in_thread(request, complete, request.app[RELAY].store, q, caret)
    return answer(found)


def address(q: str, before: int | None = 0) -> str:
    """The inbox's address for a search, from an item on; empty for no such page."""
    if before is None:
        return ""
    query = {"q": q, "cursor": parameters.cursor_text(before) if before else ""}
    text = urlencode({key: value for key, value in query.items() if value})
    return f"/?{text}" if text else "/"


async def stream(request: web.Request) -> web.StreamResponse:
    """Rows of what arrives from now on, as HTML; a page that is far behind is told so instead."""
    wanted = await selecting.selection(request)
    last = sse.last_event_id(request)
    seen, position = wanted.after if last is None else last, request.app[RELAY].store.position()
    if 0 <= position - seen <= FAR:
        return await sse.follow(request, wanted, seen, frames, pace=PACE)
    # A store that began anew has lower ids.
    wanted = replace(wanted, after=position)
    behind = sse.frame(str(position), "behind", b"{}")
    return await sse.follow(request, wanted, position, frames, prelude=behind, pace=PACE)


def frames(reader: Reader, ids: list[int]) -> bytes:
    """One event with the rows of some items, the newest first."""
    items = [found for item_id in reversed(ids) if (found := reader.item(item_id)) is not None]
    if not items:
        return b""
    html = macro("rows.html", "item_rows")(rows_of(reader, items))
    data = _encode({"html": str(html), "count": len(items)})
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
    beside=(
        web.get("/inbox/rows", stream),
        web.get("/inbox/summary", show_summary),
        web.get("/inbox/complete", suggest),
        web.post("/inbox/clear", clear),
    ),
)
