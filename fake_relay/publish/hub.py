"""Announces the store's positions after each commit, to threads and to coroutines.

Subscribers hear only how far the store has come and read from it what they want, so a
slow one misses nothing and holds nobody up. A wait ends only for something newer.
May import: nothing of fake_relay.
"""

from __future__ import annotations

import asyncio
import threading
from contextlib import suppress

NEVER = 2**63 - 1
"""An id that nothing is newer than."""


class Hub:
    """The newest committed position, and those who wait for a newer one; safe in any thread.

    Refused requests have ids of their own: `refused` is the newest of them, for those few who
    wait for both.
    """

    def __init__(self, position: int = 0, refused: int = 0) -> None:
        self._position = position
        self._refused = refused
        self._changed = threading.Condition()
        self._waiters: dict[asyncio.Future[None], tuple[asyncio.AbstractEventLoop, int, int]] = {}

    @property
    def position(self) -> int:
        """The newest position that was announced."""
        return self._position

    @property
    def refused(self) -> int:
        """The id of the newest refused request that was announced."""
        return self._refused

    @property
    def waiting(self) -> int:
        """How many coroutines wait."""
        return len(self._waiters)

    def announce(self, position: int, refused: int = 0) -> None:
        """Tell everybody who waits for something that old or older."""
        with self._changed:
            if position <= self._position and refused <= self._refused:
                return
            self._position = max(position, self._position)
            self._refused = max(refused, self._refused)
            self._changed.notify_all()
            due = [
                (future, loop)
                for future, (loop, after, refused_after) in self._waiters.items()
                if position > after or refused > refused_after
            ]
            for future, _ in due:
                del self._waiters[future]
        for future, loop in due:
            # A loop that was closed has nobody left who waits.
            with suppress(RuntimeError):
                loop.call_soon_threadsafe(_wake, future)

    async def wait(self, position: int, timeout: float | None = None, refused: int = NEVER) -> bool:
        """Wait until something newer than `position` is stored; False when time is up.

        With `refused`, a newer refused request ends the wait as well.
        """
        loop = asyncio.get_running_loop()
        future: asyncio.Future[None] = loop.create_future()
        with self._changed:
            if self._position > position or self._refused > refused:
                return True
            self._waiters[future] = (loop, position, refused)
        try:
            async with asyncio.timeout(timeout):
                await future
        except TimeoutError:
            return self._position > position or self._refused > refused
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
