"""The stream of items as they are stored.

May import: relay and every room below it.
"""

from __future__ import annotations

import msgspec
from aiohttp import web

from fake_relay.store import Reader
from fake_relay.web import parameters, sse
from fake_relay.web.api import selecting
from fake_relay.web.api.item import item_answer
from fake_relay.web.api.refused import refused_answer
from fake_relay.web.keys import RELAY
from fake_relay.web.route import Answer, Parameter, Route

MAX_REFUSED = 200
"""Refused requests that are told at once; a flood of them is the same news again and again."""

_encode = msgspec.json.Encoder().encode


async def stream(request: web.Request) -> web.StreamResponse:
    """Send items as they are stored, until the client leaves or the server stops."""
    wanted = await selecting.selection(request)
    with_payload = parameters.flag(request, "payload", default=False)
    seen = sse.last_event_id(request)
    if seen is None:
        position = request.app[RELAY].store.position()
        seen = parameters.integer(request, "after", position, least=0, most=parameters.MAX_ID)

    def frames(reader: Reader, ids: list[int]) -> bytes:
        return item_frames(reader, ids, with_payload=with_payload)

    def refusals(reader: Reader, after: int) -> bytes:
        return refused_frames(reader, wanted.project, after)

    with_refused = parameters.flag(request, "refused", default=False)
    return await sse.follow(
        request, wanted, seen, frames, refusals=refusals if with_refused else None
    )


def refused_frames(reader: Reader, project: str | None, after: int) -> bytes:
    """Events of the requests that were refused after an id, oldest first; of many, the newest."""
    page = reader.refused(project, None, MAX_REFUSED)
    newer = [found for found in page.refused if found.id > after]
    return b"".join(
        sse.frame("", "refused", _encode(refused_answer(found))) for found in reversed(newer)
    )


def item_frames(reader: Reader, ids: list[int], *, with_payload: bool) -> bytes:
    """Events of items; one that was deleted meanwhile is left out."""
    found = [item for item in map(reader.item, ids) if item is not None]
    return b"".join(
        sse.frame(
            str(item.id),
            "item",
            _encode(item_answer(item, reader.payload(item.id) if with_payload else None)),
        )
        for item in found
    )


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
            Parameter("refused", "1 tells of refused requests, too.", choices=("0", "1")),
        ),
        (Answer(200, "Events named `item`, and `refused`.", media="text/event-stream"),),
    ),
)
