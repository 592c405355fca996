"""The ledger as stacked bars over time: which range, in which steps, and how high.

Rule: a range begins and ends with its steps, and steps hold whole buckets of the ledger; so the
numbers of the bars add up to those of the table, and a search for the time of a bar finds the
rows that it counts.
May import: store, records, protocol, web.answers, web.parameters.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Final

from fake_relay.protocol.outcome import Fate
from fake_relay.records import EvictedBucket, LedgerBucket
from fake_relay.store import Store
from fake_relay.store.buckets import DAY, HOUR, MINUTE, Period
from fake_relay.web import parameters
from fake_relay.web.answers import rfc3339

BARS: Final = 60
FEWEST: Final = 30
"""Fewer bars of all time would be blocks that say nothing of it."""
STEPS: Final = (60, 120, 300, 600, 1800, HOUR, 7200, 21_600, 43_200, DAY)
LEAST: Final = 3.0
"""The height of a piece that is there, in per cent, so that one among thousands is seen."""
RANGES: Final[Mapping[str, tuple[str, int, int]]] = {
    "hour": ("Last hour", HOUR, MINUTE),
    "day": ("Last day", DAY, HOUR),
}
"""Name in an address -> what it is called, its seconds and those of its steps."""
LATEST: Final = 253_402_300_800.0
"""The end of the year 9999, behind which no bar has a date."""


@dataclass(frozen=True, slots=True)
class Range:
    """What a page tells: `name` is `hour`, `day`, `all`, or empty for one of its own.

    `start` and `end` are in seconds since 1970 and None for all time; `begins` is the first
    moment that a picture of it shows.
    """

    name: str
    step: int
    start: int | None = None
    end: int | None = None
    begins: int = 0
    ends: int = 0

    @property
    def period(self) -> Period:
        """The period of the store's buckets."""
        return Period(self.step, self.start, self.end)

    @property
    def times(self) -> tuple[str, str]:
        """Start and end as searches and addresses write them; empty for all time."""
        return ("", "") if self.start is None else (written(self.start), written(self.end))

    @property
    def number(self) -> int:
        """How many bars it has."""
        return max((self.ends - self.begins) // self.step, 0)

    @property
    def when(self) -> str:
        """Its time in words; empty for all time."""
        return "" if self.start is None or self.end is None else in_words(self.start, self.end)

    @property
    def every(self) -> str:
        """What a bar stands for, in words."""
        units = ((DAY, "day"), (HOUR, "hour"), (MINUTE, "minute"))
        number, word = next((self.step // unit, word) for unit, word in units if self.step >= unit)
        return word if number == 1 else f"{number} {word}s"

    def in_steps_of(self, step: int) -> Range:
        """The same range, wide enough for whole steps of so many seconds."""
        begins = self.begins - self.begins % step
        ends = self.ends + -self.ends % step
        if self.start is None:
            return replace(self, step=step, begins=begins, ends=ends)
        return replace(self, step=step, begins=begins, ends=ends, start=begins, end=ends)


@dataclass(frozen=True, slots=True)
class Piece:
    """A fate's part of a bar: how many, and its place in per cent from above."""

    fate: Fate
    quantity: int
    top: float
    height: float


@dataclass(frozen=True, slots=True)
class Stack:
    """A bar: its time, its pieces from the bottom up, and the items of it that made room."""

    start: int
    end: int
    left: float
    pieces: tuple[Piece, ...]
    evicted: int

    @property
    def times(self) -> tuple[str, str]:
        """Start and end as searches and addresses write them."""
        return written(self.start), written(self.end)

    @property
    def counts(self) -> dict[Fate, int]:
        """How many of each fate."""
        return {piece.fate: piece.quantity for piece in self.pieces}

    @property
    def when(self) -> str:
        """Its time in words."""
        return in_words(self.start, self.end)


@dataclass(frozen=True, slots=True)
class Chart:
    """A category's bars; `width` is that of one in per cent, `most` what the highest stands for."""

    category: str
    stacks: list[Stack]
    width: float
    most: int


@lru_cache(maxsize=1024)
def written(moment: float | None) -> str:
    """A whole second as searches and addresses write it."""
    return (rfc3339(moment) or "").replace(".000000Z", "Z")


def in_words(start: int, end: int) -> str:
    """A time from a minute to a minute, in a zone that does not depend on who reads it."""
    first, last = (written(at).replace("T", " ")[:16] for at in (start, end))
    return f"{first} to {last.removeprefix(first[:11])} UTC"


def range_of(query: Mapping[str, str], store: Store, project: str | None, now: float) -> Range:
    """The range that a page's address asks for; all time without any. Raises a 400."""
    if query.get("start") or query.get("end"):
        return own_range(query, now)
    name = query.get("range", "")
    if name in RANGES:
        _, seconds, step = RANGES[name]
        end = int(now // step + 1) * step
        return Range(name, step, end - seconds, end, end - seconds, end)
    return all_time(store.ledger_begins(project), now)


def own_range(query: Mapping[str, str], now: float) -> Range:
    """A range that an address names by its start and its end, or now."""
    start = parameters.moment_of("start", query.get("start") or "1970-01-01", now)
    end = parameters.moment_of("end", query["end"], now) if query.get("end") else now
    if not 0 <= start < end < LATEST:
        raise parameters.bad(f"start={written(start)!r} and end={written(end)!r} are no range")
    begins, ends = int(start), math.ceil(end)
    return Range("", MINUTE, begins, ends, begins, ends).in_steps_of(step_for(ends - begins))


def all_time(begins: int | None, now: float) -> Range:
    """All time, with a picture of what is known of it."""
    ends = int(now // MINUTE + 1) * MINUTE
    if begins is None:
        return Range("all", MINUTE, ends=ends, begins=ends)
    step = step_for(ends - begins)
    known = Range("all", step, begins=begins, ends=max(ends, begins + step)).in_steps_of(step)
    return replace(known, begins=min(known.begins, known.ends - FEWEST * step))


def step_for(seconds: int) -> int:
    """The finest step that makes no more bars than a picture has room for."""
    fitting = (step for step in STEPS if seconds <= step * BARS)
    return next(fitting, -(-seconds // (BARS * DAY)) * DAY)


def told(store: Store, asked: Range, project: str | None) -> tuple[Range, list[LedgerBucket]]:
    """The ledger of a range, which grows where what it holds is kept by longer steps only."""
    while True:
        buckets = store.ledger_over_time(asked.period, project)
        longest = max((bucket.seconds for bucket in buckets), default=0)
        if longest <= asked.step:
            return asked, buckets
        asked = asked.in_steps_of(longest)


def charts(
    shown: Range,
    buckets: Iterable[LedgerBucket],
    evicted: Mapping[str, Counter[int]],
    fates: tuple[Fate, ...],
) -> dict[str, Chart]:
    """A chart for each category that was counted at a known time."""
    found: dict[str, dict[int, dict[Fate, int]]] = {}
    for bucket in buckets:
        if bucket.seconds:
            entry = bucket.entry
            counts = found.setdefault(entry.category, {}).setdefault(bucket.start, {})
            counts[entry.outcome] = counts.get(entry.outcome, 0) + entry.quantity
    return {
        category: chart(category, shown, counts, evicted.get(category, Counter()), fates)
        for category, counts in found.items()
    }


def chart(
    category: str,
    shown: Range,
    counts: Mapping[int, Mapping[Fate, int]],
    evicted: Mapping[int, int],
    fates: tuple[Fate, ...],
) -> Chart:
    """The bars of a category, those with nothing left out."""
    most = max((sum(fate.values()) for fate in counts.values()), default=0)
    width = 100 / max(shown.number, 1)
    stacks = [
        Stack(
            start,
            start + shown.step,
            round((start - shown.begins) / shown.step * width, 3),
            pieces(counts.get(start, {}), most, fates),
            evicted.get(start, 0),
        )
        for start in sorted({*counts, *evicted})
        if shown.begins <= start < shown.ends
    ]
    return Chart(category, stacks, round(width, 3), most)


def pieces(counts: Mapping[Fate, int], most: int, fates: tuple[Fate, ...]) -> tuple[Piece, ...]:
    """The pieces of a bar, upon each other."""
    made, top = [], 100.0
    for fate in fates:
        if quantity := counts.get(fate, 0):
            height = max(quantity / most * 100, LEAST)
            top -= height
            made.append(Piece(fate, quantity, round(top, 2), round(height, 2)))
    return tuple(made)


def evicted_by(
    buckets: Iterable[EvictedBucket], category_of: Mapping[str, str]
) -> dict[str, Counter[int]]:
    """How many items of each category had to make room, by the step that they came in.

    What has no time stands at -1.
    """
    found: dict[str, Counter[int]] = {}
    for bucket in buckets:
        category = category_of.get(bucket.type, "")
        at = bucket.start if bucket.seconds else -1
        found.setdefault(category, Counter())[at] += bucket.quantity
    return found
