"""What the parts of the application share, by typed keys; and how they read and wait.

Rule: nothing that reads the store runs on the loop, and no wait outlives the server.
May import: relay and every room below it.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import suppress
from typing import ParamSpec, TypeVar

from aiohttp import web

from fake_relay.lint import Findings
from fake_relay.publish.hub import NEVER, Hub
from fake_relay.relay import Relay
from fake_relay.stored_view.viewer import Views
from fake_relay.web.access import Access
from fake_relay.web.commits import Commits
from fake_relay.web.settings import WebConfig
from fake_relay.web.tally import Tally

P = ParamSpec("P")
T = TypeVar("T")

RELAY = web.AppKey("relay", Relay)
VIEWS = web.AppKey("views", Views)
FINDINGS = web.AppKey("findings", Findings)
ACCESS = web.AppKey("access", Access)
WEB = web.AppKey("web", WebConfig)
TALLY = web.AppKey("tally", Tally)
COMMITS = web.AppKey("commits", Commits)
STARTED = web.AppKey("started", float)
"""When, by the monotonic clock."""
READERS = web.AppKey("readers", Executor)

READER_THREADS = 4
"""Each has a connection of its own; more would only wait for the same disk."""


class News:
    """Waits for what the hub announces, until the server closes."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self._closing = asyncio.Event()

    def closing(self) -> bool:
        """Whether the server is about to stop; long answers end then."""
        return self._closing.is_set()

    def close(self) -> None:
        """End all waits."""
        self._closing.set()

    async def sleep(self, seconds: float) -> None:
        """Return after so many seconds, or when the server closes."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._closing.wait()

    async def wait(self, position: int, timeout: float, refused: int = NEVER) -> bool:
        """Wait until something newer than `position` is stored; False otherwise.

        With `refused`, a newer refused request ends the wait as well.
        """
        if self.closing():
            return False
        arrived = asyncio.ensure_future(self._hub.wait(position, timeout, refused))
        closed = asyncio.ensure_future(self._closing.wait())
        try:
            await asyncio.wait((arrived, closed), return_when=asyncio.FIRST_COMPLETED)
        finally:
            arrived.cancel()
            closed.cancel()
        return arrived.done() and not arrived.cancelled() and arrived.result()


NEWS = web.AppKey("news", News)
ERRORS = web.AppKey("errors", list[Exception])
"""Bugs that were answered 500, for whoever runs the server to raise."""


async def in_thread(
    request: web.Request, function: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs
) -> T:
    """Run something that reads the store on one of the reader threads."""
    loop = asyncio.get_running_loop()
    return await loop.run_in_executor(request.app[READERS], lambda: function(*args, **kwargs))


async def reader_threads(app: web.Application) -> AsyncIterator[None]:
    """Open the reader threads with the application and close them with it."""
    with ThreadPoolExecutor(READER_THREADS, thread_name_prefix="fake-relay-read") as pool:
        app[READERS] = pool
        yield
