"""What may still come: quotas that count, limits that are remembered, items that fall.

Rule: a limit that a request runs into is remembered, and the next request is told. Time comes
in with the data. Everything here is forgotten when the relay stops.
May import: records, items, config, protocol.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from fake_relay.config import Quota
from fake_relay.protocol.outcome import ACCEPTED, Fate, Outcome
from fake_relay.protocol.rate_limits import RateLimit
from fake_relay.quotas.counters import Counters
from fake_relay.quotas.groups import INDEXED, Group, Walked, groups_of, without_spans
from fake_relay.quotas.memory import Memory
from fake_relay.quotas.sender import Bound, Sender, bind

ZERO_SECONDS = 60
"""For how long a quota of 0 sends clients away (PROTOCOL.md 7.3)."""


class Quotas:
    """The limits of one relay: those that were imposed, and those that its quotas ran into."""

    def __init__(self) -> None:
        self._memory = Memory()
        self._remembered = self._memory.places
        self._counters = Counters()
        self._extra: dict[str | None, tuple[Quota, ...]] = {}

    # What faults and other faces say at run time.

    def impose(self, limit: RateLimit, until: float, project: str | None = None) -> None:
        """Remember a limit until a time, in seconds since 1970; None means every project.

        `limit.scope` is what clients are told; `limit.retry_after` is computed again for each
        answer from the time that is left.
        """
        self._memory.impose(limit, until, project)

    def lift(self, project: str | None = None) -> None:
        """Forget the limits and counters of a project; of all of them for None."""
        self._memory.lift(project)
        self._counters.forget(project)

    def set_extra(self, quotas: Iterable[Quota], project: str | None = None) -> None:
        """Replace the quotas that hold beside the configured ones; None means every project."""
        found = tuple(quotas)
        if found:
            self._extra[project] = found
        else:
            self._extra.pop(project, None)

    def limits(self, sender: Sender, now: float) -> list[RateLimit]:
        """The limits that a sender is under, with the seconds that are left of each."""
        return [limit for limit, _ in self._memory.of(sender, now)]

    # What the relay asks for each envelope.

    def idle(self, configured: Sequence[Quota]) -> bool:
        """Whether nothing here could refuse anything: the cheap question of every envelope."""
        return not (configured or self._extra or self._remembered)

    def refuse(
        self, walked: list[Walked], configured: Sequence[Quota], sender: Sender, now: float
    ) -> list[RateLimit]:
        """Let items fall by the limits that are known, and give those limits (7.2).

        Quotas of 0 are known from the start. Categories of what is indexed are left to `count`.
        """
        limits = self.limits(sender, now) + self._zero(configured, sender)
        if not limits:
            return []
        hit: dict[RateLimit, None] = {}
        for group in groups_of(walked):
            if found := [limit for limit in limits if _covers(limit, group, indexed=False)]:
                hit.update(dict.fromkeys(found))
                _fall(walked, group, max(found, key=_seconds).reason_code)
        return merged(hit)

    def count(
        self, walked: list[Walked], configured: Sequence[Quota], sender: Sender, now: float
    ) -> None:
        """Count what is left; what exceeds a quota falls, and the limit is remembered (7.3)."""
        limits = self.limits(sender, now) + self._zero(configured, sender)
        quotas = [bound for bound in self._bound(configured, sender) if bound.quota.limit]
        for group in groups_of(walked):
            known = [limit for limit in limits if _covers(limit, group, indexed=True)]
            if known:
                _fall(walked, group, max(known, key=_seconds).reason_code)
            elif quotas and (exceeded := self._counters.charge(group, quotas, now)):
                for bound, end in exceeded:
                    self._memory.remember(bound, end)
                longest, _ = max(exceeded, key=lambda found: found[1])
                _fall(walked, group, longest.quota.reason_code)

    def _bound(self, configured: Sequence[Quota], sender: Sender) -> list[Bound]:
        found = bind(configured, sender)
        if self._extra:
            found += bind(self._extra.get(None, ()), sender)
            # What is said of one project must not end what others send.
            found += bind(self._extra.get(sender.project, ()), sender.apart())
        return found

    def _zero(self, configured: Sequence[Quota], sender: Sender) -> list[RateLimit]:
        return [
            bound.limit(ZERO_SECONDS)
            for bound in self._bound(configured, sender)
            if bound.quota.limit == 0 and not bound.quota.namespace
        ]


def merged(limits: Iterable[RateLimit]) -> list[RateLimit]:
    """The limits, one for each distinct scope, categories, reason and namespaces: the longest."""
    found: dict[tuple[object, ...], RateLimit] = {}
    for limit in limits:
        key = (limit.categories, limit.scope, limit.reason_code, limit.namespaces)
        if key not in found or found[key].retry_after < limit.retry_after:
            found[key] = limit
    return list(found.values())


def _seconds(limit: RateLimit) -> int:
    return limit.retry_after


def _covers(limit: RateLimit, group: Group, *, indexed: bool) -> bool:
    return any(
        limit.covers(category) for category in group.amounts if indexed or category not in INDEXED
    )


def _fall(walked: list[Walked], group: Group, reason: str) -> None:
    outcome = Outcome(Fate.RATE_LIMITED, reason)
    for place in group.members:
        item, before = walked[place]
        if before is ACCEPTED:
            walked[place] = item, outcome
    for place in group.carriers:
        item, before = walked[place]
        walked[place] = without_spans(item, outcome), before


__all__ = ["Quotas", "RateLimit", "Sender", "merged"]
