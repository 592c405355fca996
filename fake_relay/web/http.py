"""The HTTP layer: what is broken before it is a request is answered in our own words.

May import: intake.answer, web.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web
from aiohttp.http_exceptions import LineTooLong

from fake_relay.intake import answer
from fake_relay.web.ingest import response
from fake_relay.web.settings import WebConfig

log = logging.getLogger("fake_relay.web")

# A GET to the store door carries a whole event in its request line (PROTOCOL.md 2.3).
MAX_LINE = 2 * 1024 * 1024
MAX_FIELD = 64 * 1024

Handler = Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]
Factory = Callable[..., web.BaseRequest]


class HttpProtocol(web.RequestHandler):
    """A connection."""

    __slots__ = ()

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:
        """Answer bytes that are no request; strangers' mistakes are not worth a traceback."""
        if isinstance(exc, ConnectionError) and self._client_left():
            # aiohttp takes it as the end of the connection.
            raise exc
        if status >= 500:
            log.error("an error escaped from a handler", exc_info=exc)
        if request.writer.output_size > 0:
            raise ConnectionError("the answer has begun, so the connection ends")
        if isinstance(exc, LineTooLong):
            reply = answer.problem(431, "the request line or a header is too long")
        else:
            reply = answer.problem(status, "this is not a good HTTP request", first_line(message))
        made = response(reply)
        made.force_close()
        return made

    def _client_left(self) -> bool:
        return self.transport is None or self.transport.is_closing()


def first_line(message: str | None) -> str:
    """The part of a parser's message that says what is wrong."""
    return (message or "no details").strip().partition("\n")[0][:200]


class HttpServer(web.Server):
    """Makes connections with the limits of ingest, and leaves bodies compressed."""

    def __init__(self, handler: Handler, config: WebConfig, factory: Factory | None) -> None:
        super().__init__(handler, request_factory=factory)
        self._idle_timeout = config.idle_timeout

    def __call__(self) -> web.RequestHandler:
        """A protocol for a new connection."""
        options: dict[str, Any] = {
            "access_log": None,
            "auto_decompress": False,
            # Of the whole head: aiohttp looks whether there is a request, not at its bytes.
            "keepalive_timeout": self._idle_timeout,
            "max_line_size": MAX_LINE,
            "max_field_size": MAX_FIELD,
        }
        return HttpProtocol(self, loop=self._loop, **options)
