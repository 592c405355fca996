"""For Django: `"sdk_config.web.django.context_middleware"` in `MIDDLEWARE`.

Rule: options come from Django's own setting `SENTRY_CONTEXT`; it answers synchronously and
asynchronously, as the next middleware does.
May import: web.reader, web.incoming; django, when it is used.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from importlib import import_module
from typing import Any

from sdk_config.web.incoming import Incoming
from sdk_config.web.reader import RequestReader, request_scope


def context_middleware(get_response: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """A Django middleware with the options of `RequestReader`, from `settings.SENTRY_CONTEXT`."""
    settings = import_module("django.conf").settings
    reader = RequestReader(**getattr(settings, "SENTRY_CONTEXT", {}))

    def answer(request: Any) -> Any:
        with request_scope("wsgi"):
            seen = reader.begin(_incoming, request)
            response = get_response(request)
            reader.end(seen, getattr(response, "status_code", 0))
            return response

    async def answer_later(request: Any) -> Any:
        with request_scope("asgi"):
            seen = reader.begin(_incoming, request)
            response = await get_response(request)
            reader.end(seen, getattr(response, "status_code", 0))
            return response

    return answer_later if inspect.iscoroutinefunction(get_response) else answer


context_middleware.sync_capable = True  # type: ignore[attr-defined]
context_middleware.async_capable = True  # type: ignore[attr-defined]


def _incoming(request: Any) -> Incoming:
    headers = {name.lower(): value for name, value in request.headers.items()}
    peer = str(request.META.get("REMOTE_ADDR") or "")
    return Incoming(request.method or "GET", request.path, headers, peer)
