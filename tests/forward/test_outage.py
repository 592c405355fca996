"""An outage of an hour, on a clock that the test moves."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from itertools import pairwise
from typing import Any

import pytest

from fake_relay.config import RelayConfig, Upstream
from fake_relay.forward.forwarder import Forwarder
from fake_relay.forward.loop import BOUNDS_EVERY
from fake_relay.records import Inbound
from fake_relay.relay import Relay
from fake_relay.store import open_store

To = Callable[..., Upstream]
NOON = 1_795_348_800.0
HOUR = 3600.0


class MovedClock:
    """Stands still while a request is in flight, and jumps over every wait."""

    def __init__(self) -> None:
        self.time = NOON
        self.busy: Callable[[], bool] = lambda: False
        self.ends = asyncio.Event()
        self.until = NOON + 2 * HOUR

    def now(self) -> float:
        """Seconds since 1970."""
        return self.time

    async def wait(self, event: asyncio.Event, seconds: float) -> None:
        """Jump behind the wait, unless there is something to wait for."""
        if self.busy() or self.time > self.until:
            self.ends.set()
            await event.wait()
        else:
            self.time += seconds
            await asyncio.sleep(0)


@asynccontextmanager
async def delivering(relay: Relay, clock: MovedClock, seed: int = 7) -> AsyncIterator[Forwarder]:
    """A forwarder on that clock."""
    forwarder = Forwarder(
        relay.forwarding,
        relay.store,
        relay.hub,
        lambda project: relay.settings_of(project).scrubbing,
        clock=clock,
        seed=seed,
    )
    forwarder.start()
    clock.busy = lambda: bool(forwarder.loop("up").in_flight)
    try:
        yield forwarder
    finally:
        await forwarder.close()
        relay.store.close()


def receive(relay: Relay, number: int, now: float) -> str:
    """Have an event arrive; its id."""
    event_id = f"{number:032x}"
    body = b'{"event_id":"%b"}\n{"type":"event"}\n{"message":"x"}' % event_id.encode()
    auth = {"x-sentry-auth": f"Sentry sentry_key={'a' * 32}"}
    path = "/api/1/envelope/"
    relay.receive(Inbound("POST", path, "", auth, body, "127.0.0.1", now, "e" * 32))
    relay.commit()
    return event_id


async def test_an_outage_of_an_hour_is_waited_out_as_configured_and_all_arrives_in_order(
    upstream: Any, to: To, acts: Any
) -> None:
    clock = MovedClock()
    tried: list[float] = []

    async def out(request: Any, got: Any) -> Any:
        tried.append(clock.time)
        if clock.time < NOON + HOUR:
            return await acts.status(503)(request, got)
        return await acts.status(200)(request, got)

    upstream.always = out
    settings = {"retry_base": 1.0, "retry_most": 300.0, "compression": "gzip"}
    config = RelayConfig(upstreams=(to(upstream.dsn, **settings, client_reports=False),))
    relay = Relay(open_store("memory:"), config)
    sent = [receive(relay, number, NOON + number) for number in range(1, 21)]
    async with delivering(relay, clock):
        async with asyncio.timeout(20):
            while len(upstream.ids) < len(sent):
                upstream.arrived.clear()
                await upstream.arrived.wait()

    assert upstream.ids == sent
    failed = [moment for moment in tried if moment < NOON + HOUR]
    waits = [after - before for before, after in pairwise(failed)]
    # Full jitter: anywhere below a bound that doubles from 1 s, and stays at 300 s.
    dice = random.Random(7)
    drawn = [dice.uniform(0, min(300.0, 2.0**place)) for place in range(len(waits))]
    assert waits == pytest.approx(drawn, abs=1e-3)
    assert len(failed) < 60


class StandingClock(MovedClock):
    """Moves when the test moves it; tells for how long the loop means to wait."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[float] = []

    async def wait(self, event: asyncio.Event, seconds: float) -> None:
        """Wait for the event, however long that takes."""
        self.asked.append(seconds)
        self.ends.set()
        await event.wait()


async def test_what_comes_while_nothing_may_leave_is_past_no_bound_for_long(
    upstream: Any, to: To
) -> None:
    clock = StandingClock()
    relay = Relay(
        open_store("memory:"), RelayConfig(upstreams=(to(upstream.dsn, max_envelopes=3),))
    )

    async def turned() -> None:
        clock.ends.clear()
        forwarder.loop("up").wake()
        await clock.ends.wait()

    async with asyncio.timeout(20), delivering(relay, clock) as forwarder:
        await clock.ends.wait()
        await forwarder.pause(None, paused=True)
        for number in range(1, 8):
            receive(relay, number, NOON)
        await turned()
        assert relay.store.spool.totals("up").envelopes == 7
        # It was looked at a moment ago, and is looked at again before long.
        assert clock.asked[-1] == BOUNDS_EVERY
        clock.time += BOUNDS_EVERY
        await turned()
        assert relay.store.spool.totals("up").envelopes == 3
    assert upstream.got == []
