"""When the next request may go: back-off with full jitter, and a breaker.

Rule: trouble belongs to the upstream. After a failure nobody starts before a random time below
a bound that doubles; after several in a row only one request at a time tries.
May import: nothing of fake_relay.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from typing import Final, Literal

State = Literal["closed", "open", "half_open"]

MAX_RETRY_AFTER: Final = 3600.0
"""Seconds beyond which a `Retry-After` of an upstream in trouble is not believed."""


@dataclass(slots=True)
class Breaker:
    """The state of one upstream; times are in seconds since 1970.

    `base` and `most` bound the wait in seconds; `after` is the number of failures that open it.
    """

    base: float
    most: float
    after: int
    dice: random.Random = field(default_factory=random.Random)
    failures: int = 0
    retry_at: float = 0.0
    _failed_at: float = 0.0

    def state(self, now: float) -> State:
        """Closed, open until `retry_at`, or half open: one request tries."""
        if self.failures < self.after:
            return "closed"
        return "open" if self._waits(now) else "half_open"

    def room(self, now: float, in_flight: int, concurrency: int) -> int:
        """How many requests may start now."""
        if self._waits(now):
            return 0
        return (concurrency if self.failures < self.after else 1) - in_flight

    def _waits(self, now: float) -> bool:
        # A clock that was set back must not make this wait for a day.
        return 0 < self.retry_at - now <= max(self.most, MAX_RETRY_AFTER)

    def bound(self) -> float:
        """The most seconds until the next try."""
        return min(self.most, self.base * 2.0 ** min(self.failures - 1, 60))

    def failed(self, began: float, now: float, least: float = 0.0) -> float:
        """Take in the failure of a request; the seconds until the next may start.

        `least` is what the upstream asked for. Requests that were on their way when another one
        failed tell nothing new.
        """
        if self.failures == 0 or began >= self._failed_at:
            self.failures += 1
            self._failed_at = now
            self.retry_at = now + self.dice.uniform(0, self.bound())
        self.retry_at = max(self.retry_at, now + min(least, MAX_RETRY_AFTER))
        return self.retry_at - now

    def succeeded(self) -> None:
        """Take in that the upstream answered like one that is well."""
        self.failures, self.retry_at = 0, 0.0

    def hurry(self) -> None:
        """Let the next request start now."""
        self.retry_at = 0.0
