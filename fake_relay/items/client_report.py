"""Client reports: what an SDK threw away itself, and why (PROTOCOL.md 7.6).

May import: items.facts, items.payload, protocol, msgspec.
"""

from __future__ import annotations

import msgspec

from fake_relay.items.facts import (
    MAX_TEXT,
    Facts,
    ItemType,
    Scalar,
    first_line,
    terms,
    text_of,
    timestamp,
)
from fake_relay.items.payload import Reader
from fake_relay.protocol.envelope import ItemHeader, UInt32

MAX_REASON = 200


class Discard(msgspec.Struct, frozen=True, gc=False):
    """So many units of a category that an SDK discarded for one reason."""

    reason: str
    category: str
    quantity: UInt32


class LooseDiscard(msgspec.Struct, frozen=True, gc=False):
    """An entry as far as it can be read."""

    reason: Scalar = None
    category: Scalar = None
    quantity: UInt32 = 0


class ClientReport(msgspec.Struct, frozen=True, gc=False):
    """The payload of a client report, as Relay takes it."""

    discarded_events: list[Discard]


class ReportFields(msgspec.Struct, frozen=True, gc=False):
    """What is indexed of a client report."""

    discarded_events: list[LooseDiscard] | None = None
    timestamp: Scalar = None


_decode = msgspec.json.Decoder(ClientReport).decode
_read = Reader(ReportFields)


def discards(payload: bytes) -> list[Discard]:
    """What the SDK reports; entries whose reason Relay would refuse are left out.

    Raises msgspec errors for a report that Relay would refuse as a whole.
    """
    return [entry for entry in _decode(payload).discarded_events if len(entry.reason) <= MAX_REASON]


def read(header: ItemHeader, payload: bytes) -> Facts:
    """The facts of a client report; `count` is the number of discarded units."""
    report, problem = _read(payload)
    entries = report.discarded_events or []
    lines = [f"{e.quantity} {text_of(e.category)} ({text_of(e.reason)})" for e in entries]
    return Facts(
        title=first_line(f"discarded {', '.join(lines) or 'nothing'}"),
        timestamp=timestamp(report.timestamp),
        count=sum(entry.quantity for entry in entries),
        terms=tuple(
            terms(
                pair
                for entry in entries
                for pair in (("reason", entry.reason), ("category", entry.category))
            )
        ),
        text="\n".join(lines)[:MAX_TEXT],
        problem=problem or _problem(payload),
    )


def _problem(payload: bytes) -> str:
    try:
        _decode(payload)
    except (msgspec.MsgspecError, ValueError) as error:
        return str(error)
    return ""


CLIENT_REPORT = ItemType("client_report", read, lambda *_: (), traced=False)
