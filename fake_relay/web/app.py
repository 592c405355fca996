"""The application: routes, and the seam through which ingest requests pass the router by.

May import: relay and every room below it.
"""

from __future__ import annotations

import asyncio
import time
from contextlib import suppress
from functools import lru_cache

from aiohttp import web

from fake_relay.intake import find_door
from fake_relay.lint import Findings
from fake_relay.relay import Relay
from fake_relay.stored_view.viewer import Views
from fake_relay.web import live, pages, sentry_pages, uploads
from fake_relay.web.access import Access, guard
from fake_relay.web.api import ROUTES
from fake_relay.web.commits import Commits
from fake_relay.web.faults import Breaker
from fake_relay.web.forwarding import FORWARDER, make_forwarder
from fake_relay.web.health import health, healthcheck
from fake_relay.web.http import HttpServer
from fake_relay.web.ingest import SERVER, Ingest, collapse, is_lost
from fake_relay.web.keys import (
    ACCESS,
    COMMITS,
    ERRORS,
    FINDINGS,
    NEWS,
    RELAY,
    STARTED,
    TALLY,
    VIEWS,
    WEB,
    News,
    reader_threads,
)
from fake_relay.web.metrics import metrics
from fake_relay.web.problems import explain
from fake_relay.web.settings import WebConfig
from fake_relay.web.tally import Tally
from fake_relay.web.welcome import welcome

MAX_API_BODY = 16 * 1024 * 1024
MAX_CACHED_PATH = 200


def make_app(
    relay: Relay, host: str, config: WebConfig, errors: list[Exception]
) -> web.Application:
    """Everything but the doors: API, health, metrics and pages."""
    access = Access(host, config)
    app = web.Application(client_max_size=MAX_API_BODY, middlewares=[guard(access), explain])
    app[RELAY] = relay
    app[VIEWS] = Views(relay.store, lambda project: relay.settings_of(project).scrubbing)
    app[FINDINGS] = Findings(
        relay.store, app[VIEWS], lambda project: relay.settings_of(project).scrubbing
    )
    app[ACCESS] = access
    app[WEB] = config
    app[NEWS] = News(relay.hub)
    app[TALLY] = Tally()
    app[ERRORS] = errors
    app[COMMITS] = Commits(relay, app[TALLY], errors)
    app[FORWARDER] = make_forwarder(relay, errors)
    app[STARTED] = time.monotonic()
    app.cleanup_ctx.append(reader_threads)
    app.cleanup_ctx.append(uploads.keep_area)
    app.on_response_prepare.append(name_server)
    add_routes(app)
    return app


def add_routes(app: web.Application) -> None:
    """Every path that is not a door."""
    for route in ROUTES:
        app.router.add_route(route.method, route.full_path, route.handler)
    app.router.add_get("/", welcome)
    app.router.add_get("/health", health)
    app.router.add_get("/metrics", metrics)
    app.router.add_get("/api/relay/healthcheck/live/", healthcheck)
    app.router.add_get("/api/relay/healthcheck/ready/", healthcheck)
    app.router.add_get("/stream", live.spotlight)
    sentry_pages.add_routes(app.router)
    pages.add_routes(app.router)
    uploads.add_routes(app.router)


async def name_server(request: web.BaseRequest, response: web.StreamResponse) -> None:
    """Say who answers, and whose pages may use it."""
    response.headers["Server"] = SERVER
    response.headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")


class Front:
    """Takes every request: the doors have a table of their own, the rest goes to the router.

    The router costs as much as the whole of an ingest request's handling.
    """

    def __init__(self, app: web.Application, routed: web.AppRunner, config: WebConfig) -> None:
        server = routed.server
        if server is None:
            raise RuntimeError("aiohttp set up a runner without a server")
        self._routed = server.request_handler
        self._news = app[NEWS]
        self._find_door = lru_cache(512)(find_door)
        self._ingest = Ingest(
            app[RELAY],
            config,
            app[TALLY],
            app[ERRORS],
            Breaker(app[RELAY], app[NEWS]),
            app[COMMITS],
        )
        self._open = 0
        self._idle = asyncio.Event()
        self.server = HttpServer(self.dispatch, config, server.request_factory)

    async def dispatch(self, request: web.BaseRequest) -> web.StreamResponse:
        """Answer any request."""
        self._open += 1
        try:
            path = request.path
            if "//" in path:
                path = collapse(path)
            find = self._find_door if len(path) < MAX_CACHED_PATH else find_door
            place = find(path)
            if place is not None and not (place.door.name == "stream" and request.method == "GET"):
                response: web.StreamResponse = await self._ingest.handle(request, path, place)
            else:
                response = await self._route(request)
                if response.status >= 400 and is_lost(request.method, path, response.status):
                    await self._ingest.note_lost(request, path, response.status)
            if self._news.closing():
                response.force_close()
            return response
        finally:
            self._open -= 1
            if not self._open:
                self._idle.set()

    async def _route(self, request: web.BaseRequest) -> web.StreamResponse:
        raw = request.rel_url.raw_path
        if "//" in raw:
            url = request.rel_url.with_path(collapse(raw), encoded=True, keep_query=True)
            request = request.clone(rel_url=url)
        return await self._routed(request)

    async def drain(self, timeout: float) -> None:
        """End streams and waits, then wait until every request has its answer, or time is up."""
        self._news.close()
        with suppress(TimeoutError):
            async with asyncio.timeout(timeout):
                while self._open:
                    self._idle.clear()
                    await self._idle.wait()
