"""All loops of one relay: started, woken, told, and ended together.

Rule: each upstream has a loop, a thread, connections and a state of its own.
May import: forward, publish, store, config, errors.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime

from fake_relay.config import Upstream
from fake_relay.errors import ConfigError
from fake_relay.forward.book import Forwarding
from fake_relay.forward.by_hand import parcel_by_hand
from fake_relay.forward.carry import Clock
from fake_relay.forward.delivery import ScrubbingOf
from fake_relay.forward.loop import Loop, WallClock
from fake_relay.forward.state import LimitStatus, UpstreamStatus
from fake_relay.forward.wire import IsOwn, address_of
from fake_relay.publish.hub import Hub
from fake_relay.records import StoredItem
from fake_relay.store import Store


class Forwarder:
    """What delivers; used on one loop of asyncio, between `start` and `close`."""

    def __init__(
        self,
        book: Forwarding,
        store: Store,
        hub: Hub,
        scrubbing_of: ScrubbingOf,
        *,
        clock: Clock | None = None,
        seed: int | None = None,
        on_bug: Callable[[Exception], None] = lambda error: None,
    ) -> None:
        self.book = book
        self._store = store
        self._hub = hub
        self._scrubbing_of = scrubbing_of
        self._clock = clock or WallClock()
        self._seed = seed
        self._on_bug = on_bug
        self._loops: dict[str, tuple[Loop, asyncio.Task[None]]] = {}
        self._ending: set[asyncio.Task[None]] = set()
        self._watch: asyncio.Task[None] | None = None
        self._is_own: IsOwn = lambda host, port: False

    def start(self, is_own: IsOwn = lambda host, port: False) -> None:
        """Start a loop for each upstream; raises `ConfigError` for one that is this relay."""
        self._is_own = is_own
        for upstream in self.book.upstreams:
            self.check(upstream)
        self.book.listen(self._changed)
        for upstream in self.book.upstreams:
            self._open(upstream)

    def check(self, upstream: Upstream) -> None:
        """Refuse an upstream that is this relay itself; raises `ConfigError`."""
        dsns = [upstream.dsn_of(mapped.project) for mapped in upstream.projects]
        for dsn in (*dsns, upstream.dsn_of("")):
            if dsn is not None and self._is_own(*address_of(dsn.envelope_url)):
                raise ConfigError(
                    f"upstream {upstream.name!r} leads back to this relay: {dsn.origin}; name"
                    " another server"
                )

    def _open(self, upstream: Upstream) -> None:
        loop = Loop(
            upstream,
            self.book,
            self._store,
            self._scrubbing_of,
            is_own=self._is_own,
            clock=self._clock,
            dice=random.Random(self._seed),  # noqa: S311 - spreads retries, guards nothing
            on_bug=self._on_bug,
        )
        self._loops[upstream.name] = loop, asyncio.create_task(loop.run())
        if self._watch is None:
            self._watch = asyncio.create_task(self._watch_commits())

    async def _watch_commits(self) -> None:
        position = self._store.position()
        while True:
            await self._hub.wait(position)
            position = self._hub.position
            for loop, _ in self._loops.values():
                if loop.upstream.enabled:
                    loop.wake()

    def _changed(self, name: str) -> None:
        """Serve an upstream by its new settings; the old loop ends by itself."""
        upstream = self.book.upstream(name)
        old = self._loops.pop(name, None)
        if old is None:
            if upstream is not None:
                self._open(upstream)
            return
        task = asyncio.create_task(self._replace(name, old))
        self._ending.add(task)
        task.add_done_callback(self._ending.discard)

    async def _replace(self, name: str, old: tuple[Loop, asyncio.Task[None]]) -> None:
        # One after the other: two loops of one upstream would send everything twice.
        await _end(*old)
        upstream = self.book.upstream(name)
        if upstream is not None and name not in self._loops:
            self._open(upstream)

    async def settled(self) -> None:
        """Wait until changed upstreams have their new loops."""
        while self._ending:
            await asyncio.gather(*self._ending)

    async def remove(self, name: str) -> None:
        """Forget an upstream, and all that waits for it; raises `ConfigError` for a configured one.

        Its loop ends first: it would write down once more what it knows.
        """
        self.book.remove(name)
        await self.settled()
        await asyncio.to_thread(self._store.spool.forget, name)

    async def close(self) -> None:
        """End all loops; what is not delivered stays in the spool."""
        await self.settled()
        if self._watch is not None:
            self._watch.cancel()
            with suppress(asyncio.CancelledError):
                await self._watch
        await asyncio.gather(*(_end(*pair) for pair in self._loops.values()))
        self._loops.clear()

    # What people ask for.

    def loop(self, name: str) -> Loop:
        """The loop of an upstream; raises `ConfigError` where there is none."""
        found = self._loops.get(name)
        if found is None:
            known = ", ".join(repr(one.name) for one in self.book.upstreams) or "none"
            raise ConfigError(f"there is no upstream {name!r}; known: {known}")
        return found[0]

    def is_paused(self, name: str) -> bool:
        """Whether what leaves for an upstream is held."""
        found = self._loops.get(name)
        return found is not None and found[0].carrier.memory.paused

    def _named(self, name: str | None) -> list[Loop]:
        return [loop for loop, _ in self._loops.values()] if name is None else [self.loop(name)]

    async def pause(self, name: str | None, *, paused: bool) -> None:
        """Hold or go on with everything that leaves for an upstream, or for all."""
        for loop in self._named(name):
            loop.carrier.memory.paused = paused
            await loop.carrier.remember()
            loop.wake()

    async def retry(self, name: str | None, ids: list[int] | None, *, dead: bool) -> int:
        """Try now instead of later, and with `dead` queue dead letters again; how many."""
        revived = 0
        for loop in self._named(name):
            carrier = loop.carrier
            if dead:
                revived += await carrier.in_thread(
                    self._store.spool.revive, loop.upstream.name, ids
                )
            carrier.breaker.hurry()
            loop.wake()
        return revived

    async def send(
        self, name: str, envelope_id: int, items: list[StoredItem], wait: float
    ) -> tuple[int, str]:
        """Queue items of an envelope by hand; the parcel, and what became of it within `wait`.

        That is `sent`, `dead`, `limited`, `removed`, or `queued` where time was up.
        """
        loop = self.loop(name)
        parcel = parcel_by_hand(name, envelope_id, items, self._payloads(items), self._clock.now())
        parcel_id = await loop.carrier.in_thread(self._store.spool.queue, parcel)
        future = loop.carrier.outcomes.setdefault(
            parcel_id, asyncio.get_running_loop().create_future()
        )
        loop.wake()
        try:
            async with asyncio.timeout(wait):
                return parcel_id, await asyncio.shield(future)
        except TimeoutError:
            return parcel_id, "queued"
        finally:
            loop.carrier.outcomes.pop(parcel_id, None)

    def _payloads(self, items: list[StoredItem]) -> dict[int, bytes]:
        return self._store.payloads([item.id for item in items])

    def status(self) -> list[UpstreamStatus]:
        """How it goes; reads the store, so not on the loop."""
        return [self._status(loop) for loop, _ in list(self._loops.values())]

    def _status(self, loop: Loop) -> UpstreamStatus:
        carrier, upstream, now = loop.carrier, loop.upstream, self._clock.now()
        memory, breaker, name = carrier.memory, carrier.breaker, upstream.name
        totals = self._store.spool.totals(name)
        counts = totals.counts
        return UpstreamStatus(
            name=name,
            dsn=upstream.told_dsn,
            enabled=upstream.enabled,
            paused=memory.paused,
            configured=self.book.is_configured(name),
            scrubbed=upstream.scrub,
            queued=totals.envelopes,
            queued_bytes=totals.bytes,
            oldest=_time(totals.oldest),
            in_flight=len(loop.in_flight),
            selected=counts.selected,
            sent=counts.sent,
            retried=counts.retried,
            evicted=counts.evicted,
            duplicates=counts.duplicates,
            dead=totals.dead,
            dropped=counts.dropped,
            limited=tuple(
                LimitStatus(one.categories, one.target, _time(one.until))
                for one in carrier.limits.held(now)
            ),
            breaker=breaker.state(now),
            failures=breaker.failures,
            retry_at=_time(breaker.retry_at if breaker.retry_at > now else None),
            coding=carrier.codings.proven,
            last_sent_at=_time(memory.last_sent_at),
            last_error=memory.last_error,
            last_error_at=_time(memory.last_error_at),
        )


async def _end(loop: Loop, task: asyncio.Task[None]) -> None:
    loop.stop()
    await task


def _time(seconds: float | None) -> str | None:
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC).isoformat()
