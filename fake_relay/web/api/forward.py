"""Forwarding: upstreams and their state, pause and retry, dry runs, what is sent by hand.

May import: forward, relay and every room below it.
"""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Any

import msgspec
from aiohttp import web

from fake_relay.config import Upstream
from fake_relay.config.relay_library import relay_library
from fake_relay.config.table import converted
from fake_relay.config.upstreams import without_secret
from fake_relay.forward.by_hand import items_of_envelope
from fake_relay.forward.dry_run import DryEnvelope, dry_run
from fake_relay.forward.select import Selector
from fake_relay.forward.state import UpstreamStatus
from fake_relay.records import StoredItem
from fake_relay.store.spool import ForwardEntry
from fake_relay.web import parameters
from fake_relay.web.answers import Problem, answer
from fake_relay.web.api import forward_dead, selecting
from fake_relay.web.forwarding import FORWARDER, state_of
from fake_relay.web.keys import RELAY, in_thread
from fake_relay.web.route import Answer, Parameter, Route


class ForwardAnswer(msgspec.Struct, frozen=True):
    """`off`, `on`, or `paused` where everything that is on is held; and every upstream."""

    forwarding: str
    upstreams: list[UpstreamStatus]


class UpstreamAnswer(msgspec.Struct, frozen=True):
    """An upstream, and its settings without secrets."""

    status: UpstreamStatus
    settings: dict[str, Any]


class LedgerAnswer(msgspec.Struct, frozen=True):
    """What became of what was to be forwarded; selected is the sum without `left_out`."""

    entries: list[ForwardEntry]


class Retried(msgspec.Struct, frozen=True):
    """How many dead letters were queued again."""

    revived: int


class SendBody(msgspec.Struct, frozen=True, kw_only=True):
    """An item or an envelope by its id, the upstream, and for how many seconds to wait."""

    to: str
    item: int | None = None
    envelope: int | None = None
    again: bool = False
    wait: float = 10.0


class SendAnswer(msgspec.Struct, frozen=True):
    """The parcel's id, and `sent`, `dead`, `limited`, `removed`, or `queued` when time was up."""

    parcel: int
    state: str
    detail: str = ""


class DryRunAnswer(msgspec.Struct, frozen=True):
    """What stored envelopes would look like, newest first, and the cursor of the next page."""

    upstream: str
    envelopes: list[DryEnvelope]
    next: str | None


async def told(request: web.Request) -> ForwardAnswer:
    """How it goes, for every upstream."""
    forwarder = request.app[FORWARDER]
    upstreams = await in_thread(request, forwarder.status)
    return ForwardAnswer(state_of(forwarder), upstreams)


async def show(request: web.Request) -> web.StreamResponse:
    """How it goes."""
    return answer(await told(request))


def named(request: web.Request) -> Upstream:
    """The upstream in the path; raises a 404."""
    name = request.match_info["name"]
    found = request.app[FORWARDER].book.upstream(name)
    if found is None:
        raise web.HTTPNotFound(text=f"there is no upstream {name[:64]!r}")
    return found


async def show_one(request: web.Request) -> web.StreamResponse:
    """One upstream, with its settings."""
    upstream = named(request)
    await request.app[FORWARDER].settled()
    status = await in_thread(request, request.app[FORWARDER].status)
    (found,) = (one for one in status if one.name == upstream.name)
    return answer(UpstreamAnswer(found, settings_of(upstream)))


def settings_of(upstream: Upstream) -> dict[str, Any]:
    """The settings as they may be shown."""
    shown = replace(
        upstream,
        dsn=upstream.told_dsn,
        projects=tuple(replace(one, dsn=without_secret(one.dsn)) for one in upstream.projects),
    )
    settings: dict[str, Any] = msgspec.to_builtins(shown)
    return settings | {"proxy": upstream.proxy.rpartition("@")[2]}


async def put(request: web.Request) -> web.StreamResponse:
    """Make or replace an upstream."""
    body = await parameters.json_body(request, dict[str, Any])
    name = request.match_info["name"]
    upstream = converted({**body, "name": name}, Upstream, "")
    request.app[FORWARDER].check(upstream)
    request.app[FORWARDER].book.put(upstream)
    return await show_one(request)


