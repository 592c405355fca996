"""Forwarding: upstreams and how it goes, what could not be delivered, and forms to act on it.

May import: relay and every room below it, web.
"""

from __future__ import annotations

from typing import Any, Final

from aiohttp import web

from fake_relay.records import StoredItem
from fake_relay.store import Reader
from fake_relay.store.spool import DeadLetter
from fake_relay.web import parameters
from fake_relay.web.forwarding import FORWARDER
from fake_relay.web.keys import RELAY, in_thread
from fake_relay.web.pages.follow import Follow, state_of
from fake_relay.web.pages.frame import Page, Visit, redirect

DEAD: Final = 50


def load(visit: Visit) -> dict[str, Any]:
    """Every upstream, a page of dead letters, and what became of everything."""
    spool = visit.store.spool
    before = parameters.cursor_of(visit.query.get("cursor"))
    letters = spool.dead_letters(None, before, DEAD + 1)
    more = letters[DEAD - 1].parcel.id if len(letters) > DEAD else None
    return {
        "state": visit.forwarding,
        "upstreams": visit.forwarder.status(),
        "dead": [(letter, first_item(visit.store, letter)) for letter in letters[:DEAD]],
        "older": parameters.cursor_text(more),
        "ledger": spool.forward_ledger(),
        "problem": visit.query.get("problem", "")[:500],
    }


def first_item(reader: Reader, letter: DeadLetter) -> StoredItem | None:
    """The first item of what could not be delivered, if it is still kept."""
    return reader.item(letter.parcel.parts[0].item) if letter.parcel.parts else None


async def state(request: web.Request) -> str:
    """A text that differs when the page would: how every upstream does, and what died."""
    visit = Visit.of(request)
    spool = visit.store.spool

    def read() -> str:
        newest = spool.dead_letters(None, None, 1)
        return state_of(visit.forwarding, visit.forwarder.status(), newest, spool.forward_ledger())

    return await in_thread(request, read)


async def hold(request: web.Request) -> web.Response:
    """Pause or go on, with one upstream or all."""
    form = await request.post()
    forwarder = request.app[FORWARDER]
    await forwarder.pause(named(form), paused=form.get("do") == "pause")
    return redirect("/forwarding")


async def switch(request: web.Request) -> web.Response:
    """Forward to an upstream by itself from now on, or only by hand."""
    form = await request.post()
    forwarder = request.app[FORWARDER]
    name = forwarder.loop(str(form.get("upstream", ""))).upstream.name
    forwarder.book.switch(name, on=form.get("do") == "enable")
    await forwarder.settled()
    return redirect("/forwarding")


async def retry(request: web.Request) -> web.Response:
    """Try now; a dead letter, or all of an upstream's, are queued again."""
    form = await request.post()
    ids = chosen(form)
    dead = ids is not None or form.get("dead") == "1"
    await request.app[FORWARDER].retry(named(form), ids, dead=dead)
    return redirect("/forwarding")


async def drop(request: web.Request) -> web.Response:
    """Forget a dead letter, or all of an upstream's."""
    form = await request.post()
    spool = request.app[RELAY].store.spool
    await in_thread(request, spool.drop_dead, named(form), chosen(form))
    return redirect("/forwarding")


def named(form: Any) -> str | None:
    """The upstream that a form names; None for all."""
    return str(form.get("upstream", "")) or None


def chosen(form: Any) -> list[int] | None:
    """The dead letter that a form names; None for all."""
    text = str(form.get("id", ""))
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) < 19):
        raise parameters.bad(f"id={text[:40]!r} is not the number of a dead letter")
    return [int(text)]


PAGE: Final = Page(
    "/forwarding",
    "Forwarding",
    "forwarding.html",
    load,
    nav="Forwarding",
    follows=Follow(items=None, state=state),
    beside=(
        web.post("/forwarding/hold", hold),
        web.post("/forwarding/switch", switch),
        web.post("/forwarding/retry", retry),
        web.post("/forwarding/drop", drop),
    ),
)
