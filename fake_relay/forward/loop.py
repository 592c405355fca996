"""The loop of one upstream: a lane for each project, one request in flight in each.

Rule: order holds within a lane; `per_project` gives a project several. Nothing here waits for
another upstream, and nothing that an upstream does ends the loop.
May import: forward, store, config, errors.
"""

from __future__ import annotations

import asyncio
import logging
import random
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

from fake_relay.config import Upstream
from fake_relay.errors import ConfigError, StoreError
from fake_relay.forward.book import Forwarding
from fake_relay.forward.carry import Carrier, Clock, Trouble
from fake_relay.forward.delivery import Delivery, ScrubbingOf
from fake_relay.forward.wire import IsOwn, Wire
from fake_relay.store import Store
from fake_relay.store.spool import Parcel, SpoolBounds

log = logging.getLogger("fake_relay.forward")

BATCH = 200
"""Parcels that are looked at in one go."""
NEWS_EVERY = 0.05
"""Seconds between two looks for other lanes while there is enough in hand: reading the same
rows again at every commit would cost the requests that wait for it."""
BOUNDS_EVERY = 0.25
"""Seconds between two looks for what is too much or too old, while envelopes come and go."""
IDLE = 5.0
"""Seconds after which bounds are kept and reports told, though nothing happened."""
STALLED = 1.0
"""Seconds until the store is asked again that could not be read or written."""
DRAIN = 2.0
"""Seconds that requests in flight get when the relay stops; they are repeated after its start."""