async def switch_on(request: web.Request) -> web.StreamResponse:
    """Forward to an upstream by itself from now on."""
    return await switch(request, on=True)


async def switch_off(request: web.Request) -> web.StreamResponse:
    """Forward to an upstream only by hand from now on."""
    return await switch(request, on=False)


async def switch(request: web.Request, *, on: bool) -> web.StreamResponse:
    """Switch an upstream on or off."""
    request.app[FORWARDER].book.switch(named(request).name, on=on)
    return await show_one(request)


async def remove(request: web.Request) -> web.StreamResponse:
    """Forget an upstream."""
    await request.app[FORWARDER].remove(named(request).name)
    return await show(request)


async def pause(request: web.Request) -> web.StreamResponse:
    """Hold what leaves."""
    await request.app[FORWARDER].pause(parameters.text(request, "upstream"), paused=True)
    return await show(request)


async def resume(request: web.Request) -> web.StreamResponse:
    """Go on."""
    await request.app[FORWARDER].pause(parameters.text(request, "upstream"), paused=False)
    return await show(request)


async def retry(request: web.Request) -> web.StreamResponse:
    """Try now; with `dead` also what was given up."""
    dead, ids = parameters.flag(request, "dead", default=False), forward_dead.chosen(request)
    revived = await request.app[FORWARDER].retry(
        parameters.text(request, "upstream"), ids, dead=dead or ids is not None
    )
    return answer(Retried(revived))


async def ledger(request: web.Request) -> web.StreamResponse:
    """What became of what was to be forwarded."""
    spool, upstream = request.app[RELAY].store.spool, parameters.text(request, "upstream")
    return answer(LedgerAnswer(await in_thread(request, spool.forward_ledger, upstream)))


async def send(request: web.Request) -> web.StreamResponse:
    """Forward one stored item or envelope now."""
    return answer(await send_now(request, await parameters.json_body(request, SendBody)))


async def send_now(request: web.Request, body: SendBody) -> SendAnswer:
    """Forward what is meant, and tell what came of it; raises what is answered instead."""
    forwarder = request.app[FORWARDER]
    upstream = forwarder.loop(body.to).upstream
    if upstream.scrub:
        relay_library()
    items = await items_to_send(request, body)
    if upstream.dsn_of(items[0].project) is None:
        raise parameters.bad(
            f"upstream {body.to!r} takes nothing of project {items[0].project!r}; map it"
        )
    event_id = items[0].event_id
    if not body.again and event_id:
        spool = request.app[RELAY].store.spool
        if await in_thread(request, spool.forwarded, body.to, [event_id]):
            raise web.HTTPConflict(
                text=f"{body.to!r} has event {event_id} already; with `again` it is sent again"
            )
    wait = min(max(body.wait, 0.0), parameters.MAX_WAIT)
    parcel, state = await forwarder.send(body.to, items[0].envelope_id, items, wait)
    carrier = forwarder.loop(body.to).carrier
    # Else it is the error of something that was sent before.
    failed = state == "dead" or (state == "queued" and carrier.breaker.failures > 0)
    return SendAnswer(parcel, state, carrier.memory.last_error if failed else "")


async def items_to_send(request: web.Request, body: SendBody) -> list[StoredItem]:
    """The items that are meant; raises a 400 or 404."""
    store = request.app[RELAY].store
    if (body.item is None) == (body.envelope is None):
        raise parameters.bad("name either an `item` or an `envelope`")
    if body.item is not None:
        item = await in_thread(request, store.item, body.item)
        found = [] if item is None else [item]
    else:
        found = await in_thread(request, items_of_envelope, store, body.envelope or 0)
    if not found:
        raise web.HTTPNotFound(text=f"there is nothing of id {body.item or body.envelope}")
    return found


async def show_dry_run(request: web.Request) -> web.StreamResponse:
    """What would leave for an upstream."""
    upstream = named(request)
    return await dry_run_of(request, request.app[FORWARDER].book.selector(upstream.name))


