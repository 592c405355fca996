"""Quotas: so many units of some data categories in a window (PROTOCOL.md 7.3).

May import: config.setting, protocol.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from fake_relay.config.setting import setting
from fake_relay.protocol.category import Category
from fake_relay.protocol.rate_limits import Scope

GROUPS = ("monitor_slug",)
"""What a quota can count apart."""


@dataclass(frozen=True)
class Quota:
    """One quota; without `limit` it refuses nothing, with 0 it refuses everything."""

    id: str | None = setting(None, "name of the counter; may be left out where the limit is 0")
    categories: tuple[str, ...] = setting((), "data categories that count; none means all")
    scope: Scope = setting("organization", "what shares a counter: organization, project or key")
    scope_id: str | None = setting(
        None, "the one project or key that is meant; without it each has a counter of its own"
    )
    limit: int | None = setting(None, "units per window; 0 refuses everything")
    window: int | None = setting(None, "seconds of a window")
    reason_code: str = setting("", "reason in the outcome and in the header of rate limits")
    namespace: str | None = setting(None, "the one namespace of metrics that is meant")
    group_by: tuple[str, ...] = setting(
        (), "what has counters of its own: `monitor_slug`; such limits are not told to SDKs"
    )

    def __post_init__(self) -> None:
        """Refuse what could not be enforced; raises ValueError."""
        for name in self.categories:
            if Category.parse(name) is Category.UNKNOWN:
                raise ValueError(f"{name!r} is no data category; an example is 'error'")
        for name in self.group_by:
            if name not in GROUPS:
                raise ValueError(f"cannot group by {name!r}; known is {GROUPS[0]!r}")
        if self.limit is not None and self.limit < 0:
            raise ValueError(f"limit {self.limit} is below 0; 0 refuses everything")
        if self.limit and not self.id:
            raise ValueError(f"a quota with limit {self.limit} needs an id, to count under")
        if self.limit and (self.window is None or self.window < 1):
            raise ValueError(f"a quota with limit {self.limit} needs a window of 1 s or more")

    @cached_property
    def counted(self) -> tuple[Category, ...]:
        """The categories that count; none means all."""
        return tuple(Category.parse(name) for name in self.categories)


__all__ = ["GROUPS", "Quota", "Scope"]
