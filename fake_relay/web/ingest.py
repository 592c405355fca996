"""A request becomes an `Inbound`, a `Reply` becomes a response; nothing else.

An answer goes out when the commit that holds its request is over (`web.commits`).
May import: relay and every room below it.
"""

from __future__ import annotations

import asyncio
import logging
import random
import re
import time
from collections.abc import Mapping

import msgspec
from aiohttp import web
from multidict import CIMultiDict

from fake_relay.config import RelayConfig
from fake_relay.errors import RequestRefused, WrongPath
from fake_relay.faults import Met
from fake_relay.intake import Place, answer
from fake_relay.intake.refusal import MAX_WIRE
from fake_relay.records import Inbound, Reply, Submission, Wire
from fake_relay.relay import Relay
from fake_relay.version import __version__
from fake_relay.web.body import at_hand, beginning, read_body
from fake_relay.web.commits import LARGE, Commits
from fake_relay.web.faults import Breaker
from fake_relay.web.gathering import Came
from fake_relay.web.settings import WebConfig
from fake_relay.web.tally import Tally

log = logging.getLogger("fake_relay.web")

SERVER = f"fake-relay/{__version__}"
# PROTOCOL.md 2.1.
CORS = CIMultiDict(
    {
        "Access-Control-Allow-Origin": "*",
        "Access-Control-Expose-Headers": "x-sentry-error, x-sentry-rate-limits, retry-after",
        "Cross-Origin-Resource-Policy": "cross-origin",
        "Server": SERVER,
    }
)
PREFLIGHT = CIMultiDict(
    {
        **CORS,
        "Access-Control-Allow-Methods": "POST",
        # The last two are not in Relay's list: browsers behind a tunnel send them.
        "Access-Control-Allow-Headers": (
            "x-sentry-auth, x-requested-with, x-forwarded-for, origin, referer, accept,"
            " content-type, authentication, authorization, content-encoding, transfer-encoding,"
            " sentry-trace, baggage"
        ),
        "Access-Control-Max-Age": "3600",
    }
)
JSON_CORS = CIMultiDict({**CORS, "Content-Type": "application/json"})

PATIENCE = 1.0
"""Seconds that the body of a request to no door is waited for; it is only kept to be shown."""
OURS = ("/relay/", "/api/0/", "/api/relay/")
"""Where requests come from people and their tools, never from an SDK that sends."""

_SLASHES = re.compile("//+")
_VERSION_AND_VARIANT = 0x4 << 76 | 0x2 << 62
_RANDOM_BITS = ~(0xF << 76 | 0x3 << 62)


