"""The loops of forwarding live as long as the application, and end before its store closes.

May import: forward, relay and every room below it.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from aiohttp import web

from fake_relay.forward.forwarder import Forwarder
from fake_relay.relay import Relay
from fake_relay.web.settings import WebConfig, is_loopback, is_wildcard

FORWARDER = web.AppKey("forwarder", Forwarder)


def make_forwarder(relay: Relay, errors: list[Exception]) -> Forwarder:
    """What delivers for a relay; bugs that it meets are appended to `errors`."""
    return Forwarder(
        relay.forwarding,
        relay.store,
        relay.hub,
        lambda project: relay.settings_of(project).scrubbing,
        on_bug=errors.append,
    )


@asynccontextmanager
async def forwarding(
    forwarder: Forwarder, host: str, ports: list[int], config: WebConfig
) -> AsyncIterator[None]:
    """Deliver as long as the context lasts; raises `ConfigError` for an upstream that is us."""
    try:
        forwarder.start(own_address(host, ports, config))
        yield
    finally:
        await forwarder.close()


def own_address(host: str, ports: list[int], config: WebConfig) -> Callable[[str, int], bool]:
    """Whether a host and port are those on which this relay listens, as far as names tell."""
    names = {
        host.lower(),
        *(name.lower().rpartition(":")[0] or name.lower() for name in config.allowed_hosts),
    }
    here = is_loopback(host) or is_wildcard(host)

    def is_own(name: str, port: int) -> bool:
        return port in ports and (name.lower() in names or (here and is_loopback(name)))

    return is_own


def state_of(forwarder: Forwarder) -> str:
    """Whether anything leaves by itself: `off`, `on` or `paused`."""
    on = [one.name for one in forwarder.book.upstreams if one.enabled]
    if not on:
        return "off"
    return "paused" if all(map(forwarder.is_paused, on)) else "on"