async def try_settings(request: web.Request) -> web.StreamResponse:
    """What would leave for an upstream that is only described."""
    body = await parameters.json_body(request, dict[str, Any])
    upstream = converted({"name": "described", **body}, Upstream, "")
    return await dry_run_of(request, Selector(upstream))


async def dry_run_of(request: web.Request, selector: Selector) -> web.StreamResponse:
    """A page of stored envelopes, as an upstream would get them."""
    relay = request.app[RELAY]
    page = await in_thread(
        request,
        relay.store.find_envelopes,
        parameters.text(request, "project"),
        parameters.cursor(request),
        parameters.limit(request),
    )
    found = await in_thread(
        request,
        dry_run,
        selector,
        page.envelopes,
        relay.store,
        lambda project: relay.settings_of(project).scrubbing,
        time.time(),
    )
    name = selector.upstream.name
    return answer(DryRunAnswer(name, found, parameters.cursor_text(page.next)))


NAME = Parameter("name", "The upstream's name.")
STATE = Answer(200, "Every upstream, and how it goes.", ForwardAnswer)
ONE = Answer(200, "The upstream and its settings.", UpstreamAnswer)
UNKNOWN = Answer(404, "There is no such upstream.", Problem)
DRY = Answer(200, "What would leave.", DryRunAnswer)
PAGE = (selecting.PROJECT, selecting.LIMIT, selecting.CURSOR)
ONE_NAME = "/forward/upstreams/{name}"

ROUTES = (
    Route("GET", "/forward", show, "Upstreams, and how it goes.", (), (STATE,)),
    Route("GET", ONE_NAME, show_one, "An upstream and its settings.", (NAME,), (ONE, UNKNOWN)),
    Route("PUT", ONE_NAME, put, "Make or replace an upstream.", (NAME,), (ONE,), dict[str, Any]),
    Route("DELETE", ONE_NAME, remove, "Forget an upstream.", (NAME,), (STATE, UNKNOWN)),
    Route(
        "POST",
        ONE_NAME + "/enable",
        switch_on,
        "Forward to an upstream by itself.",
        (NAME,),
        (ONE, UNKNOWN),
    ),
    Route(
        "POST",
        ONE_NAME + "/disable",
        switch_off,
        "Forward to an upstream only by hand.",
        (NAME,),
        (ONE, UNKNOWN),
    ),
    Route(
        "GET",
        ONE_NAME + "/dry-run",
        show_dry_run,
        "What would leave for an upstream, and what it would look like.",
        (NAME, *PAGE),
        (DRY, UNKNOWN),
    ),
    Route(
        "POST",
        "/forward/dry-run",
        try_settings,
        "What would leave for an upstream with the settings in the body.",
        PAGE,
        (DRY,),
        dict[str, Any],
    ),
    Route("POST", "/forward/pause", pause, "Hold what leaves.", (forward_dead.UPSTREAM,), (STATE,)),
    Route("POST", "/forward/resume", resume, "Go on.", (forward_dead.UPSTREAM,), (STATE,)),
    Route(
        "POST",
        "/forward/retry",
        retry,
        "Try now instead of later; also dead letters.",
        (
            forward_dead.UPSTREAM,
            Parameter("dead", "1: all dead letters too.", "integer", 0, 1, 0),
            forward_dead.DEAD_ID,
        ),
        (Answer(200, "How many dead letters were queued again.", Retried),),
    ),
    Route(
        "POST",
        "/forward/send",
        send,
        "Forward one stored item or envelope now, also to an upstream that is off.",
        (),
        (
            Answer(200, "What became of it.", SendAnswer),
            Answer(404, "There is no such item or envelope.", Problem),
            Answer(409, "The upstream has this event.", Problem),
        ),
        SendBody,
    ),
    Route(
        "GET",
        "/forward/ledger",
        ledger,
        "What became of what was to be forwarded.",
        (forward_dead.UPSTREAM,),
        (Answer(200, "Quantities by upstream, category, fate and reason.", LedgerAnswer),),
    ),
    *forward_dead.ROUTES,
)
