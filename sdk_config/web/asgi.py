"""For Starlette, FastAPI and every other ASGI application: `app.add_middleware(ContextMiddleware)`.

Rule: messages pass unchanged and in order; the application's errors pass unchanged.
May import: web.reader, web.incoming.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from sdk_config.web.incoming import Incoming
from sdk_config.web.reader import RequestReader, request_scope

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Message, Receive, Send], Awaitable[None]]


class ContextMiddleware:
    """An ASGI middleware with the options of `RequestReader`."""

    def __init__(self, app: Application, **options: Any) -> None:
        self._app = app
        self._reader = RequestReader(**options)

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Answer a request within its scope; other messages (lifespan) pass."""
        if scope["type"] not in {"http", "websocket"}:
            await self._app(scope, receive, send)
            return
        with request_scope("asgi"):
            seen = self._reader.begin(_incoming, scope)
            answered: list[int] = []

            async def watched(message: Message) -> None:
                if message["type"] == "http.response.start":
                    answered.append(message["status"])
                await send(message)

            await self._app(scope, receive, watched if seen and seen.records else send)
            if answered:
                self._reader.end(seen, answered[0])


def _incoming(scope: Message) -> Incoming:
    headers: dict[str, str] = {}
    for name, value in scope.get("headers") or ():
        key, text = name.decode("latin-1").lower(), value.decode("latin-1")
        headers[key] = f"{headers[key]}, {text}" if key in headers else text
    client = scope.get("client") or ("",)
    method = scope.get("method", "GET")
    return Incoming(method, scope.get("path", ""), headers, str(client[0] or ""))
