"""The buckets of time that the ledger counts in: minutes, then hours, then days, then one.

Rule: a bucket is folded whole into the coarser one that holds it, so that no sum ever changes,
and what was counted has so many buckets at most, however long a store lives.
May import: nothing of fake_relay.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, NamedTuple

MINUTE: Final = 60
"""Seconds of the finest bucket, as Relay aggregates outcomes by default."""
HOUR: Final = 3600
DAY: Final = 86_400
UNTIMED: Final = 0
"""The length of the one bucket that has no time: what is too old to be told apart."""

LENGTHS: Final = (MINUTE, HOUR, DAY)
KEPT: Final = {MINUTE: 6 * HOUR, HOUR: 14 * DAY, DAY: 90 * DAY}
"""How long buckets of a length are kept before they are folded, in seconds."""
ROWS: Final = 100_000
"""Rows of a table beyond which they are folded whatever their age."""
LOOKED: Final = MINUTE
"""Seconds between two looks for what is to be folded."""

LONGEST: Final = 1000 * DAY
"""Seconds of the longest step that can be asked for."""

MINUTE_MICROS: Final = MINUTE * 1_000_000


@dataclass(frozen=True, slots=True)
class Period:
    """From `start` on and before `end`, in seconds since 1970, in steps of so many seconds.

    A bucket that reaches into the period belongs to it whole. Without a start, so does what has
    no time. A step holds whole buckets; where they are longer, they stand for themselves.
    """

    step: int = MINUTE
    start: float | None = None
    end: float | None = None

    @property
    def has_untimed(self) -> bool:
        """Whether what has no time belongs to it."""
        return self.start is None

    def holds(self, start: int, length: int) -> bool:
        """Whether a bucket belongs to it."""
        if length == UNTIMED:
            return self.has_untimed
        after = self.start is None or start + length > self.start
        return after and (self.end is None or start < self.end)

    def added_up(self, rows: Iterable[tuple[int, int, int]]) -> dict[tuple[int, int], int]:
        """Start and length of its steps -> quantity, of buckets that belong to it.

        A row is a bucket's length, its start, and its quantity.
        """
        found: dict[tuple[int, int], int] = {}
        step = self.step
        for length, start, quantity in rows:
            longest = step if step > length > 0 else length
            at = (start - start % longest, longest) if longest else (0, UNTIMED)
            found[at] = found.get(at, 0) + quantity
        return found


def is_step(seconds: float) -> bool:
    """Whether buckets fit into steps of so many seconds, and these into days or days into them."""
    if seconds < HOUR:
        return seconds >= MINUTE and seconds % MINUTE == 0 == HOUR % seconds
    if seconds < DAY:
        return seconds % HOUR == 0 == DAY % seconds
    return seconds % DAY == 0 and seconds <= LONGEST


class Fold(NamedTuple):
    """Buckets of a length that begin before a moment become part of longer ones."""

    length: int
    into: int
    before: int

    def target(self, start: int) -> int:
        """The start of the bucket that a bucket becomes part of."""
        return start - start % self.into if self.into else 0


NEVER: Final = 2**63 - 1


def minute_of(micros: int) -> int:
    """The start of the minute of a moment in microseconds, in seconds."""
    return micros // MINUTE_MICROS * MINUTE


def due(now: float) -> tuple[Fold, ...]:
    """What is old enough to be folded; whole longer buckets at a time."""
    found = []
    for length, into in zip(LENGTHS, (*LENGTHS[1:], UNTIMED), strict=True):
        # Days leave one at a time, for what they become part of has no end.
        whole = into or DAY
        found.append(Fold(length, into, int((now - KEPT[length]) // whole * whole)))
    return tuple(found)


def crowded() -> tuple[Fold, ...]:
    """What is folded where there are too many rows: each as far as it takes, the finest first."""
    return tuple(fold._replace(before=NEVER) for fold in due(0.0))
