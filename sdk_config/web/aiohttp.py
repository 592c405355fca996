"""For aiohttp: `web.Application(middlewares=[aiohttp_context()])`.

Rule: responses and `HTTPException`s pass unchanged.
May import: web.reader, web.incoming; aiohttp, when it is used.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from sdk_config.web.incoming import Incoming
from sdk_config.web.reader import RequestReader, integration, request_scope

Handler = Callable[[Any], Awaitable[Any]]


def aiohttp_context(**options: Any) -> Any:
    """An aiohttp middleware with the options of `RequestReader`."""
    from aiohttp import web

    reader = RequestReader(**options)

    @web.middleware
    async def answer(request: Any, handler: Handler) -> Any:
        with request_scope("aiohttp"):
            seen = reader.begin(_incoming, request)
            try:
                response = await handler(request)
            except web.HTTPException as answered:
                if not _the_sdk_reports(answered.status):
                    reader.end(seen, answered.status)
                raise
            reader.end(seen, getattr(response, "status", 0))
            return response

    return answer


def _the_sdk_reports(status: int) -> bool:
    """Whether its integration will send the exception, once it has passed us."""
    known = getattr(integration("aiohttp"), "_failed_request_status_codes", ())
    return status in known


def _incoming(request: Any) -> Incoming:
    headers: dict[str, str] = {}
    for name, value in request.headers.items():
        key = name.lower()
        headers[key] = f"{headers[key]}, {value}" if key in headers else value
    return Incoming(request.method, request.path, headers, request.remote or "")
