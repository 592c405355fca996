"""What a page follows: a stream says that something of its kind arrived, or that a state changed.

Rule: a stream tells only that there is news and how much, at most once in a while; the page
asks for itself again. Items and refused requests are told by the hub's positions; what has
none (a plan, a queue, a folder) is looked at now and then, and only while somebody watches.
May import: query, store, web.sse, web.keys.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

import msgspec
from aiohttp import web

from fake_relay.publish.hub import NEVER
from fake_relay.query import combine, parse_query
from fake_relay.store import Selection, Store
from fake_relay.web import sse
from fake_relay.web.keys import NEWS, RELAY, in_thread
from fake_relay.web.pages.search_text import quoted

PACE: Final = 0.4
"""Seconds between two announcements: a page asks for itself again for each of them."""
LOOK: Final = 0.5
"""Seconds between two looks at a state that nobody announces."""
MOST: Final = 200
"""News that are counted; more are "or more"."""

_encode = msgspec.json.Encoder().encode


@dataclass(frozen=True, slots=True)
class Follow:
    """What makes a page out of date.

    `items` is a search for items, empty for all of them and None for none; `{id}` in it is the
    part of that name in the page's path. `envelopes` counts those instead of their items.
    `state` gives a text that differs when the page would.
    """

    items: str | None = ""
    envelopes: bool = False
    refused: bool = False
    state: Callable[[web.Request], Awaitable[str]] | None = None


@dataclass(frozen=True, slots=True)
class Seen:
    """How far a page has seen: the newest item and refused request, and the state."""

    position: int
    refused: int
    state: str

    @property
    def text(self) -> str:
        """As the page and the ids of its stream's events have it."""
        return f"{self.position}-{self.refused}-{self.state}"


def read_seen(text: str) -> Seen | None:
    """What a page says that it has seen; None for what is none."""
    position, _, rest = text.partition("-")
    refused, _, state = rest.partition("-")
    numbers = (position, refused)
    if not all(part.isascii() and part.isdigit() and len(part) < 19 for part in numbers):
        return None
    return Seen(int(position), int(refused), state[:100])


async def seen_now(request: web.Request, follow: Follow) -> Seen:
    """How far a page that is made now has seen; asked for before it is made."""
    store = request.app[RELAY].store
    return Seen(
        0 if follow.items is None else store.position(),
        store.refused_position() if follow.refused else 0,
        await follow.state(request) if follow.state else "",
    )


def state_of(*values: Any) -> str:
    """A short text that differs when one of the values does."""
    return hashlib.blake2b(repr(values).encode(), digest_size=8).hexdigest()


def selection(
    follow: Follow, path: Mapping[str, str], query: Mapping[str, str], now: float
) -> Selection | None:
    """The items that a page of this address follows; raises `QueryError` for a wrong search."""
    if follow.items is None:
        return None
    own = follow.items.replace("{id}", quoted(path["id"])) if "id" in path else follow.items
    parts = [parse_query(text, now=now) for text in (own, query.get("q", "").strip()) if text]
    project = query.get("project") or None
    return Selection(project=project, query=combine(*parts) if parts else None, limit=MOST)


async def announce(
    request: web.Request, follow: Follow, wanted: Selection | None
) -> web.StreamResponse:
    """Announce news for a page, from what it has seen on."""
    told = request.headers.get("Last-Event-ID") or request.query.get("seen", "")
    seen = read_seen(told) or await seen_now(request, follow)

    async def write(response: web.StreamResponse) -> None:
        await _watch(request, response, follow, wanted, seen)

    return await sse.streamed(request, write, prelude=b": news\n\n")


async def _watch(
    request: web.Request,
    response: web.StreamResponse,
    follow: Follow,
    wanted: Selection | None,
    seen: Seen,
) -> None:
    store, news, clock = request.app[RELAY].store, request.app[NEWS], asyncio.get_running_loop()
    silent_until = clock.time() + sse.HEARTBEAT
    while not news.closing():
        now = await seen_now(request, follow)
        if now != seen:
            found = await in_thread(request, news_between, store, follow, wanted, seen, now)
            seen = now
            if found is not None:
                await response.write(sse.frame(now.text, "news", _encode(found)))
            await news.sleep(PACE)
        else:
            position = NEVER if follow.items is None else now.position
            refused = now.refused if follow.refused else NEVER
            await news.wait(position, LOOK if follow.state else sse.HEARTBEAT, refused)
        if clock.time() >= silent_until and not news.closing():
            await response.write(sse.STILL_HERE)
            silent_until = clock.time() + sse.HEARTBEAT


def news_between(
    store: Store, follow: Follow, wanted: Selection | None, seen: Seen, now: Seen
) -> dict[str, Any] | None:
    """How many items and refused requests came, as far as they are counted; None for no news.

    Of a store that began anew, and of a state, nothing is counted.
    """
    if now.position < seen.position or now.refused < seen.refused:
        return {"count": 0, "more": False}
    count, more = now.refused - seen.refused, False
    if wanted is not None and now.position > seen.position:
        newer = replace(wanted, after=seen.position, before=now.position + 1)
        found = store.find(newer)
        units = {item.envelope_id if follow.envelopes else item.id for item in found.items}
        count, more = count + len(units), found.next is not None
    if not count and not more and now.state == seen.state:
        return None
    return {"count": count, "more": more}
