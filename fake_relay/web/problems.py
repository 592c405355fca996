"""The one place where errors of our own paths become answers: `{"detail": ...}`.

May import: relay and every room below it.
"""

from __future__ import annotations

import logging

from aiohttp import web
from aiohttp.typedefs import Handler

from fake_relay.config.relay_library import LibraryMissing
from fake_relay.errors import ConfigError, FakeRelayError, QueryError, StoreError
from fake_relay.web.answers import problem
from fake_relay.web.keys import ERRORS

log = logging.getLogger("fake_relay.web")


@web.middleware
async def explain(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Answer errors in words; a bug is logged, collected and answered 500."""
    try:
        return await handler(request)
    except web.HTTPException as error:
        if error.status < 400:
            raise
        response = problem(error.status, detail_of(request, error))
        if "Allow" in error.headers:
            response.headers["Allow"] = error.headers["Allow"]
        return response
    except QueryError as error:
        return problem(400, str(error), error.column)
    except LibraryMissing as error:
        return problem(501, str(error))
    except ConfigError as error:
        return problem(400, str(error))
    except StoreError as error:
        return problem(503, str(error))
    except FakeRelayError as error:
        return problem(500, str(error))
    except ConnectionError:
        raise
    except Exception as error:
        log.exception("%s %r failed", request.method, request.path)
        request.app[ERRORS].append(error)
        return problem(500, f"a bug in fake-relay: {error!r}; its log has the traceback")


def detail_of(request: web.Request, error: web.HTTPException) -> str:
    """What a person can do about an HTTP error."""
    if isinstance(error, web.HTTPMethodNotAllowed):
        allowed = ", ".join(sorted(error.allowed_methods))
        return f"method {request.method} is not allowed at {request.path}, use {allowed}"
    if error.status == 404 and error.text == f"404: {error.reason}":
        return f"there is nothing at {request.path[:200]}"
    return error.text or error.reason
