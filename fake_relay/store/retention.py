"""How long and how much a store keeps.

May import: nothing of fake_relay.
"""

from __future__ import annotations

from dataclasses import dataclass

GIB = 1024**3
DAY = 86_400.0

STEP = 100
"""Envelopes that one call of `Store.retain` removes at most."""


@dataclass(frozen=True, slots=True)
class Retention:
    """The bounds of a store; the oldest envelopes go first, whatever bound is passed.

    `max_age` is in seconds, `max_bytes` counts what the store occupies. None is unbounded.
    """

    max_age: float | None = 90 * DAY
    max_items: int | None = None
    max_bytes: int | None = 2 * GIB
