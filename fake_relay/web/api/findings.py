"""Findings: what an application should change in what it sends.

May import: relay and every room below it.
"""

from __future__ import annotations

import msgspec
from aiohttp import web

from fake_relay.lint import Finding, Findings
from fake_relay.store import Page
from fake_relay.web import parameters
from fake_relay.web.answers import Problem, answer
from fake_relay.web.api import selecting
from fake_relay.web.keys import FINDINGS, RELAY, in_thread
from fake_relay.web.route import Answer, Route


class FindingPage(msgspec.Struct, frozen=True):
    """Findings of a page of items, newest items first; `next` is the cursor of the page behind."""

    findings: list[Finding]
    items: int
    next: str | None


async def find(request: web.Request) -> web.StreamResponse:
    """The findings of a page of items."""
    wanted = await selecting.selection(request)
    store = request.app[RELAY].store
    page = await in_thread(request, store.find, wanted)
    found = await in_thread(request, of_page, request.app[FINDINGS], page)
    return answer(FindingPage(found, len(page.items), parameters.cursor_text(page.next)))


def of_page(findings: Findings, page: Page) -> list[Finding]:
    """The findings of all items of a page; one payload is held at a time."""
    known = findings.of(page.items)
    return [found for item in page.items for found in known[item.id]]


ROUTES = (
    Route(
        "GET",
        "/findings",
        find,
        "What an application should change in what it sends.",
        (
            selecting.PROJECT,
            selecting.TYPE,
            selecting.EVENT_ID,
            selecting.QUERY,
            selecting.LIMIT,
            selecting.CURSOR,
            selecting.AFTER,
        ),
        (
            Answer(200, "The findings of a page of items.", FindingPage),
            Answer(501, "Findings need the extra fake-relay[relay].", Problem),
        ),
    ),
)
