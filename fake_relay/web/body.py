"""Reads a request's body under a limit of size and of time.

Rule: a body is refused when it is known to be too large, before the rest is in memory.
May import: protocol, errors, web.settings, web.keys, web.gathering.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable

from aiohttp import web

from fake_relay.errors import BadEncoding, RequestRefused
from fake_relay.protocol.encoding import too_large
from fake_relay.web.gathering import Came
from fake_relay.web.keys import WEB
from fake_relay.web.settings import WebConfig


async def read_body(
    request: web.BaseRequest,
    limit: int,
    config: WebConfig,
    came: Came,
    room: Callable[[], Awaitable[None]] | None = None,
) -> bytes:
    """The body as it came, at most `limit` bytes.

    What has come so far is in `came`, for whoever wants to know what was refused. `room` is
    awaited between pieces, and holds back a body while too many others wait. Raises
    `RequestRefused`: 413 for one that is too large, 408 for one that takes too long, 400 for
    one that is cut or broken.
    """
    length = request.content_length
    if length is not None and length > limit:
        raise too_large(limit)
    try:
        if request.headers.get("Expect", "").lower() == "100-continue":
            await request.writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
            # The interim answer is not the answer: later checks ask whether that has begun.
            request.writer.output_size = 0
        async for chunk in pieces(request, config):
            came.add(chunk)
            if came.size > limit:
                raise too_large(limit)
            if room is not None:
                await room()
    except (web.RequestPayloadError, ConnectionError) as error:
        # The stream keeps its error, whose traceback would keep this frame, and so the body, until
        # the garbage collector comes by.
        cause = error.with_traceback(None)
        raise BadEncoding("invalid request body", f"it is cut or broken: {error!r}") from cause
    return came.whole()


async def pieces(request: web.BaseRequest, config: WebConfig) -> AsyncIterator[bytes]:
    """A body piece by piece; raises `RequestRefused` (408) for one that pauses or takes too long.

    Its other errors are those of the connection.
    """
    loop = asyncio.get_running_loop()
    end = loop.time() + config.body_timeout
    while True:
        try:
            async with asyncio.timeout_at(min(loop.time() + config.chunk_timeout, end)):
                chunk = await request.content.readany()
        except TimeoutError:
            raise RequestRefused(
                "the request body did not arrive in time", reason="timeout", status=408
            ) from None
        if not chunk:
            return
        yield chunk


async def own_body(request: web.Request) -> bytes:
    """The body of a request to a path of our own, under the limits of size and time.

    Raises the HTTP error of what `read_body` refuses.
    """
    most = request.client_max_size
    try:
        return await read_body(request, most, request.app[WEB], Came())
    except RequestRefused as refused:
        text = f"{refused.detail}: a body has {most} bytes at most and arrives without a pause"
        if refused.status == 413:
            raise web.HTTPRequestEntityTooLarge(most, text=text) from None
        made = web.HTTPRequestTimeout if refused.status == 408 else web.HTTPBadRequest
        raise made(text=text) from None


def at_hand(request: web.BaseRequest, came: Came, most: int) -> bytes:
    """The beginning of a body, as far as it has come: what was read, and what waits to be."""
    found = came.beginning(most)
    content = request.content
    if len(found) < most and content.exception() is None:
        found += content.read_nowait(most - len(found))
    return found


async def beginning(request: web.BaseRequest, most: int, patience: float) -> Came:
    """The first bytes of a body that nobody will take, at least `most` if they came in time."""
    came = Came()
    try:
        async with asyncio.timeout(patience):
            while came.size < most and (chunk := await request.content.readany()):
                came.add(chunk)
    except (TimeoutError, web.RequestPayloadError, ConnectionError) as error:
        error.with_traceback(None)
    return came
