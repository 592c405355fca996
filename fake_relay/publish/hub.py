"""Announces the store's position after each commit, to threads and to coroutines.

Subscribers hear only how far the store has come and read from it what they want, so a
slow one misses nothing and holds nobody up. A wait ends only for something newer.
May import: nothing of fake_relay.
"""

from __future__ import annotations

import asyncio
import threading
from contextlib import suppress


class Hub:
    """The newest committed position, and those who wait for a newer one; safe in any thread."""

    def __init__(self, position: int = 0) -> None:
        self._position = position
        self._changed = threading.Condition()
        self._waiters: dict[asyncio.Future[None], tuple[asyncio.AbstractEventLoop, int]] = {}

    @property
    def position(self) -> int:
        """The newest position that was announced."""
        return self._position

    @property
    def waiting(self) -> int:
        """How many coroutines wait."""
        return len(self._waiters)

    def announce(self, position: int) -> None:
        """Tell everybody who waits for something that old or older."""
        with self._changed:
            if position <= self._position:
                return
            self._position = position
            self._changed.notify_all()
            due = [
                (future, loop)
                for future, (loop, after) in self._waiters.items()
                if position > after
            ]
            for future, _ in due:
                del self._waiters[future]
        for future, loop in due:
            # A loop that was closed has nobody left who waits.
            with suppress(RuntimeError):
                loop.call_soon_threadsafe(_wake, future)

    async def wait(self, position: int, timeout: float | None = None) -> bool:
        """Wait until something newer than `position` is stored; False when time is up."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[None] = loop.create_future()
        with self._changed:
            if self._position > position:
                return True
            self._waiters[future] = (loop, position)
        try:
            async with asyncio.timeout(timeout):
                await future
        except TimeoutError:
            return self._position > position
        finally:
            with self._changed:
                self._waiters.pop(future, None)
        return True

    def wait_in_thread(self, position: int, timeout: float | None = None) -> bool:
        """The same for a thread that runs no loop."""
        with self._changed:
            return self._changed.wait_for(lambda: self._position > position, timeout)


def _wake(future: asyncio.Future[None]) -> None:
    if not future.done():
        future.set_result(None)
