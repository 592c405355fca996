"""What a crash counts: one error, whichever of its items carries it (PROTOCOL.md 5.1).

May import: items.facts, protocol, msgspec.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import msgspec

ARCHIVE: Final = "unreal_report"
EVENTS: Final = frozenset({"event", "transaction", "feedback", "security", "raw_security"})


class Origin(msgspec.Struct, frozen=True):
    """What an item's header says of its origin; None for an item that was sent."""

    derived_from: str | None = None


_decode = msgspec.json.Decoder(Origin).decode


def is_derived(header: bytes | msgspec.Raw) -> bool:
    """Whether an item was made behind the answer, by its header."""
    try:
        return _decode(header).derived_from is not None
    except (msgspec.MsgspecError, ValueError):
        return False


def uncounted(items: Sequence[tuple[str, bool]]) -> frozenset[int]:
    """The places of the items in an envelope that count nothing, given types and `is_derived`.

    An archive counts before it is opened, so the event that is derived from it does not; where
    an event was sent beside it, that one counts and the archive does not.
    """
    archives = [place for place, (kind, _) in enumerate(items) if kind == ARCHIVE]
    if not archives:
        return frozenset()
    if any(kind in EVENTS and not derived for kind, derived in items):
        return frozenset(archives)
    events = (place for place, (kind, derived) in enumerate(items) if kind == "event" and derived)
    return frozenset((*events, *archives[1:]))
