"""How long and how much a store keeps.

May import: config.
"""

from __future__ import annotations

from dataclasses import dataclass

from fake_relay.config import setting

GIB = 1024**3
DAY = 86_400.0

STEP = 100
"""Envelopes that one call of `Store.retain` removes at most."""


@dataclass(frozen=True, slots=True)
class Retention:
    """The bounds of a store; the oldest envelopes go first, whatever bound is passed.

    None is unbounded.
    """

    max_age: float | None = setting(90 * DAY, "seconds that an envelope is kept")
    max_items: int | None = setting(None, "items that are kept")
    max_bytes: int | None = setting(2 * GIB, "bytes that the store may occupy")
