"""Announces the store's position after each commit, to threads and to coroutines.

Subscribers hear only how far the store has come and read from it what they want, so a
slow one misses nothing and holds nobody up.
May import: nothing of fake_relay.
"""

from __future__ import annotations

import asyncio
import threading


class Hub:
    """The newest committed position, and those who wait for a newer one."""

    def __init__(self, position: int = 0) -> None:
        self._position = position
        self._threads = threading.Condition()
        self._futures: set[asyncio.Future[None]] = set()

    @property
    def position(self) -> int:
        """The newest position that was announced."""
        return self._position

    def announce(self, position: int) -> None:
        """Tell everybody; called on the loop that the coroutines wait on."""
        self._position = position
        with self._threads:
            self._threads.notify_all()
        waiting, self._futures = self._futures, set()
        for future in waiting:
            if not future.done():
                future.set_result(None)

    async def wait(self, position: int, timeout: float | None = None) -> bool:
        """Wait until something newer than `position` is stored; False when time is up."""
        if self._position > position:
            return True
        future = asyncio.get_running_loop().create_future()
        self._futures.add(future)
        try:
            await asyncio.wait_for(future, timeout)
        except TimeoutError:
            return self._position > position
        finally:
            self._futures.discard(future)
        return True

    def wait_in_thread(self, position: int, timeout: float | None = None) -> bool:
        """The same for a thread that is not the loop's."""
        with self._threads:
            return self._threads.wait_for(lambda: self._position > position, timeout)
