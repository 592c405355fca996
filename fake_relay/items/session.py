"""Sessions and session aggregates: release health (PROTOCOL.md 10).

May import: items.facts, protocol, msgspec.
"""

from __future__ import annotations

from typing import Any

import msgspec

from fake_relay.items.facts import Facts, ItemType, one, terms, text_of, timestamp
from fake_relay.protocol.category import Category
from fake_relay.protocol.envelope import ItemHeader


class Attributes(msgspec.Struct, frozen=True):
    """What all sessions of a payload share."""

    release: Any = None
    environment: Any = None
    ip_address: Any = None


class SessionFields(msgspec.Struct, frozen=True):
    """What is indexed of a single session."""

    sid: Any = None
    did: Any = None
    init: Any = None
    started: Any = None
    timestamp: Any = None
    duration: Any = None
    status: Any = None
    errors: Any = None
    attrs: Attributes = Attributes()


class Aggregate(msgspec.Struct, frozen=True):
    """One minute's counts of sessions by status."""

    started: Any = None
    exited: int = 0
    errored: int = 0
    abnormal: int = 0
    crashed: int = 0
    unhandled: int = 0


class SessionsFields(msgspec.Struct, frozen=True):
    """What is indexed of session aggregates."""

    aggregates: list[Aggregate] = []
    attrs: Attributes = Attributes()


_decode_session = msgspec.json.Decoder(SessionFields).decode
_decode_sessions = msgspec.json.Decoder(SessionsFields).decode

STATUSES = ("exited", "errored", "abnormal", "crashed", "unhandled")


def read_session(header: ItemHeader, payload: bytes) -> Facts:
    """The facts of one session update."""
    session = _decode_session(payload)
    status = text_of(session.status) or "ok"
    release = text_of(session.attrs.release)
    started = " started" if session.init is True else ""
    duration = session.duration
    return Facts(
        title=f"session {status}{started} {release}".rstrip(),
        timestamp=timestamp(session.timestamp) or timestamp(session.started),
        duration=duration * 1000 if isinstance(duration, int | float) else None,
        terms=tuple(
            terms(
                (
                    ("status", status),
                    ("release", release),
                    ("environment", session.attrs.environment),
                    ("session.id", session.sid),
                    ("user.id", session.did),
                    ("init", session.init),
                    ("errors", session.errors),
                )
            )
        ),
        text=release,
    )


def read_sessions(header: ItemHeader, payload: bytes) -> Facts:
    """The facts of aggregated sessions; `count` is the number of sessions."""
    sessions = _decode_sessions(payload)
    counts = {
        status: sum(getattr(bucket, status) for bucket in sessions.aggregates)
        for status in STATUSES
    }
    seen = [f"{amount} {status}" for status, amount in counts.items() if amount]
    release = text_of(sessions.attrs.release)
    return Facts(
        title=f"sessions {', '.join(seen) or 'none'} {release}".rstrip(),
        timestamp=max(
            (moment for b in sessions.aggregates if (moment := timestamp(b.started))), default=None
        ),
        count=sum(counts.values()),
        terms=tuple(
            terms(
                (
                    ("release", release),
                    ("environment", sessions.attrs.environment),
                    *(("status", status) for status, amount in counts.items() if amount),
                )
            )
        ),
        text=release,
    )


SESSION = ItemType("session", read_session, one(Category.SESSION))
SESSIONS = ItemType("sessions", read_sessions, one(Category.SESSION))
