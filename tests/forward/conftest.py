"""A relay that forwards, and an upstream that records what it gets and answers as it is told."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Protocol

import aiohttp
import pytest
from aiohttp import web

from fake_relay.config import RelayConfig, Upstream
from fake_relay.protocol import encoding
from fake_relay.protocol.envelope import Envelope, parse
from fake_relay.relay import Relay
from fake_relay.store import Store, open_store
from fake_relay.web.runner import serving

KEY = "a" * 32
THEIR_KEY = "b" * 32
NEVER = 10.0
"""Seconds after which a test gives up on what should have happened long ago."""


@dataclass
class Got:
    """One request, as the upstream saw it."""

    path: str
    headers: dict[str, str]
    wire: bytes
    status: int

    @property
    def body(self) -> bytes:
        """The envelope's bytes."""
        coding = encoding.normalize(self.headers.get("content-encoding"))
        return encoding.decode(self.wire, coding, 10**9)

    @property
    def envelope(self) -> Envelope:
        """The envelope."""
        return parse(self.body, strict_key=False)

    @property
    def header(self) -> dict[str, Any]:
        """The envelope's header."""
        decoded: dict[str, Any] = json.loads(self.envelope.raw_header)
        return decoded

    def payloads(self, item_type: str = "event") -> list[Any]:
        """The payloads of its items of a type."""
        items = self.envelope.items
        return [json.loads(item.payload) for item in items if item.type == item_type]


Act = Callable[[web.Request, Got], Awaitable[web.StreamResponse]]


@dataclass
class Recording:
    """An upstream on a real socket; `acts` are what it does to the next requests, in order."""

    url: str = ""
    got: list[Got] = field(default_factory=list)
    acts: list[Act] = field(default_factory=list)
    always: Act | None = None
    arrived: asyncio.Event = field(default_factory=asyncio.Event)

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Record a request, then do what is due."""
        headers = {name.lower(): value for name, value in request.headers.items()}
        got = Got(request.path, headers, await request.read(), 200)
        act = self.acts.pop(0) if self.acts else self.always
        answer = await act(request, got) if act else web.json_response({"id": "x"})
        got.status = answer.status
        self.got.append(got)
        self.arrived.set()
        return answer

    @property
    def dsn(self) -> str:
        """Its DSN."""
        return self.url.replace("://", f"://{THEIR_KEY}@") + "/7"

    @property
    def taken(self) -> list[Got]:
        """What it answered 200, without client reports."""
        return [
            got
            for got in self.got
            if got.status == 200
            and any(item.type != "client_report" for item in got.envelope.items)
        ]

    @property
    def ids(self) -> list[str]:
        """The event ids of what it took, in order."""
        return [got.header["event_id"] for got in self.taken]

    @property
    def discards(self) -> dict[tuple[str, str], int]:
        """What client reports told it, by reason and category."""
        found: dict[tuple[str, str], int] = {}
        for got in self.got:
            for report in got.payloads("client_report") if got.status == 200 else ():
                for one in report["discarded_events"]:
                    key = (one["reason"], one["category"])
                    found[key] = found.get(key, 0) + one["quantity"]
        return found


def status(code: int, **headers: str) -> Act:
    """Answer with a status."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}

    async def act(request: web.Request, got: Got) -> web.StreamResponse:
        return web.json_response({"detail": f"a {code}"}, status=code, headers=named)

    return act


async def reset(request: web.Request, got: Got) -> web.StreamResponse:
    """Break the connection."""
    if request.transport is not None:
        request.transport.abort()
    return web.Response(status=599)


async def garbage(request: web.Request, got: Got) -> web.StreamResponse:
    """Answer with what is no HTTP."""
    if request.transport is not None:
        request.transport.write(b"\x00\xff not http at all\r\n\r\n")
        request.transport.close()
    return web.Response(status=599)


@dataclass
class Acts:
    """What an upstream can do to a request."""

    status: Callable[..., Act] = status
    reset: Act = reset
    garbage: Act = garbage


@pytest.fixture(scope="session")
def acts() -> Acts:
    return Acts()


@pytest.fixture
async def record() -> AsyncIterator[Callable[..., Awaitable[Recording]]]:
    """Start upstreams that record."""
    async with AsyncExitStack() as stack:

        async def start(**site: Any) -> Recording:
            recording = Recording()
            app = web.Application(client_max_size=10**9)
            app.router.add_route("*", "/{tail:.*}", recording.handle)
            runner = web.AppRunner(app, shutdown_timeout=0.1, auto_decompress=False)
            await runner.setup()
            stack.push_async_callback(runner.cleanup)
            await web.TCPSite(runner, "127.0.0.1", 0, **site).start()
            scheme = "https" if site.get("ssl_context") else "http"
            recording.url = f"{scheme}://127.0.0.1:{runner.addresses[0][1]}"
            return recording

        yield start


