"""Serve a relay in this loop, or in a thread of its own for tests and short commands.

May import: relay and every room below it.
"""

from __future__ import annotations

import asyncio
import errno
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from types import TracebackType

import uvloop
from aiohttp import web

from fake_relay.errors import Unreachable
from fake_relay.relay import Relay
from fake_relay.web.app import make_runner


@asynccontextmanager
async def serving(relay: Relay, host: str = "127.0.0.1", port: int = 0) -> AsyncIterator[str]:
    """Serve in this loop; yields the base URL, with the real port. Raises `Unreachable`."""
    runner = await make_runner(relay)
    try:
        site = web.TCPSite(runner, host, port)
        try:
            await site.start()
        except OSError as error:
            busy = error.errno == errno.EADDRINUSE
            raise Unreachable(
                f"port {port} on {host} is busy; stop what listens there, or use --port 0"
                if busy
                else f"cannot listen on {host}:{port}: {error.strerror or error}"
            ) from error
        bound = runner.addresses[0][1]
        yield f"http://{host}:{bound}"
    finally:
        await runner.cleanup()


class ThreadServer:
    """A relay served by a thread; a context manager, or `start` and `stop`."""

    def __init__(
        self, make_relay: Callable[[], Relay], host: str = "127.0.0.1", port: int = 0
    ) -> None:
        self._make_relay = make_relay
        self._host = host
        self._port = port
        self._thread = threading.Thread(target=self._run, name="fake-relay", daemon=True)
        self._ready = threading.Event()
        self._failure: BaseException | None = None
        self._loop: asyncio.AbstractEventLoop
        self._stopped: asyncio.Event
        self.relay: Relay
        self.url = ""

    def start(self) -> ThreadServer:
        """Start and wait until requests are taken; raises what kept it from starting."""
        self._thread.start()
        self._ready.wait()
        if self._failure is not None:
            raise self._failure
        return self

    def stop(self) -> None:
        """Stop taking requests, finish those that are there, close the store."""
        self._loop.call_soon_threadsafe(self._stopped.set)
        self._thread.join()

    def call(self, function: Callable[[], None]) -> None:
        """Run a function on the server's loop and wait for it; the store is written there."""
        done = threading.Event()

        def run() -> None:
            try:
                function()
            finally:
                done.set()

        self._loop.call_soon_threadsafe(run)
        done.wait()

    def __enter__(self) -> ThreadServer:
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()

    def _run(self) -> None:
        try:
            with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
                runner.run(self._serve())
        except BaseException as error:  # noqa: BLE001 - handed to the thread that started us
            self._failure = error
        finally:
            self._ready.set()

    async def _serve(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._stopped = asyncio.Event()
        self.relay = self._make_relay()
        try:
            async with serving(self.relay, self._host, self._port) as self.url:
                self._ready.set()
                await self._stopped.wait()
        finally:
            self.relay.store.close()
