"""Reads a request's body under a limit of size and of time.

Rule: a body is refused when it is known to be too large, before the rest is in memory.
May import: protocol, errors, web.settings.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import suppress

from aiohttp import web

from fake_relay.errors import BadEncoding, RequestRefused
from fake_relay.protocol.encoding import too_large
from fake_relay.web.settings import WebConfig


async def read_body(
    request: web.BaseRequest, limit: int, config: WebConfig, parts: list[bytes]
) -> bytes:
    """The body as it came, at most `limit` bytes.

    What has come so far is in `parts`, for whoever wants to know what was refused. Raises
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
        await _collect(request, parts, limit, config)
    except TimeoutError:
        raise RequestRefused(
            "the request body did not arrive in time", reason="timeout", status=408
        ) from None
    except (web.RequestPayloadError, ConnectionError) as error:
        raise BadEncoding("invalid request body", f"it is cut or broken: {error!r}") from error
    return b"".join(parts)


async def _collect(
    request: web.BaseRequest, parts: list[bytes], limit: int, config: WebConfig
) -> None:
    loop = asyncio.get_running_loop()
    end = loop.time() + config.body_timeout
    size = 0
    async with asyncio.timeout(config.chunk_timeout) as clock:
        while chunk := await request.content.readany():
            size += len(chunk)
            parts.append(chunk)
            if size > limit:
                raise too_large(limit)
            clock.reschedule(min(loop.time() + config.chunk_timeout, end))


def at_hand(request: web.BaseRequest, parts: list[bytes], most: int) -> bytes:
    """The beginning of a body, as far as it has come: what was read, and what waits to be."""
    found = b"".join(bounded(parts, most))
    content = request.content
    if len(found) < most and content.exception() is None:
        found += content.read_nowait(most - len(found))
    return found


def bounded(parts: list[bytes], most: int) -> Iterator[bytes]:
    """The first `most` bytes of some parts."""
    for part in parts:
        yield part[:most]
        most -= len(part)
        if most <= 0:
            return


async def beginning(request: web.BaseRequest, most: int, patience: float) -> bytes:
    """The first `most` bytes of a body that nobody will take, or what came of it in time."""
    parts: list[bytes] = []
    with suppress(TimeoutError, web.RequestPayloadError, ConnectionError):
        async with asyncio.timeout(patience):
            size = 0
            while size < most and (chunk := await request.content.readany()):
                parts.append(chunk)
                size += len(chunk)
    return b"".join(bounded(parts, most))
