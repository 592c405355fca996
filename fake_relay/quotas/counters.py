"""Counts units by quota, scope and window (PROTOCOL.md 7.3).

May import: quotas.sender, quotas.groups.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final
from zlib import crc32

from fake_relay.quotas.groups import Group
from fake_relay.quotas.sender import Bound

MAX_COUNTERS: Final = 10_000
"""Keys and monitors are whatever clients send, so the number of counters needs a bound."""

Key = tuple[str | None, tuple[str, ...], str, int]


class Counters:
    """Units used, by quota, scope, group and window."""

    def __init__(self) -> None:
        self._used: dict[Key, int] = {}
        self._ends: dict[Key, float] = {}

    def charge(
        self, group: Group, quotas: Sequence[Bound], now: float
    ) -> list[tuple[Bound, float]]:
        """Count a group under all quotas, or under none and give those that it exceeds.

        With each comes the end of its window, in seconds since 1970.
        """
        charges: list[tuple[Key, float, int]] = []
        exceeded: list[tuple[Bound, float]] = []
        for bound in quotas:
            quota = bound.quota
            amount = 0 if quota.namespace else group.amount(quota.counted)
            if amount and quota.limit is not None and quota.window is not None:
                slot, end = window_of(bound.place, quota.window, now)
                key = (quota.id, bound.place, group.monitor if quota.group_by else "", slot)
                if self._used.get(key, 0) + amount > quota.limit:
                    exceeded.append((bound, end))
                charges.append((key, end, amount))
        if not exceeded:
            for key, end, amount in charges:
                self._add(key, end, amount, now)
        return exceeded

    def forget(self, project: str | None) -> None:
        """Forget what a project used, or all."""
        for key in [key for key in self._used if project is None or project in key[1][1:2]]:
            self._remove(key)

    def _add(self, key: Key, end: float, amount: int, now: float) -> None:
        if key not in self._used:
            self._make_room(now)
            self._ends[key] = end
        self._used[key] = self._used.get(key, 0) + amount

    def _make_room(self, now: float) -> None:
        if len(self._used) < MAX_COUNTERS:
            return
        for key in [key for key, end in self._ends.items() if end <= now]:
            self._remove(key)
        # The oldest tenth goes when none is over: a forgotten count is too generous, never wrong.
        if len(self._used) >= MAX_COUNTERS:
            for key in list(self._used)[: MAX_COUNTERS // 10]:
                self._remove(key)

    def _remove(self, key: Key) -> None:
        del self._used[key]
        del self._ends[key]


def window_of(place: tuple[str, ...], window: int, now: float) -> tuple[int, float]:
    """The number of the window that holds `now`, and its end in seconds since 1970.

    Windows are shifted by scope, so that those of many projects do not end in one moment.
    """
    shift = 0 if place[0] == "organization" else crc32(":".join(place).encode()) % window
    slot = int((now - shift) // window)
    return slot, float((slot + 1) * window + shift)
