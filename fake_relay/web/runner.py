"""Serve a relay in this loop, or in a thread of its own for tests and short commands.

Rule: stopping answers what is in flight, commits what was taken, and ends streams cleanly.
May import: relay and every room below it.
"""

from __future__ import annotations

import asyncio
import errno
import gc
import threading
from collections.abc import AsyncIterator, Callable
from concurrent.futures import Future
from contextlib import asynccontextmanager
from types import TracebackType
from typing import TypeVar

from aiohttp import web

from fake_relay.errors import Unreachable
from fake_relay.relay import Relay
from fake_relay.web.app import Front, make_app
from fake_relay.web.forwarding import FORWARDER, forwarding
from fake_relay.web.housekeeping import housekeeping
from fake_relay.web.keys import FINDINGS
from fake_relay.web.memory import Memory
from fake_relay.web.settings import WebConfig, check_binding, is_wildcard

T = TypeVar("T")

SPOTLIGHT_PORT = 8969
HARD_STOP = 0.5
"""Seconds that connections get after draining, before they are cut."""
GC_THRESHOLD = 50_000
"""Requests make few cycles; collecting rarely is worth a few per cent (PERFORMANCE.md 4)."""


@asynccontextmanager
async def serving(
    relay: Relay,
    host: str = "127.0.0.1",
    port: int = 0,
    *,
    config: WebConfig | None = None,
    spotlight_port: int | None = None,
    own_process: bool = False,
    errors: list[Exception] | None = None,
) -> AsyncIterator[str]:
    """Serve in this loop; yields the base URL, with the real port.

    `spotlight_port` is a second port, for SDKs in Spotlight mode; `own_process` is for a
    process that does nothing else: it tunes the garbage collector and the allocator, and
    readies searches;
    bugs that were answered 500 are appended to `errors`. Raises `ConfigError` for an address
    that needs a token, and `Unreachable` when it cannot listen.
    """
    config = config or WebConfig()
    check_binding(host, config)
    app = make_app(relay, host, config, [] if errors is None else errors)
    routed = web.AppRunner(app, access_log=None)
    await routed.setup()
    front = Front(app, routed, config)
    runner = web.ServerRunner(front.server, shutdown_timeout=HARD_STOP)
    await runner.setup()
    try:
        bound = await listen(runner, host, port)
        if spotlight_port is not None:
            await listen(runner, host, spotlight_port)
        memory = None
        if own_process:
            settle_garbage()
            memory = Memory()
        # Tests judge what they ask for; on a desk it is done before somebody asks.
        findings = app[FINDINGS] if own_process else None
        keeping = housekeeping(relay.store, eager=own_process, findings=findings, memory=memory)
        ports = [bound] if spotlight_port is None else [bound, spotlight_port]
        async with keeping, forwarding(app[FORWARDER], host, ports, config):
            yield base_url(host, bound)
    finally:
        for site in list(runner.sites):
            await site.stop()
        await front.drain(config.drain_timeout)
        await runner.cleanup()
        await routed.cleanup()


async def listen(runner: web.ServerRunner, host: str, port: int) -> int:
    """Listen on an address; the real port. Raises `Unreachable`."""
    if not 0 <= port < 65536:
        # uvloop would take the lower 16 bits.
        raise Unreachable(f"cannot listen on {host}:{port}: ports go from 0 to 65535")
    site = web.TCPSite(runner, host or None, port)
    try:
        await site.start()
    except OSError as error:
        busy = error.errno == errno.EADDRINUSE
        raise Unreachable(
            f"port {port} on {host} is busy; stop what listens there, or use --port 0"
            if busy
            else f"cannot listen on {host}:{port}: {error.strerror or error}"
        ) from error
    found: int = runner.addresses[-1][1]
    return found


def base_url(host: str, port: int) -> str:
    """The URL by which this machine reaches a server that listens on that address."""
    name = "127.0.0.1" if is_wildcard(host) else host
    return f"http://[{name}]:{port}" if ":" in name else f"http://{name}:{port}"


def settle_garbage() -> None:
    """Take what was loaded at the start out of every later collection."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(GC_THRESHOLD, 20, 20)


def new_event_loop() -> asyncio.AbstractEventLoop:
    """The fastest loop that runs here."""
    try:
        import uvloop
    except ImportError:
        return asyncio.new_event_loop()
    return uvloop.new_event_loop()


class ThreadServer:
    """A relay served by a thread; a context manager, or `start` and `stop`.

    `errors` holds the bugs that were answered 500, for a test to fail on.
    """

    def __init__(
        self,
        make_relay: Callable[[], Relay],
        host: str = "127.0.0.1",
        port: int = 0,
        config: WebConfig | None = None,
    ) -> None:
        self._make_relay = make_relay
        self._host = host
        self._port = port
        self._config = config
        self._thread: threading.Thread | None = None
        self._ready = threading.Event()
        self._failure: BaseException | None = None
        self._loop: asyncio.AbstractEventLoop
        self._stopped: asyncio.Event
        self.relay: Relay
        self.url = ""
        self.errors: list[Exception] = []

    def start(self) -> ThreadServer:
        """Start and wait until requests are taken; raises what kept it from starting.

        Starting a server that runs does nothing.
        """
        if self._thread is not None:
            return self
        self._ready.clear()
        self._thread = threading.Thread(target=self._run, name="fake-relay", daemon=True)
        self._thread.start()
        self._ready.wait()
        if self._failure is not None:
            self.stop()
        return self

    def stop(self) -> None:
        """Stop taking requests, finish those that are there, close the store.

        Stopping a server that does not run does nothing; raises what went wrong at stopping.
        """
        thread, self._thread = self._thread, None
        if thread is None:
            return
        if thread.is_alive():
            self._loop.call_soon_threadsafe(self._stopped.set)
        thread.join()
        failure, self._failure = self._failure, None
        if failure is not None:
            raise failure

    def call(self, function: Callable[[], T]) -> T:
        """Run a function on the server's loop and give what it returns or raises.

        The store is written there.
        """
        done: Future[T] = Future()

        def run() -> None:
            try:
                done.set_result(function())
            except BaseException as error:  # noqa: BLE001 - handed to the thread that asked
                done.set_exception(error)

        if self._thread is None:
            raise Unreachable("the server does not run; start it first")
        self._loop.call_soon_threadsafe(run)
        return done.result()

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
            with asyncio.Runner(loop_factory=new_event_loop) as runner:
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
            async with serving(
                self.relay, self._host, self._port, config=self._config, errors=self.errors
            ) as self.url:
                self._ready.set()
                await self._stopped.wait()
        finally:
            self.relay.store.close()
