"""Quotas: so many units of some data categories in a window (PROTOCOL.md 7.3).

May import: config.setting.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from fake_relay.config.setting import setting

Scope = Literal["organization", "project", "key"]


@dataclass(frozen=True, slots=True)
class Quota:
    """One quota; without `limit` it only counts, with 0 it refuses everything."""

    id: str | None = setting(None, "name of the counter; may be left out where the limit is 0")
    categories: tuple[str, ...] = setting((), "data categories that count; none means all")
    scope: Scope = setting("organization", "what shares a counter: organization, project or key")
    limit: int | None = setting(None, "units per window; 0 refuses everything")
    window: int | None = setting(None, "seconds of a window")
    reason_code: str = setting("", "reason in the outcome and in the header of rate limits")
