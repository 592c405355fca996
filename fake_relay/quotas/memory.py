"""Limits that hold for a while: remembered from quotas, or imposed.

May import: protocol, quotas.sender.
"""

from __future__ import annotations

import math
from typing import Final

from fake_relay.protocol.rate_limits import RateLimit
from fake_relay.quotas.sender import Bound, Sender

EVERYWHERE: Final = ("everywhere",)
SCOPES: Final = ("organization", "project", "key")
MAX_PLACES: Final = 10_000
"""Keys are whatever clients send in open mode, so their number needs a bound."""


class Memory:
    """Limits by the place where they hold, each with the time of its end."""

    def __init__(self) -> None:
        self.places: dict[tuple[str, ...], dict[RateLimit, float]] = {}
        """Empty when nothing is remembered; a limit that is over goes when it is asked for."""

    def impose(self, limit: RateLimit, until: float, project: str | None) -> None:
        """Remember a limit for a project, or everywhere."""
        self._add(EVERYWHERE if project is None else ("project", project), limit, until)

    def remember(self, bound: Bound, until: float) -> None:
        """Remember what a quota ran into; one that counts in groups is not told to clients."""
        if not bound.quota.group_by:
            self._add(bound.place, bound.limit(0), until)

    def of(self, sender: Sender, now: float) -> list[tuple[RateLimit, float]]:
        """The limits that a sender is under, with whole seconds left, and their ends."""
        if not self.places:
            return []
        found = []
        for place in _places(sender):
            for limit, until in list(self.places.get(place, {}).items()):
                if until <= now:
                    self._drop(place, limit)
                else:
                    found.append((_left(limit, until - now), until))
        return found

    def lift(self, project: str | None) -> None:
        """Forget the limits of a project, or all."""
        if project is None:
            self.places.clear()
            return
        for place in [place for place in self.places if project in place[1:2]]:
            del self.places[place]

    def _add(self, place: tuple[str, ...], limit: RateLimit, until: float) -> None:
        if place not in self.places and len(self.places) >= MAX_PLACES:
            del self.places[next(iter(self.places))]
        limits = self.places.setdefault(place, {})
        bare = _left(limit, 0)
        limits[bare] = max(until, limits.get(bare, until))

    def _drop(self, place: tuple[str, ...], limit: RateLimit) -> None:
        limits = self.places[place]
        del limits[limit]
        if not limits:
            del self.places[place]


def _places(sender: Sender) -> dict[tuple[str, ...], None]:
    """Where limits on a sender may be, each once."""
    organization, project, key = map(sender.place, SCOPES)
    apart = sender.apart().place("organization")
    return dict.fromkeys((EVERYWHERE, organization, apart, project, key))


def _left(limit: RateLimit, seconds: float) -> RateLimit:
    return RateLimit(
        math.ceil(seconds), limit.categories, limit.scope, limit.reason_code, limit.namespaces
    )