class WallClock:
    """The time of this machine."""

    def now(self) -> float:
        """Seconds since 1970."""
        return time.time()

    async def wait(self, event: asyncio.Event, seconds: float) -> None:
        """Return when the event is set, or after so many seconds."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await event.wait()


class Loop:
    """Delivers what waits for one upstream, until it is closed."""

    def __init__(
        self,
        upstream: Upstream,
        book: Forwarding,
        store: Store,
        scrubbing_of: ScrubbingOf,
        *,
        is_own: IsOwn = lambda host, port: False,
        clock: Clock | None = None,
        dice: random.Random | None = None,
        on_bug: Callable[[Exception], None] = lambda error: None,
    ) -> None:
        self._book = book
        self._store = store
        self._clock = clock or WallClock()
        self._on_bug = on_bug
        self._threads = ThreadPoolExecutor(1, f"fake-relay-forward-{upstream.name}")
        self._wire = Wire(upstream, is_own)
        self.carrier = Carrier(
            upstream,
            store.spool,
            Delivery(upstream, store, book.instance, scrubbing_of),
            self._wire,
            self._clock,
            self._threads,
            dice or random.Random(),  # noqa: S311 - spreads retries, guards nothing
        )
        self.in_flight: dict[str, asyncio.Task[None]] = {}
        self._lanes: dict[str, deque[Parcel]] = {}
        self._landed: set[str] = set()
        self._wake = asyncio.Event()
        self._closing = False
        self._more = self._news = self._postponed = True
        self._filled_at = self._bounded_at = 0.0
        self._unbounded = False
        self._due_at: float | None = None
        self._report_at = self._clock.now() + upstream.report_every
        self._reporting: asyncio.Task[None] | None = None

    @property
    def upstream(self) -> Upstream:
        """The upstream that this loop serves."""
        return self.carrier.upstream

    def wake(self) -> None:
        """Look at the spool again: something was queued, or a setting changed."""
        self._more = self._news = True
        self._wake.set()

    async def run(self) -> None:
        """Deliver until `stop`; then give what is in flight a moment, and keep what is known."""
        while not self._closing:
            self._wake.clear()
            pause = STALLED
            try:
                pause = min(await self._turn(), self._until_bounds())
            except StoreError as error:
                log.exception("the spool cannot be read or written")
                self.carrier.note(str(error))
            except Exception as error:
                log.exception("a turn of forwarding to %s failed", self.upstream.name)
                self._on_bug(error)
            if not self._closing:
                await self._clock.wait(self._wake, pause)
        await self._end()

    def stop(self) -> None:
        """Start nothing more; `run` returns soon."""
        self._closing = True
        self._wake.set()

    async def _end(self) -> None:
        tasks = [*self.in_flight.values(), *filter(None, [self._reporting])]
        if tasks:
            _, late = await asyncio.wait(tasks, timeout=DRAIN)
            for task in late:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        await self._wire.close()
        with suppress(StoreError):
            await self.carrier.remember()
        self._threads.shutdown()

    async def _turn(self) -> float:
        """Start what may start; the seconds until something else may."""
        carrier, now = self.carrier, self._clock.now()
        await self._keep_bounds(now)
        if carrier.memory.paused:
            return IDLE
        if self._due_at is not None and now >= self._due_at:
            self._more, self._due_at = True, None
        room = carrier.breaker.room(now, len(self.in_flight), self.upstream.concurrency)
        if room > 0 and self._wants_more(now):
            await self._refill(now)
        for lane in self._startable()[: max(room, 0)]:
            self._start(lane, self._lanes[lane].popleft())
        self._report(now)
        return await self._until_next(now)

    async def _keep_bounds(self, now: float) -> None:
        self._unbounded = self._bounded_at <= now < self._bounded_at + BOUNDS_EVERY
        if self._unbounded:
            return
        self._bounded_at = now
        one = self.upstream
        bounds = SpoolBounds(one.max_age, one.max_envelopes, one.max_bytes, one.max_dead)
        evict = self._store.spool.evict
        while await self.carrier.in_thread(evict, one.name, now, bounds):
            self._lanes.clear()
            self._more = True

    def _until_bounds(self) -> float:
        """The seconds until the look at bounds that was put off; also while nothing may leave."""
        due_at = self._bounded_at + BOUNDS_EVERY
        return max(0.0, due_at - self._clock.now()) if self._unbounded else IDLE

    def _wants_more(self, now: float) -> bool:
        # What is in hand is older than what is not, but for news of other lanes.
        news = self._news and not self._filled_at <= now < self._filled_at + NEWS_EVERY
        return self._more and (news or not any(self._lanes.values()))

    def _startable(self) -> list[str]:
        return [
            lane for lane, waiting in self._lanes.items() if waiting and lane not in self.in_flight
        ]

    def _lane_of(self, parcel: Parcel) -> str:
        lanes = self.upstream.per_project
        return parcel.project if lanes == 1 else f"{parcel.project}/{parcel.id % lanes}"

    async def _refill(self, now: float) -> None:
        """Take the oldest parcels in hand; those that a limit holds wait in their rows."""
        carrier, flying = self.carrier, len(self.in_flight)
        self._landed.clear()
        self._filled_at = now
        found = await carrier.in_thread(self._due, now, BATCH + flying)
        self._more, self._news = len(found) == BATCH + flying, False
        held = []
        self._lanes.clear()
        for parcel in found:
            lane = self._lane_of(parcel)
            if lane in self.in_flight and self.in_flight[lane].get_name() == str(parcel.id):
                continue
            if lane in self._landed:
                # Its row may be gone, or not be what it was when it was read.
                self._more = self._news = True
                continue
            target = carrier.target(parcel)
            free, until = carrier.divide(parcel.parts, target, now)
            if free:
                self._lanes.setdefault(lane, deque()).append(parcel)
            else:
                held.append((parcel, until))
        if held:
            await carrier.postpone(held)

    def _due(self, now: float, limit: int) -> list[Parcel]:
        by_hand = not self.upstream.enabled
        return self._store.spool.due(self.upstream.name, now, limit, by_hand=by_hand)

    def _start(self, lane: str, parcel: Parcel) -> None:
        task = asyncio.create_task(self._fly(lane, parcel), name=str(parcel.id))
        self.in_flight[lane] = task

    async def _fly(self, lane: str, parcel: Parcel) -> None:
        try:
            await self._deliver(parcel)
        finally:
            # In the same step: a refill in between would take it for one that still flies, and
            # let the next one overtake it.
            del self.in_flight[lane]
            self._landed.add(lane)
            self._wake.set()

    async def _deliver(self, parcel: Parcel) -> None:
        began = self._clock.now()
        try:
            if not await self.carrier.carry(parcel):
                # It waits in its row, and what comes behind it must not overtake it.
                self._begin_anew()
        except (Trouble, ConfigError, StoreError) as error:
            await self._troubled(error, began, parcel)
        except Exception as error:
            log.exception("forwarding %d to %s failed", parcel.id, self.upstream.name)
            self._on_bug(error)
            with suppress(StoreError):
                await self.carrier.give_up(parcel, f"a bug in fake-relay: {error!r}")

    async def _troubled(self, error: Exception, began: float, parcel: Parcel | None = None) -> None:
        trouble = error if isinstance(error, Trouble) else Trouble(str(error))
        self.carrier.troubled(trouble, began)
        with suppress(StoreError):
            # Where the store is what is not well, it counts nothing.
            await self.carrier.count_try(trouble, parcel)
        # Behind the wait: what is read while the parcel still flies comes without it.
        self._begin_anew()

    def _begin_anew(self) -> None:
        # The parcel is still the oldest of its lane, in its row.
        self._lanes.clear()
        self._more = True

    def _report(self, now: float) -> None:
        """Tell the upstream what stayed behind, now and then, beside everything else."""
        if self._reports() and now >= self._report_at:
            self._report_at = now + self.upstream.report_every
            self._reporting = asyncio.create_task(self._tell_reports())

    def _reports(self) -> bool:
        wanted = self.upstream.enabled and self.upstream.client_reports
        idle = self._reporting is None or self._reporting.done()
        return wanted and idle and self.carrier.breaker.failures == 0

    async def _tell_reports(self) -> None:
        began = self._clock.now()
        try:
            await self.carrier.tell_reports(self._book.instance)
        except (Trouble, ConfigError, StoreError) as error:
            await self._troubled(error, began)

    async def _until_next(self, now: float) -> float:
        breaker, flying = self.carrier.breaker, len(self.in_flight)
        retry = breaker.retry_at - now
        if retry > 0:
            return min(retry, IDLE)
        ready = bool(self._startable()) or self._wants_more(now)
        room = breaker.room(now, flying, self.upstream.concurrency)
        if ready and room > 0:
            return 0.0
        if self._postponed or self.carrier.limits.held(now):
            next_due = self._store.spool.next_due
            self._due_at = await self.carrier.in_thread(next_due, self.upstream.name, now)
            self._postponed = self._due_at is not None
        moments = [now + IDLE, *filter(None, [self._due_at])]
        if self._more and self._news and room > 0:
            moments.append(self._filled_at + NEWS_EVERY)
        if self._reports():
            moments.append(self._report_at)
        return max(0.0, min(moments) - now)
