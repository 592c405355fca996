"""Waiting in a thread: for an expectation, for an order, for a predicate.

Rule: whoever waits looks first, then sleeps until the store has something newer; an SDK of
ours in this process is asked to send what it holds before each look.
May import: expect, testing.live, testing.sdk.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import TypeVar

from fake_relay.expect import Expectation, OrderVerdict, OrderWatch, Verdict, Vigil
from fake_relay.protocol.dsn import Dsn
from fake_relay.testing import sdk
from fake_relay.testing.live import LiveRelay

T = TypeVar("T")

FLUSH_EVERY = 0.25
"""Seconds after which an SDK is asked again: logs and sessions wait for their batch."""


class ExpectationFailed(AssertionError):
    """What was expected did not come; the text says what came instead."""


def clock() -> float:
    """Seconds, monotonic."""
    return time.monotonic()


def wait_for(expectation: Expectation, live: LiveRelay, dsn: Dsn) -> Verdict:
    """Wait until an expectation is decided or its time is up."""
    flushed = sdk.flush(dsn, max(expectation.within, 0.01))
    vigil = Vigil(expectation, live.reader, now=clock(), views=live.views)
    while (pause := vigil.look(clock())) is not None:
        live.wait(vigil.position, min(pause, FLUSH_EVERY) if flushed else pause)
        flushed = flushed and sdk.flush(dsn, FLUSH_EVERY)
    return vigil.verdict


def wait_for_order(
    expectations: Sequence[Expectation], within: float, live: LiveRelay, dsn: Dsn
) -> OrderVerdict:
    """Wait until expectations are met one after the other, or time is up."""
    watch = OrderWatch(expectations, live.reader, live.views)
    last: list[OrderVerdict] = []

    def look() -> tuple[bool, int]:
        last[:] = [watch.look()]
        return last[0].held, watch.position

    until(look, watch.position, within, live, dsn)
    return last[0]


def until(
    look: Callable[[], tuple[T, int]], since: int, within: float, live: LiveRelay, dsn: Dsn
) -> T:
    """Look until what is seen is true or `within` seconds have passed; the last look.

    `look` gives what it saw, and the position up to which it looked.
    """
    deadline = clock() + within
    while True:
        flushed = sdk.flush(dsn, max(within, 0.01))
        seen, position = look()
        left = deadline - clock()
        if seen or left <= 0:
            return seen
        live.wait(max(position, since), min(left, FLUSH_EVERY) if flushed else left)
