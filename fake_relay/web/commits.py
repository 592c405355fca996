"""One commit for all requests of a turn of the loop: no timer, a thread for a large one only.

Rule: nobody else commits, and one commit follows the other. Whatever is in the open batch when a
commit fails is lost with it, so everybody whose request it held has to hear of that.
May import: relay and every room below it, web.tally.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

from fake_relay.errors import StoreError
from fake_relay.relay import Relay
from fake_relay.web.tally import Tally

log = logging.getLogger("fake_relay.web")

LARGE = 2 * 1024 * 1024
"""Bytes of a body or a batch from which on a thread does the work; the way there costs little
beside it, and on the loop it would keep everybody waiting."""

CROWDED = 16 * 1024 * 1024
"""Bytes that may wait for the commit that is under way before further bodies have to: beside the
batch that is written, so many are held whatever the number of connections."""

Waiting = asyncio.Future[StoreError | None]


class Commits:
    """The commits of one relay, on one loop."""

    def __init__(self, relay: Relay, tally: Tally, errors: list[Exception]) -> None:
        self._relay = relay
        self._tally = tally
        self._errors = errors
        self._loop = asyncio.get_running_loop()
        self._waiting: list[Waiting] = []
        self._size = 0
        self._busy: asyncio.Task[None] | None = None

    async def committed(self, size: int = 0) -> StoreError | None:
        """Wait until what was received in this turn is safe; why it is not, if it is not.

        `size` is how many bytes the caller has added to the open batch, where they are many.
        """
        self._size += size
        if not self._waiting and self._busy is None:
            self._loop.call_soon(self._commit)
        future: Waiting = self._loop.create_future()
        self._waiting.append(future)
        return await future

    async def room(self) -> None:
        """Wait while many bytes wait already behind a commit that takes its time."""
        while self._busy is not None and self._size > CROWDED:
            await asyncio.wait((self._busy,))

    def _commit(self) -> None:
        waiting, self._waiting = self._waiting, []
        size, self._size = self._size, 0
        self._tally.batches.observe(len(waiting))
        if size > LARGE:
            self._busy = self._loop.create_task(self._commit_large(waiting))
        else:
            tell(waiting, self._attempt(self._relay.commit, len(waiting)))

    async def _commit_large(self, waiting: list[Waiting]) -> None:
        """Write many bytes in a thread; what is received meanwhile is committed after it."""
        write = self._relay.seal()
        failure = await asyncio.to_thread(self._attempt, write, len(waiting))
        self._relay.announce()
        self._busy = None
        tell(waiting, failure)
        if self._waiting:
            self._commit()

    def _attempt(self, commit: Callable[[], object], number: int) -> StoreError | None:
        try:
            commit()
        except StoreError as error:
            log.exception("a batch of %d requests was not stored", number)
            return error
        except Exception as error:
            # Without an answer they would wait for ever.
            log.exception("committing %d requests failed", number)
            self._errors.append(error)
            return StoreError(f"a bug in fake-relay: {error!r}; its log has the traceback")
        return None


def tell(waiting: list[Waiting], failure: StoreError | None) -> None:
    """Answer those who wait, and have not left."""
    for future in waiting:
        if not future.done():
            future.set_result(failure)
