"""For Flask and every other WSGI application: `app.wsgi_app = WSGIContextMiddleware(app.wsgi_app)`.

Rule: the body is not read ahead; one that is made while it is sent is made within the scope of
its request, and closed in it (PEP 3333).
May import: web.reader, web.incoming.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack
from contextvars import Context, copy_context
from typing import Any

from sdk_config.web.incoming import Incoming
from sdk_config.web.reader import RequestReader, request_scope

Environ = dict[str, Any]
Application = Callable[[Environ, Callable[..., Any]], Iterable[bytes]]


class WSGIContextMiddleware:
    """A WSGI middleware with the options of `RequestReader`."""

    def __init__(self, app: Application, **options: Any) -> None:
        self._app = app
        self._reader = RequestReader(**options)

    def __call__(self, environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Answer a request within its scope."""
        context, stack = copy_context(), ExitStack()
        try:
            body = context.run(self._answer, stack, environ, start_response)
        except BaseException:
            context.run(stack.close)
            raise
        if isinstance(body, (list, tuple)):
            context.run(stack.close)
            return body
        return _Body(body, context, stack)

    def _answer(
        self, stack: ExitStack, environ: Environ, start_response: Callable[..., Any]
    ) -> Iterable[bytes]:
        stack.enter_context(request_scope("wsgi"))
        seen = self._reader.begin(_incoming, environ)
        if seen is None or not seen.records:
            return self._app(environ, start_response)

        def watched(status: str, *rest: Any, **more: Any) -> Any:
            # Now, and not at the body's end: errors were captured before, and a body may stay open.
            self._reader.end(seen, _number(status))
            return start_response(status, *rest, **more)

        return self._app(environ, watched)


class _Body:
    """The application's body, made and closed in the context of its request."""

    def __init__(self, body: Iterable[bytes], context: Context, stack: ExitStack) -> None:
        self._body = body
        self._context = context
        self._stack = stack
        self._parts: Iterator[bytes] | None = None

    def __iter__(self) -> _Body:
        return self

    def __next__(self) -> bytes:
        if self._parts is None:
            self._parts = self._context.run(iter, self._body)
        return self._context.run(next, self._parts)

    def close(self) -> None:
        close = getattr(self._body, "close", None)
        try:
            if close is not None:
                self._context.run(close)
        finally:
            self._context.run(self._stack.close)


def _number(status: object) -> int:
    """The number of `503 Busy`; 0 for what is no status."""
    text = str(status)[:3]
    return int(text) if text.isdecimal() else 0


def _incoming(environ: Mapping[str, Any]) -> Incoming:
    headers = {
        name[5:].replace("_", "-").lower(): str(value)
        for name, value in environ.items()
        if name.startswith("HTTP_")
    }
    path = str(environ.get("SCRIPT_NAME", "")) + str(environ.get("PATH_INFO", ""))
    peer = str(environ.get("REMOTE_ADDR") or "")
    return Incoming(str(environ.get("REQUEST_METHOD", "GET")), path, headers, peer)
