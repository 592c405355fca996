"""Server-sent events: frames, and a stream that follows the store.

Rule: a stream reads the store by position, so nothing is lost for a slow client and
nothing is held for it; it ends when the client leaves or the server stops.
May import: relay and every room below it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace

from aiohttp import web

from fake_relay.publish.hub import NEVER
from fake_relay.store import Reader, Selection
from fake_relay.web.answers import HEADERS
from fake_relay.web.keys import NEWS, RELAY, in_thread

PAGE = 50
WINDOW = 5000
"""Item ids that are looked at together, so that catching up holds no more than so many."""
HEARTBEAT = 15.0
"""Seconds of silence after which a comment tells proxies and clients that we are there."""
STILL_HERE = b": still here\n\n"
SSE_HEADERS: Mapping[str, str] = {
    **HEADERS,
    "Content-Type": "text/event-stream",
    "X-Accel-Buffering": "no",
}

Frames = Callable[[Reader, list[int]], bytes]
"""The frames of items, by their ids."""

Refusals = Callable[[Reader, int], bytes]
"""The frames of requests that were refused after the one of an id, oldest first."""


def frame(event_id: str, name: str, data: bytes) -> bytes:
    """An event; line breaks between JSON tokens would end it, so they become spaces.

    Without an id, a client goes on behind the last event that had one.
    """
    line = data.replace(b"\r", b" ").replace(b"\n", b" ")
    head = b"id: %b\n" % event_id.encode() if event_id else b""
    return b"%bevent: %b\ndata: %b\n\n" % (head, name.encode(), line)


async def follow(
    request: web.Request,
    wanted: Selection,
    seen: int,
    frames: Frames,
    headers: Mapping[str, str] = SSE_HEADERS,
    prelude: bytes = b": items\n\n",
    refusals: Refusals | None = None,
    pace: float = 0.0,
) -> web.StreamResponse:
    """Stream what is newer than `seen`, oldest first, as long as both sides are there.

    With `refusals`, requests that are refused from now on are told as well; with `pace`, so many
    seconds lie between two frames, in which what arrives is gathered.
    """

    async def write(response: web.StreamResponse) -> None:
        await _follow(request, response, wanted, seen, frames, refusals, pace)

    return await streamed(request, write, headers, prelude)


async def streamed(
    request: web.Request,
    write: Callable[[web.StreamResponse], Awaitable[None]],
    headers: Mapping[str, str] = SSE_HEADERS,
    prelude: bytes = b": items\n\n",
) -> web.StreamResponse:
    """A stream whose frames `write` writes, until it returns or the client leaves."""
    response = web.StreamResponse(headers=headers)
    try:
        await response.prepare(request)
        await response.write(prelude)
        await write(response)
        await response.write_eof()
    except ConnectionError:
        # Leaving is how a client ends a stream.
        response.force_close()
    return response


async def _follow(
    request: web.Request,
    response: web.StreamResponse,
    wanted: Selection,
    seen: int,
    frames: Frames,
    refusals: Refusals | None,
    pace: float,
) -> None:
    store, news = request.app[RELAY].store, request.app[NEWS]
    refused = store.refused_position() if refusals else NEVER
    while not news.closing():
        if refusals and (newest := store.refused_position()) > refused:
            await response.write(await in_thread(request, refusals, store, refused))
            refused = newest
        position = min(store.position(), seen + WINDOW)
        if position > seen:
            newer = replace(wanted, after=max(seen, wanted.after), limit=PAGE)
            for ids in await in_thread(request, oldest_first, store, newer, position):
                await response.write(await in_thread(request, frames, store, ids))
                if news.closing():
                    return
            seen = position
            if pace:
                await news.sleep(pace)
        elif not await news.wait(seen, HEARTBEAT, refused) and not news.closing():
            await response.write(STILL_HERE)


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


def last_event_id(request: web.BaseRequest) -> int | None:
    """The id of the last event that a returning client saw, if it says so."""
    last = request.headers.get("Last-Event-ID", "")
    return int(last) if last.isascii() and last.isdigit() and len(last) < 19 else None
