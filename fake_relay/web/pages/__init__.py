"""The pages: one file and one template for each, and the table of all.

To add a page, write `mine.py` with

    def load(visit: Visit) -> dict[str, object]: ...   # reads, on a thread; gives values
    PAGE = Page("/mine", "Mine", "mine.html", load, nav="Mine")

and `mine.html`, which begins with `{% extends "frame.html" %}` and fills the block `main`; then
add `mine.PAGE` to the table below, in the order of the navigation. `rows.rows_of` and the macro
in `rows.html` make rows of items; `marks.html` has levels, badges and copy buttons; `filters.py`
what templates may use; a script is a module in `static/`, loaded in the block `head`. Styles
for what several pages share are in `static/pages.css`; nothing is inline, or the policy drops it.
Actions are `web.post(...)` in `PAGE.beside` and answer with `frame.redirect`. A page that shows
what arrives says what it follows (`follow.Follow`) and is live; rows and sections are known by
their `id`, `data-id` or first link, what only scripts change has an id and `data-keep`.
May import: relay and every room below it, web.
"""

from __future__ import annotations

from typing import Final

from aiohttp import web

from fake_relay.web.pages import (
    attachments,
    envelopes,
    faults,
    feedback,
    forwarding,
    inbox,
    item,
    ledger,
    login,
    logs,
    metrics,
    monitors,
    profiles,
    refused,
    releases,
    replays,
    scenarios,
    static,
    traces,
    why,
)
from fake_relay.web.pages.frame import Frame, Page

PAGES: Final[tuple[Page, ...]] = (
    inbox.PAGE,
    item.PAGE,
    traces.PAGE,
    traces.ONE,
    logs.PAGE,
    metrics.PAGE,
    releases.PAGE,
    monitors.PAGE,
    profiles.PAGE,
    profiles.ONE,
    replays.PAGE,
    replays.ONE,
    feedback.PAGE,
    attachments.PAGE,
    ledger.PAGE,
    why.PAGE,
    refused.PAGE,
    refused.ONE,
    envelopes.PAGE,
    envelopes.ONE,
    faults.PAGE,
    forwarding.PAGE,
    scenarios.PAGE,
    login.PAGE,
)
FRAME: Final = Frame(PAGES)


def add_routes(router: web.UrlDispatcher) -> None:
    """The paths of all pages and of what they are made of; `/` is the welcome's."""
    static.ROUTE.register(router)
    FRAME.add_routes(router)