@pytest.fixture
async def upstream(record: Callable[..., Awaitable[Recording]]) -> Recording:
    """One upstream that takes everything until it is told otherwise."""
    return await record()


@dataclass
class Forwarding:
    """A relay that forwards, and what a test says to it."""

    url: str
    relay: Relay
    client: aiohttp.ClientSession

    async def send(self, *items: tuple[Any, Any], project: str = "42", **header: Any) -> None:
        """Send an envelope of items, each a type or header and a payload."""
        lines = [json.dumps(header).encode()]
        for kind, payload in items:
            data = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
            named = kind if isinstance(kind, dict) else {"type": kind}
            lines += [json.dumps({**named, "length": len(data)}).encode(), data]
        path = f"/api/{project}/envelope/?sentry_key={KEY}"
        async with self.client.post(path, data=b"\n".join(lines) + b"\n") as response:
            assert response.status == 200, await response.text()

    async def event(self, number: int, *, project: str = "42", **fields: Any) -> str:
        """Send an event whose id tells its number; the id."""
        event_id = f"{number:032x}"
        event = {"event_id": event_id, "message": f"event {number}", "level": "error", **fields}
        await self.send(("event", event), project=project, event_id=event_id)
        return event_id

    async def ask(self, method: str, path: str, expected: int = 200, **options: Any) -> Any:
        """JSON of a path below the API's root."""
        async with self.client.request(method, f"/relay/v1{path}", **options) as response:
            found = await response.json()
            assert response.status == expected, found
            return found

    async def status(self, name: str = "up") -> dict[str, Any]:
        """How it goes with an upstream."""
        told = await self.ask("GET", "/forward")
        (found,) = (one for one in told["upstreams"] if one["name"] == name)
        return dict(found)

    async def until(self, name: str = "up", **wanted: Any) -> dict[str, Any]:
        """Wait until the status says so; asks again whenever the loop turns."""
        async with asyncio.timeout(NEVER):
            while True:
                status = await self.status(name)
                if all(status[key] == value for key, value in wanted.items()):
                    return status
                await asyncio.sleep(0.005)

    async def drained(self, name: str = "up") -> dict[str, Any]:
        """Wait until nothing waits for an upstream; its status then."""
        return await self.until(name, queued=0, in_flight=0)

    def counts(self, name: str = "up") -> dict[tuple[str, str, str], int]:
        """The ledger of forwarding: fate, reason and category."""
        entries = self.relay.store.spool.forward_ledger(name)
        return {(e.fate, e.reason, e.category): e.quantity for e in entries if e.quantity}


Start = Callable[..., AbstractAsyncContextManager[Forwarding]]


class MakeUpstream(Protocol):
    """Settings of an upstream that is on and retries at once."""

    def __call__(self, dsn: str, **settings: Any) -> Upstream: ...


@pytest.fixture(scope="session")
def to() -> MakeUpstream:
    def make(dsn: str, **settings: Any) -> Upstream:
        quick = {"name": "up", "enabled": True, "retry_base": 0.01, "retry_most": 0.05}
        return Upstream(dsn=dsn, **{**quick, **settings})

    return make


@asynccontextmanager
async def forwarding(
    *upstreams: Upstream, store: Store | str = "memory:", **config: Any
) -> AsyncIterator[Forwarding]:
    """A relay that forwards; a bug in it fails the test."""
    bugs: list[Exception] = []
    opened = open_store(store) if isinstance(store, str) else store
    try:
        relay = Relay(opened, RelayConfig(upstreams=upstreams, **config))
        async with serving(relay, errors=bugs) as url, aiohttp.ClientSession(url) as client:
            yield Forwarding(url, relay, client)
    finally:
        opened.close()
    assert bugs == []


@pytest.fixture(scope="session")
def run() -> Start:
    return forwarding


@pytest.fixture
async def start() -> AsyncIterator[Callable[..., Awaitable[Forwarding]]]:
    """Start relays that run until the test ends."""
    async with AsyncExitStack() as stack:

        async def start_one(*upstreams: Upstream, **options: Any) -> Forwarding:
            return await stack.enter_async_context(forwarding(*upstreams, **options))

        yield start_one
