"""The rate limits of an upstream: which categories wait, and until when (PROTOCOL.md 7.1).

Rule: a limited category waits in the spool, and everything else goes on. Limits of an
organization hold for all projects of the upstream, the others for the one that was told.
May import: protocol, msgspec.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

import msgspec

from fake_relay.protocol.category import Category
from fake_relay.protocol.rate_limits import RateLimit, covers

MAX_SECONDS: Final = 86_400.0
"""Seconds beyond which no limit is believed."""
KNOWN_FOR: Final = 3600.0
"""Seconds after its end that a limit is still known: who asks about a moment that has passed, for
rows that were read then, has to get the answer of then, or the newer of them overtake."""
ALL: Final = ""
"""The target of a limit that holds for every project of the upstream."""


class Held(msgspec.Struct, frozen=True):
    """A limit until a time; no categories mean all, `target` is the DSN that was told."""

    target: str
    categories: tuple[str, ...]
    until: float

    def covers(self, category: str) -> bool:
        """Whether that category waits; what has none waits only where everything does."""
        if not self.categories:
            return True
        named = tuple(map(Category.parse, self.categories))
        return bool(category) and covers(named, Category.parse(category))


class UpstreamLimits:
    """The limits that one upstream has told."""

    def __init__(self, held: Sequence[Held] = ()) -> None:
        self._held = {(one.target, one.categories): one for one in held}

    def learn(self, limits: Iterable[RateLimit], target: str, now: float) -> None:
        """Remember what an answer told; a shorter limit never ends a longer one."""
        if self._held:
            self._held = {
                key: one
                for key, one in self._held.items()
                if -KNOWN_FOR < one.until - now <= MAX_SECONDS
            }
        for limit in limits:
            # Nothing here is a bucket of a namespace alone.
            if limit.namespaces or limit.retry_after <= 0:
                continue
            whose = ALL if limit.scope == "organization" else target
            names = tuple(map(str, limit.categories))
            until = now + min(limit.retry_after, MAX_SECONDS)
            known = self._held.get((whose, names))
            if known is None or known.until < until:
                self._held[whose, names] = Held(whose, names, until)

    def until(self, category: str, target: str, now: float) -> float:
        """Until when a category waits, in seconds since 1970; 0 if it does not."""
        return max(
            (
                one.until
                for one in self.held(now)
                if one.target in (ALL, target) and one.covers(category)
            ),
            default=0.0,
        )

    def held(self, now: float) -> list[Held]:
        """The limits that hold at a moment."""
        return [one for one in self._held.values() if 0 < one.until - now <= MAX_SECONDS]
