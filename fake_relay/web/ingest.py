"""A request becomes an `Inbound`, a `Reply` becomes a response; nothing else.

All requests of one turn of the loop share one commit: no thread, no timer.
May import: relay and every room below it.
"""

from __future__ import annotations

import asyncio
import time
import uuid

from aiohttp import web

from fake_relay.errors import StoreError
from fake_relay.intake import answer
from fake_relay.records import Inbound, Reply
from fake_relay.relay import Relay

CORS = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Expose-Headers": "x-sentry-error, x-sentry-rate-limits, retry-after",
    "Cross-Origin-Resource-Policy": "cross-origin",
}
PREFLIGHT = {
    **CORS,
    "Access-Control-Allow-Methods": "POST",
    "Access-Control-Allow-Headers": (
        "x-sentry-auth, x-requested-with, x-forwarded-for, origin, referer, accept,"
        " content-type, authentication, authorization, content-encoding, transfer-encoding,"
        " sentry-trace, baggage"
    ),
    "Access-Control-Max-Age": "3600",
}


class Ingest:
    """The doors, for one relay on one loop."""

    def __init__(self, relay: Relay) -> None:
        self._relay = relay
        self._loop = asyncio.get_running_loop()
        self._waiting: list[asyncio.Future[StoreError | None]] = []

    async def handle(self, request: web.BaseRequest) -> web.StreamResponse:
        """Answer a request to a door, after the commit of what it brought."""
        if request.method == "OPTIONS":
            return web.Response(headers=PREFLIGHT)
        body = await request.read()
        inbound = Inbound(
            request.method,
            request.path,
            request.rel_url.raw_query_string,
            request.headers,
            body,
            request.remote or "",
            time.time(),
            uuid.uuid4().hex,
        )
        reply = self._relay.receive(inbound)
        if reply.status == 200:
            failure = await self._committed()
            if failure is not None:
                reply = answer.not_stored(failure)
        return response(reply)

    async def _committed(self) -> StoreError | None:
        if not self._waiting:
            self._loop.call_soon(self._commit)
        future: asyncio.Future[StoreError | None] = self._loop.create_future()
        self._waiting.append(future)
        return await future

    def _commit(self) -> None:
        waiting, self._waiting = self._waiting, []
        failure: StoreError | None = None
        try:
            self._relay.commit()
        except StoreError as error:
            failure = error
        for future in waiting:
            if not future.done():
                future.set_result(failure)


def response(reply: Reply) -> web.Response:
    """The reply as aiohttp sends it, head and body in one write."""
    made = web.Response(body=reply.body, status=reply.status, headers=CORS)
    made.headers["Content-Type"] = reply.content_type
    for name, value in reply.headers:
        made.headers[name] = value
    return made
