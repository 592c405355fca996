"""Counters over time of a store in memory: those of the ledger, and those of what was evicted.

May import: store.buckets, store.storable.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterator, Mapping
from typing import Generic, TypeVar

from fake_relay.store.buckets import MINUTE, Fold, Period
from fake_relay.store.storable import integer

Key = TypeVar("Key", bound=Hashable)


class CountsOverTime(Generic[Key]):
    """Quantities by key, in buckets of time."""

    def __init__(self) -> None:
        self._buckets: dict[tuple[int, int], Counter[Key]] = {}

    def __len__(self) -> int:
        return sum(map(len, self._buckets.values()))

    def add(self, minute: int, key: Key, quantity: int) -> None:
        """Count a quantity in the minute that begins then."""
        self._add((minute, MINUTE), key, quantity)

    def _add(self, bucket: tuple[int, int], key: Key, quantity: int) -> None:
        known = self._buckets.get(bucket)
        if known is None:
            known = self._buckets[bucket] = Counter()
        known[key] = integer(known[key] + quantity)

    def totals(self) -> Mapping[Key, int]:
        """The sums of all buckets."""
        found: Counter[Key] = Counter()
        for counts in self._buckets.values():
            for key, quantity in counts.items():
                found[key] += quantity
        return {key: integer(quantity) for key, quantity in found.items()}

    def steps(self, period: Period) -> Iterator[tuple[int, int, Key, int]]:
        """Start and length of each step of a period, the key, and its quantity."""
        rows: dict[Key, list[tuple[int, int, int]]] = {}
        for (start, length), counts in self._buckets.items():
            if period.holds(start, length):
                for key, quantity in counts.items():
                    rows.setdefault(key, []).append((length, start, quantity))
        for key, counted in rows.items():
            for (start, length), quantity in period.added_up(counted).items():
                yield start, length, key, integer(quantity)

    def begins(self) -> int | None:
        """The start of the first bucket that has a time; None where there is none."""
        return min((start for start, length in self._buckets if length), default=None)

    def fold(self, fold: Fold) -> None:
        """Make the buckets that are meant part of longer ones."""
        gone = [
            bucket
            for bucket in self._buckets
            if bucket[1] == fold.length and bucket[0] < fold.before
        ]
        for bucket in gone:
            target = (fold.target(bucket[0]), fold.into)
            for key, quantity in self._buckets.pop(bucket).items():
                self._add(target, key, quantity)

    def clear(self) -> None:
        """Forget everything."""
        self._buckets.clear()
