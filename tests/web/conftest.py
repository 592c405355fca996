"""A server on real sockets, and what tests say to it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import pytest

from fake_relay.config import RelayConfig
from fake_relay.relay import Relay
from fake_relay.store import Store, open_store
from fake_relay.web.runner import serving
from fake_relay.web.settings import WebConfig

KEY = "a" * 32


@dataclass
class Running:
    """A server, a client of it, and the bugs that it met."""

    url: str
    relay: Relay
    client: aiohttp.ClientSession
    errors: list[Exception] = field(default_factory=list)

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self.url.rpartition(":")[2])

    async def get(self, path: str, **options: Any) -> tuple[int, Any]:
        """Status and JSON of a path."""
        async with self.client.get(path, **options) as response:
            return response.status, await response.json()

    async def items(self, **parameters: Any) -> dict[str, Any]:
        """A page of items."""
        page: dict[str, Any]
        status, page = await self.get("/relay/v1/items", params=parameters)
        assert status == 200, page
        return page

    async def send(
        self, *payloads: bytes, project: str = "42", item_type: str = "event", **options: Any
    ) -> None:
        """Send an envelope for each payload."""
        for payload in payloads:
            body = b'{}\n{"type":"%b","length":%d}\n%b\n' % (
                item_type.encode(),
                len(payload),
                payload,
            )
            path = f"/api/{project}/envelope/?sentry_key={KEY}"
            async with self.client.post(path, data=body, **options) as response:
                assert response.status == 200, await response.text()

    async def raw(self, *chunks: bytes, end: bool = False, timeout: float = 10) -> bytes:
        """Everything that the server says to some bytes on a connection of their own."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        try:
            for chunk in chunks:
                writer.write(chunk)
                await writer.drain()
            if end and writer.can_write_eof():
                writer.write_eof()
            return await asyncio.wait_for(reader.read(), timeout)
        except ConnectionError:
            return b""
        finally:
            writer.close()


Start = Callable[..., Awaitable[Running]]


@pytest.fixture
async def start() -> AsyncIterator[Start]:
    """Start servers with settings of their own; a bug in one of them fails the test."""
    async with AsyncExitStack() as stack:
        started: list[Running] = []

        async def start_one(
            store: Store | None = None,
            config: RelayConfig | None = None,
            web: WebConfig | None = None,
            **options: Any,
        ) -> Running:
            kept = store or open_store("memory:")
            stack.callback(kept.close)
            errors: list[Exception] = []
            relay = Relay(kept, config)
            url = await stack.enter_async_context(
                serving(relay, config=web, errors=errors, **options)
            )
            client = await stack.enter_async_context(aiohttp.ClientSession(url))
            started.append(Running(url, relay, client, errors))
            return started[-1]

        yield start_one
    assert [running.errors for running in started if running.errors] == []


@pytest.fixture
async def server(start: Start) -> Running:
    """A server with default settings on a fresh store in memory."""
    return await start()
