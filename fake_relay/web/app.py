"""The application: routes, and the seam through which ingest requests pass the router by.

May import: relay and every room below it.
"""

from __future__ import annotations

import re

from aiohttp import web

from fake_relay.intake import find_door
from fake_relay.relay import Relay
from fake_relay.web.api import ROUTES
from fake_relay.web.ingest import Ingest
from fake_relay.web.keys import ERRORS, NEWS, RELAY, News, close_news, reader_threads
from fake_relay.web.problems import explain

# A GET to the store door carries a whole event in its request line (PROTOCOL.md 13).
MAX_LINE = 2 * 1024 * 1024
MAX_FIELD = 64 * 1024

_SLASHES = re.compile("//+")


def make_app(relay: Relay) -> web.Application:
    """Everything but the doors: API, health, metrics and pages."""
    app = web.Application(client_max_size=16 * 1024 * 1024, middlewares=[explain])
    app[RELAY] = relay
    app[NEWS] = News(relay.hub)
    app[ERRORS] = []
    app.cleanup_ctx.append(reader_threads)
    app.on_shutdown.append(close_news)
    for route in ROUTES:
        app.router.add_route(route.method, route.full_path, route.handler)
    app.router.add_get("/health", _health)
    return app


async def _health(request: web.Request) -> web.Response:
    relay = request.app[RELAY]
    return web.json_response({"status": "ok", "position": relay.hub.position})


async def make_runner(relay: Relay) -> web.AppRunner:
    """A set-up runner whose server asks the doors first and the application's router then.

    The router costs as much as the whole of an ingest request's handling; the doors have
    a table of their own.
    """
    runner = web.AppRunner(
        make_app(relay),
        access_log=None,
        auto_decompress=False,
        max_line_size=MAX_LINE,
        max_field_size=MAX_FIELD,
    )
    await runner.setup()
    server = runner.server
    if server is None:
        raise RuntimeError("aiohttp set up a runner without a server")
    routed = server.request_handler
    ingest = Ingest(relay)

    async def dispatch(request: web.BaseRequest) -> web.StreamResponse:
        path = request.path
        if "//" in path:
            path = _SLASHES.sub("/", path)
        if find_door(path) is not None and not (path == "/stream" and request.method == "GET"):
            return await ingest.handle(request)
        return await routed(request)

    server.request_handler = dispatch
    return runner
