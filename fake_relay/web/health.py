"""Whether the server is there and well: `/health` and Relay's own health checks.

May import: relay and every room below it.
"""

from __future__ import annotations

import time

import msgspec
from aiohttp import web

from fake_relay.relay import Relay
from fake_relay.store import Reader
from fake_relay.version import __version__
from fake_relay.web.answers import answer
from fake_relay.web.forwarding import FORWARDER, state_of
from fake_relay.web.keys import RELAY, STARTED, in_thread


class StoreHealth(msgspec.Struct, frozen=True):
    """What the store is and holds; projects that held nothing may have been forgotten."""

    url: str
    position: int
    projects: int
    items: int
    envelopes: int
    forgotten_projects: int


class Health(msgspec.Struct, frozen=True):
    """A server that answers this is ready; `uptime` is in seconds.

    `forwarding` is `off`, `on` or `paused`; `/relay/v1/forward` tells more.
    `faults` is how many entries the fault plan has: a server with any may break requests.
    """

    status: str
    version: str
    uptime: float
    position: int
    store: StoreHealth
    forwarding: str
    faults: int


class Healthy(msgspec.Struct, frozen=True):
    """Relay's answer to health checks."""

    is_healthy: bool


async def health(request: web.Request) -> web.StreamResponse:
    """`/health`."""
    relay = request.app[RELAY]
    store = await in_thread(request, store_health, relay)
    forwarding = state_of(request.app[FORWARDER])
    uptime = round(time.monotonic() - request.app[STARTED], 3)
    return answer(
        Health("ok", __version__, uptime, store.position, store, forwarding, len(relay.faults))
    )


def store_health(relay: Relay) -> StoreHealth:
    """What the store is and holds, from its counters."""
    projects = relay.store.projects()
    return StoreHealth(
        store_url(relay.store),
        relay.store.position(),
        len(projects),
        sum(project.items for project in projects),
        sum(project.envelopes for project in projects),
        relay.store.forgotten_projects(),
    )


def store_url(store: Reader) -> str:
    """The URL that opens this store."""
    path = getattr(store, "path", None)
    return "memory:" if path is None else f"sqlite:{path}"


async def healthcheck(request: web.Request) -> web.StreamResponse:
    """`/api/relay/healthcheck/live/` and `/ready/` (PROTOCOL.md 2)."""
    return answer(Healthy(True))
