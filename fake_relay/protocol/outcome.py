"""The fate of what arrived: every unit of every category has exactly one outcome.

An item that is not accepted is still a returned value with a reason, never a silent drop
(PROTOCOL.md 7.5).
May import: protocol.category.
"""

from __future__ import annotations

from enum import Enum

import msgspec

from fake_relay.protocol.category import Category


class Fate(str, Enum):
    """What can become of a unit, in Relay's words."""

    ACCEPTED = "accepted"
    FILTERED = "filtered"
    RATE_LIMITED = "rate_limited"
    INVALID = "invalid"
    ABUSE = "abuse"
    CLIENT_DISCARD = "client_discard"

    # Enum's own would ask for the name in Python; fates are keys of every ledger.
    __hash__ = str.__hash__

    def __str__(self) -> str:
        return self.value


class Outcome(msgspec.Struct, frozen=True, gc=False):
    """A fate and its reason; accepted items need none."""

    fate: Fate
    reason: str = ""

    def __str__(self) -> str:
        return f"{self.fate}({self.reason})" if self.reason else str(self.fate)


ACCEPTED = Outcome(Fate.ACCEPTED)


class Quantity(msgspec.Struct, frozen=True, gc=False):
    """So many units of one category: events, bytes or milliseconds, as the category counts."""

    category: Category
    amount: int
