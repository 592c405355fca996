"""What faults do on the wire: answers that are late, cut, no HTTP, or never come.

Rule: no wait outlives the server or the connection that it is for, and a connection that was
broken on purpose is not used again.
May import: relay and every room below it, web.keys.
"""

from __future__ import annotations

import asyncio
import socket
import struct
import time

from aiohttp import web

from fake_relay.faults import Met
from fake_relay.intake import Place
from fake_relay.records import Wire
from fake_relay.relay import Relay
from fake_relay.web.keys import News

LOOK = 1.0
"""Seconds between looks at whether the client of a held connection is still there."""
# The close of a socket with this option sends RST instead of FIN.
LINGER_ZERO = struct.pack("ii", 1, 0)


class Breaker:
    """Carries out faults, for one relay on one loop."""

    def __init__(self, relay: Relay, news: News) -> None:
        self._relay = relay
        self._news = news

    async def before_body(self, request: web.BaseRequest, place: Place) -> Met:
        """What a request meets by its head alone; its delays are over on return."""
        if request.method not in place.door.methods:
            return Met()
        met = self._relay.meet(place, time.time())
        if not met.delay:
            return met
        await self._hold(request, met.delay)
        return met.after_waiting()

    async def answer(
        self, request: web.BaseRequest, response: web.Response, wire: Wire
    ) -> web.Response:
        """Delay an answer, or do something else instead; what aiohttp may then try to send."""
        await self._hold(request, wire.delay)
        transport = request.transport
        if not wire.act or transport is None:
            return response
        if wire.act == "hang":
            await self._hold(request, wire.seconds)
            transport.close()
        elif wire.act == "reset":
            reset(transport)
        else:
            transport.write(wire.noise if wire.act == "garbage" else cut(response, wire.keep))
            transport.close()
        # aiohttp finds the connection closing, and takes the request for done.
        response.force_close()
        return response

    async def _hold(self, request: web.BaseRequest, seconds: float) -> None:
        loop = asyncio.get_running_loop()
        end = loop.time() + seconds
        while (left := end - loop.time()) > 0 and not self._news.closing():
            if request.transport is None or request.transport.is_closing():
                return
            await self._news.sleep(min(left, LOOK))


def reset(transport: asyncio.Transport) -> None:
    """End a connection by RST: the client sees "connection reset by peer"."""
    connection = transport.get_extra_info("socket")
    if connection is not None:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, LINGER_ZERO)
    transport.abort()


def cut(response: web.Response, keep: int) -> bytes:
    """The first bytes of an answer: a whole head, and `keep` bytes of a body that promises more."""
    body = bytes(response.body) if isinstance(response.body, bytes | bytearray) else b""
    lines = [f"HTTP/1.1 {response.status} {response.reason}"]
    lines += [
        f"{name}: {value}"
        for name, value in response.headers.items()
        if name.lower() != "content-length"
    ]
    lines.append(f"Content-Length: {max(len(body), keep + 1)}")
    return "\r\n".join(lines).encode("utf-8", "replace") + b"\r\n\r\n" + body[:keep]
