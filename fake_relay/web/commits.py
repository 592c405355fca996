"""One commit for all requests of a turn of the loop: no thread, no timer.

Rule: nobody else commits. Whatever is in the open batch when a commit fails is lost with it, so
everybody whose request it held has to hear of that.
May import: relay and every room below it, web.tally.
"""

from __future__ import annotations

import asyncio
import logging

from fake_relay.errors import StoreError
from fake_relay.relay import Relay
from fake_relay.web.tally import Tally

log = logging.getLogger("fake_relay.web")


class Commits:
    """The commits of one relay, on one loop."""

    def __init__(self, relay: Relay, tally: Tally, errors: list[Exception]) -> None:
        self._relay = relay
        self._tally = tally
        self._errors = errors
        self._loop = asyncio.get_running_loop()
        self._waiting: list[asyncio.Future[StoreError | None]] = []

    async def committed(self) -> StoreError | None:
        """Wait until what was received in this turn is safe; why it is not, if it is not."""
        if not self._waiting:
            self._loop.call_soon(self._commit)
        future: asyncio.Future[StoreError | None] = self._loop.create_future()
        self._waiting.append(future)
        return await future

    def _commit(self) -> None:
        waiting, self._waiting = self._waiting, []
        self._tally.batches.observe(len(waiting))
        failure: StoreError | None = None
        try:
            self._relay.commit()
        except StoreError as error:
            log.exception("a batch of %d requests was not stored", len(waiting))
            failure = error
        except Exception as error:
            # Without an answer they would wait for ever.
            log.exception("committing %d requests failed", len(waiting))
            self._errors.append(error)
            failure = StoreError(f"a bug in fake-relay: {error!r}; its log has the traceback")
        for future in waiting:
            if not future.done():
                future.set_result(failure)
