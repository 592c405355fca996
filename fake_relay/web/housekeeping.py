"""What the store does while nobody asks for anything: removing, indexing, in small steps.

May import: store, errors.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from fake_relay.errors import StoreError
from fake_relay.store import Store

log = logging.getLogger("fake_relay.web")

INTERVAL = 1.0
"""Seconds between two steps."""
BUSY = 200
"""Items in one interval from which on the store is busy: a thread that indexes would take
turns with the loop, and cost it more than the steps that commits take by themselves."""


@asynccontextmanager
async def housekeeping(store: Store) -> AsyncIterator[None]:
    """Keep house as long as the context lasts."""
    stopped = asyncio.Event()
    task = asyncio.create_task(keep_house(store, stopped))
    try:
        yield
    finally:
        # Not cancelled: a step that runs in a thread must end before the store closes.
        stopped.set()
        await task


async def keep_house(store: Store, stopped: asyncio.Event) -> None:
    """Take steps now and then, on a thread; they give way to commits."""
    position = store.position()
    while not stopped.is_set():
        before, position = position, store.position()
        try:
            while await asyncio.to_thread(store.retain, time.time()) and not stopped.is_set():
                pass
            if position - before < BUSY:
                await asyncio.to_thread(store.idle)
        except StoreError:
            # The next step tries again; what cannot be written is told to who writes.
            log.exception("keeping house in the store failed")
        with suppress(TimeoutError):
            await asyncio.wait_for(stopped.wait(), INTERVAL)
