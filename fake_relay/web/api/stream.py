"""Server-sent events: items as they are stored.

Rule: the stream reads pages from the store by position, so nothing is lost for a slow
client and nothing is held for it.
May import: relay and every room below it.
"""

from __future__ import annotations

from dataclasses import replace

import msgspec
from aiohttp import web

from fake_relay.store import Reader, Selection
from fake_relay.web import parameters
from fake_relay.web.answers import HEADERS
from fake_relay.web.api import selecting
from fake_relay.web.api.item import ItemAnswer, item_answer
from fake_relay.web.keys import NEWS, RELAY, in_thread
from fake_relay.web.route import Answer, Parameter, Route

PAGE = 100
HEARTBEAT = 15.0
"""Seconds of silence after which a comment tells proxies and clients that we are there."""
SSE_HEADERS = {**HEADERS, "Content-Type": "text/event-stream", "X-Accel-Buffering": "no"}

_encode = msgspec.json.Encoder().encode


async def stream(request: web.Request) -> web.StreamResponse:
    """Send items as they are stored, until the client leaves or the server stops."""
    store, news = request.app[RELAY].store, request.app[NEWS]
    wanted = replace(selecting.selection(request), before=None, limit=PAGE)
    with_payload = parameters.flag(request, "payload", default=False)
    seen = start_of(request, store.position())
    response = web.StreamResponse(headers=SSE_HEADERS)
    await response.prepare(request)
    await response.write(b": items\n\n")
    while not news.closing:
        position = store.position()
        if position > seen:
            selected = replace(wanted, after=max(seen, wanted.after))
            for ids in await in_thread(request, oldest_first, store, selected, position):
                frames = await in_thread(request, item_frames, store, ids, with_payload)
                await response.write(frames)
            seen = position
        elif not await news.wait(seen, HEARTBEAT):
            await response.write(b": still here\n\n")
    await response.write_eof()
    return response


def start_of(request: web.Request, position: int) -> int:
    """Where a stream begins: behind the last event a client saw, or `after`, or now."""
    last = request.headers.get("Last-Event-ID", "")
    if last.isascii() and last.isdigit() and len(last) < 20:
        return int(last)
    return parameters.integer(request, "after", position, least=0, most=parameters.MAX_ID)


def oldest_first(reader: Reader, wanted: Selection, position: int) -> list[list[int]]:
    """The ids of all that match up to `position`, in pages, oldest first.

    A store hands out pages newest first; ids are small enough to hold for turning round.
    """
    pages: list[list[int]] = []
    before: int | None = position + 1
    while before is not None:
        page = reader.find(replace(wanted, before=before))
        if page.items:
            pages.append([item.id for item in reversed(page.items)])
        before = page.next
    return pages[::-1]


def item_frames(reader: Reader, ids: list[int], with_payload: bool) -> bytes:
    """Events of items; one that was deleted meanwhile is left out."""
    found = (reader.item(item_id) for item_id in ids)
    return b"".join(
        frame(item_answer(item, reader if with_payload else None))
        for item in found
        if item is not None
    )


def frame(item: ItemAnswer) -> bytes:
    """An event; line breaks between JSON tokens would end it, so they become spaces."""
    data = _encode(item).replace(b"\r", b" ").replace(b"\n", b" ")
    return b"id: %d\nevent: item\ndata: %b\n\n" % (item.id, data)


ROUTES = (
    Route(
        "GET",
        "/stream",
        stream,
        "Server-sent events: items as they are stored.",
        (
            selecting.PROJECT,
            selecting.TYPE,
            selecting.EVENT_ID,
            selecting.QUERY,
            selecting.AFTER,
            Parameter("payload", "1 puts the payloads in.", choices=("0", "1")),
        ),
        (Answer(200, "Events named `item`.", media="text/event-stream"),),
    ),
)
