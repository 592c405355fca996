"""An envelope's times against the relay's: clock drift, and what is too old or too new.

May import: records, config, protocol.
"""

from __future__ import annotations

from typing import Final

from fake_relay.pipeline.stage import Context
from fake_relay.protocol.outcome import Fate, Outcome

MIN_DRIFT: Final = 55 * 60
"""Seconds; Relay takes less for network delay (PROTOCOL.md 4.5)."""
TIMESTAMP: Final = Outcome(Fate.INVALID, "timestamp")


def drift(context: Context) -> float:
    """The seconds that are added to every time of an envelope (PROTOCOL.md 4.5)."""
    if context.envelope is None or context.envelope.header.sent_at is None:
        return 0.0
    found = context.received_at - context.envelope.header.sent_at.timestamp()
    return found if abs(found) >= MIN_DRIFT else 0.0


def is_too_old(moment: float | None, context: Context, max_age: int) -> bool:
    """Whether a time, corrected by the drift, is older than so many seconds."""
    return moment is not None and moment + drift(context) < context.received_at - max_age


def is_outside(
    context: Context, max_age: int, earliest: float | None, latest: float | None
) -> bool:
    """Whether the first of two times is too old, or the second too new."""
    shift, now = drift(context), context.received_at
    return (earliest is not None and earliest + shift < now - max_age) or (
        latest is not None and latest + shift > now + context.config.limits.max_secs_in_future
    )
