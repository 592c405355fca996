"""What is done while nobody asks for anything: removing, indexing and judging, in small steps.

May import: store, query, lint, errors, web.memory.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from fake_relay.errors import StoreError
from fake_relay.lint import Findings
from fake_relay.query import load_grammar
from fake_relay.store import Store
from fake_relay.web.memory import Memory

log = logging.getLogger("fake_relay.web")

INTERVAL = 1.0
"""Seconds between two steps."""
BUSY = 200
"""Items in one interval from which on the store is busy: a thread that indexes would take
turns with the loop, and cost it more than the steps that commits take by themselves."""

QUIET = 20
"""Items in one interval up to which there is time to judge others."""


@asynccontextmanager
async def housekeeping(
    store: Store,
    *,
    eager: bool = False,
    findings: Findings | None = None,
    memory: Memory | None = None,
) -> AsyncIterator[None]:
    """Keep house as long as the context lasts; `eager` also loads what the first search needs.

    With `findings`, items are judged before somebody asks; with `memory`, the system gets back
    what large bodies took of it.
    """
    stopped = asyncio.Event()
    kept = keep_house(store, stopped, eager=eager, findings=findings, memory=memory)
    task = asyncio.create_task(kept)
    try:
        yield
    finally:
        # Not cancelled: a step that runs in a thread must end before the store closes.
        stopped.set()
        await task


async def keep_house(
    store: Store,
    stopped: asyncio.Event,
    *,
    eager: bool,
    findings: Findings | None,
    memory: Memory | None,
) -> None:
    """Take steps now and then, on a thread; they give way to commits."""
    position = store.position()
    while not stopped.is_set():
        before, position = position, store.position()
        try:
            while await asyncio.to_thread(store.retain, time.time()) and not stopped.is_set():
                pass
            if position - before < BUSY:
                await asyncio.to_thread(store.idle)
            if findings is not None and position - before <= QUIET and not stopped.is_set():
                await asyncio.to_thread(findings.step)
            if memory is not None and position - before < BUSY:
                await asyncio.to_thread(memory.give_back)
        except StoreError:
            # The next step tries again; what cannot be written is told to who writes.
            log.exception("keeping house in the store failed")
        except Exception:
            # A check that fails over some payload must not end what keeps the store small.
            log.exception("judging items failed; they are judged from now on when somebody asks")
            findings = None
        with suppress(TimeoutError):
            await asyncio.wait_for(stopped.wait(), INTERVAL)
        # Not at the start, where it would take turns with the first requests.
        if eager and not stopped.is_set() and store.position() - position < BUSY:
            eager = False
            await asyncio.to_thread(load_grammar)