class Ingest:
    """The doors, for one relay on one loop."""

    def __init__(
        self,
        relay: Relay,
        config: WebConfig,
        tally: Tally,
        errors: list[Exception],
        breaker: Breaker,
        commits: Commits,
    ) -> None:
        self._relay = relay
        self._config = config
        self._tally = tally
        self._errors = errors
        self._breaker = breaker
        self._limits = relay.config.limits
        self._committed = commits.committed
        self._room = commits.room
        self._one_large = asyncio.Lock()
        self._bits = random.Random().getrandbits  # noqa: S311 - names an event, guards nothing

    async def handle(self, request: web.BaseRequest, path: str, place: Place) -> web.Response:
        """Answer a request to a door, after the commit of what it brought."""
        if request.method == "OPTIONS":
            return web.Response(headers=PREFLIGHT)
        met = None
        if self._relay.faults.active:
            met = await self._breaker.before_body(request, place)
            if met.bodiless:
                return await self._break(request, path, place, met)
        content = request.content
        try:
            if content.is_eof() and content.exception() is None:
                # Nearly every body came in one piece with its head.
                body = content.read_nowait()
            else:
                came = Came()
                most = place.door.max_body(self._limits)
                body = await read_body(request, most, self._config, came, self._room)
        except RequestRefused as refused:
            body = b""
            reply = self._refuse(request, path, place, refused, came)
        else:
            if len(body) > LARGE:
                reply = await self._receive_large(request, path, place, body, met)
            else:
                reply = self._receive(request, path, place, body, met)
        failure = await self._committed(len(body))
        # A rate limit can leave out a part of an envelope, and the rest is kept. What is refused
        # anyway is refused with its own words, though nobody will be able to look it up.
        if failure is not None and (reply.status < 300 or reply.status == 429):
            reply = answer.not_stored(failure)
        if reply.status >= 400 and place.door.explain is not None:
            reply = place.door.explain(request.headers, reply)
        self._tally.requests[place.door.name, reply.status] += 1
        if reply.wire is not None:
            return await self._breaker.answer(request, response(reply), reply.wire)
        return response(reply)

    async def _break(
        self, request: web.BaseRequest, path: str, place: Place, met: Met
    ) -> web.Response:
        """Carry out a fault that leaves the body where it is."""
        reply = self._receive(request, path, place, b"", met)
        await self._committed()
        self._tally.requests[place.door.name, reply.status] += 1
        return await self._breaker.answer(request, web.Response(), reply.wire or Wire())

    def _receive(
        self, request: web.BaseRequest, path: str, place: Place, body: bytes, met: Met | None
    ) -> Reply:
        try:
            return self._relay.receive(self._inbound(request, path, body), place, met)
        except Exception as error:
            log.exception("%s %r failed", request.method, path)
            return self._failed(error)

    async def _receive_large(
        self, request: web.BaseRequest, path: str, place: Place, body: bytes, met: Met | None
    ) -> Reply:
        """Receive a body whose decoding would keep all others waiting: that is done in a thread.

        One at a time: each of them takes a multiple of its size in memory.
        """
        try:
            inbound = self._inbound(request, path, body)
            if inbound.method in place.door.methods and (met is None or met.refusing is None):
                async with self._one_large:
                    place = await asyncio.to_thread(opened, place, inbound, self._relay.config)
            return self._relay.receive(inbound, place, met)
        except Exception as error:
            log.exception("%s %r failed", request.method, path)
            return self._failed(error)

    def _inbound(self, request: web.BaseRequest, path: str, body: bytes) -> Inbound:
        return Inbound(
            request.method,
            path,
            request.rel_url.raw_query_string,
            headers_of(request),
            body,
            request.remote or "",
            time.time(),
            self._new_id(),
        )

    def _failed(self, error: Exception) -> Reply:
        self._errors.append(error)
        return answer.problem(500, "a bug in fake-relay; its log tells more", repr(error))

    def _refuse(
        self,
        request: web.BaseRequest,
        path: str,
        place: Place | None,
        refused: RequestRefused,
        came: Came,
    ) -> Reply:
        """Refuse a request whose body was not read to its end."""
        try:
            inbound = self._inbound(request, path, at_hand(request, came, MAX_WIRE))
            size = max(request.content_length or 0, came.size, len(inbound.body))
            return self._relay.refuse(inbound, place, refused, wire_size=size)
        except Exception as error:
            log.exception("%s %r failed", request.method, path)
            return self._failed(error)

    async def note_lost(self, request: web.BaseRequest, path: str, status: int) -> None:
        """Keep a request that looks like an SDK's and came to no door: it was refused elsewhere."""
        came = await beginning(request, MAX_WIRE, PATIENCE)
        self._refuse(request, path, None, WrongPath(path, status), came)
        await self._committed()

    def _new_id(self) -> str:
        """A random UUID (version 4) as 32 hex digits; `uuid4` asks the kernel each time."""
        return f"{self._bits(128) & _RANDOM_BITS | _VERSION_AND_VARIANT:032x}"


def opened(place: Place, inbound: Inbound, config: RelayConfig) -> Place:
    """The same place, whose door has done its work for this request; safe in any thread."""
    refusals: list[RequestRefused] = []
    submissions: tuple[Submission, ...] = ()
    try:
        submissions = place.door.open(inbound, place, config)
    except RequestRefused as refused:
        # Its frames hold the body, and would hold it until garbage is collected.
        refusals.append(refused.with_traceback(None))

    def tell(*_: object) -> tuple[Submission, ...]:
        if refusals:
            raise refusals.pop()
        return submissions

    return msgspec.structs.replace(place, door=msgspec.structs.replace(place.door, open=tell))


def collapse(path: str) -> str:
    """The path with one slash wherever there are more (PROTOCOL.md 2.1)."""
    return _SLASHES.sub("/", path)


def is_lost(method: str, path: str, status: int) -> bool:
    """Whether a refused request to no door was probably meant for one."""
    if status not in (401, 403, 404, 405) or path.startswith(OURS):
        return False
    return method == "POST" or (path.startswith("/api/") and method != "OPTIONS")


def headers_of(request: web.BaseRequest) -> Mapping[str, str]:
    """The headers; bytes that are not UTF-8 are replaced, for no store could keep them."""
    for _, value in request.raw_headers:
        if not value.isascii():
            return CIMultiDict(
                (name.decode("ascii", "replace"), text.decode("utf-8", "replace"))
                for name, text in request.raw_headers
            )
    return request.headers


def response(reply: Reply) -> web.Response:
    """The reply as aiohttp sends it, head and body in one write."""
    # aiohttp copies the headers that it is given.
    made = web.Response(body=reply.body, status=reply.status, headers=JSON_CORS)
    if reply.content_type != "application/json":
        made.headers["Content-Type"] = reply.content_type
    for name, value in reply.headers:
        made.headers[name] = value
    return made
