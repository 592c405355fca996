"""How long and how much a store keeps.

May import: config.
"""

from __future__ import annotations

from dataclasses import dataclass

from fake_relay.config import setting

MIB = 1024**2
GIB = 1024**3
DAY = 86_400.0

STEP = 100
"""Envelopes that one call of `Store.retain` removes at most."""

KEYS = 100
"""Public keys of a project that are listed; an envelope has its own, however many there are."""


@dataclass(frozen=True, slots=True)
class Retention:
    """The bounds of a store; the oldest envelopes go first, whatever bound is passed.

    None is unbounded.
    """

    max_age: float | None = setting(90 * DAY, "seconds that an envelope is kept")
    max_items: int | None = setting(None, "items that are kept")
    max_bytes: int | None = setting(2 * GIB, "bytes that the store may occupy")
    max_refused: int | None = setting(
        10_000, "refused requests that are kept: the newest; those cleared since count as well"
    )
    max_refused_bytes: int | None = setting(
        64 * MIB, "bytes that refused requests may occupy, at most a quarter of `max_bytes`"
    )

    max_projects: int | None = setting(
        10_000,
        "projects that are kept: beyond that, the oldest that hold nothing are forgotten, with"
        " their ledger",
    )
    max_fields: int | None = setting(
        50_000, "names of fields that are kept: beyond that, those that no kept item has go"
    )

    @property
    def refused_bytes(self) -> int | None:
        """The bytes that refused requests may occupy; they never crowd out what was accepted."""
        bounds = (self.max_refused_bytes, None if self.max_bytes is None else self.max_bytes // 4)
        return min((bound for bound in bounds if bound is not None), default=None)
