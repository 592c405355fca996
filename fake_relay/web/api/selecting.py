"""From a request's parameters to a selection of items, and pages that wait.

May import: relay and every room below it.
"""

from __future__ import annotations

import time
from dataclasses import replace

from aiohttp import web

from fake_relay.query import Expression, parse_query
from fake_relay.store import Page, Reader, Selection
from fake_relay.web import parameters
from fake_relay.web.keys import NEWS, RELAY, in_thread
from fake_relay.web.route import Parameter

PROJECT = Parameter("project", "Only this project's.")
QUERY = Parameter("q", "A search in Sentry's language, like `level:error release:shop@2.*`.")
AFTER = Parameter("after", "Only what is newer than this item id.", "integer", 0)
LIMIT = Parameter("limit", "How many at most.", "integer", 1, parameters.MAX_LIMIT, 50)
CURSOR = Parameter("cursor", "The `next` of the page before.")
TYPE = Parameter("type", "Only items of this type, like `event` or `transaction`.")
PATIENCE = 0.5
"""Seconds after which a search that is not done hands back what it has, and where to go on."""
EVENT_ID = Parameter("event_id", "Only items of this event, in any spelling of a UUID.")


async def query(request: web.Request) -> Expression | None:
    """The search that `q` is; raises `QueryError`."""
    given = parameters.text(request, "q")
    if given is None:
        return None
    # On a thread: the first search loads the grammar, which takes as long as 2,000 requests.
    return await in_thread(request, parse_query, given, now=time.time())


async def selection(request: web.Request) -> Selection:
    """What the parameters select; raises a 400 or `QueryError`."""
    return Selection(
        project=parameters.text(request, "project"),
        type=parameters.text(request, "type"),
        event_id=parameters.event_id(request),
        query=await query(request),
        after=parameters.integer(request, "after", 0, least=0, most=parameters.MAX_ID),
        before=parameters.cursor(request),
        limit=parameters.limit(request),
    )


async def page(request: web.Request, wanted: Selection, wait: float) -> tuple[Page, int]:
    """A page as it is now, or as soon as it has an item; and the position it holds for.

    A page never holds items behind its position, so `after=position` neither repeats nor
    misses any.
    """
    relay, news = request.app[RELAY], request.app[NEWS]
    deadline = time.monotonic() + wait
    while True:
        position = relay.store.position()
        bounded = wanted if wanted.before else replace(wanted, before=position + 1)
        if not wait:
            return await in_thread(request, gathered, relay.store, bounded, PATIENCE), position
        found = await in_thread(request, first_filled, relay.store, bounded)
        left = deadline - time.monotonic()
        if found.items or wanted.before or left <= 0:
            return found, position
        # What is up to here has been looked at and does not match.
        wanted = replace(wanted, after=max(wanted.after, position))
        if not await news.wait(position, left):
            wait = 0


def first_filled(reader: Reader, wanted: Selection) -> Page:
    """The first page with an item in it: a search can hand back empty ones on its way."""
    found = reader.find(wanted)
    while not found.items and found.next is not None:
        wanted = replace(wanted, before=found.next)
        found = reader.find(wanted)
    return found


def gathered(reader: Reader, wanted: Selection, patience: float) -> Page:
    """A page of as many looks as it takes to fill it, or as so many seconds allow."""
    until = time.monotonic() + patience
    found = reader.find(wanted)
    items = list(found.items)
    while found.next is not None and len(items) < wanted.limit and time.monotonic() < until:
        left = wanted.limit - len(items)
        found = reader.find(replace(wanted, before=found.next, limit=left))
        items += found.items
    return Page(items, found.next)
