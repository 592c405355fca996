"""Sessions and session aggregates: release health (PROTOCOL.md 10).

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
    milliseconds,
    one,
    terms,
    text_of,
    timestamp,
)
from fake_relay.items.payload import Reader
from fake_relay.protocol.category import Category
from fake_relay.protocol.envelope import ItemHeader, UInt32


class Attributes(msgspec.Struct, frozen=True, gc=False):
    """What all sessions of a payload share."""

    release: Scalar = None
    environment: Scalar = None


class SessionFields(msgspec.Struct, frozen=True, gc=False):
    """What is indexed of a single session."""

    sid: Scalar = None
    did: Scalar = None
    init: Scalar = None
    started: Scalar = None
    timestamp: Scalar = None
    duration: Scalar = None
    status: Scalar = None
    errors: Scalar = None
    attrs: Attributes | None = None


class Aggregate(msgspec.Struct, frozen=True, gc=False):
    """One minute's counts of sessions by status."""

    started: Scalar = None
    exited: UInt32 = 0
    errored: UInt32 = 0
    abnormal: UInt32 = 0
    crashed: UInt32 = 0
    unhandled: UInt32 = 0


class SessionsFields(msgspec.Struct, frozen=True, gc=False):
    """What is indexed of session aggregates."""

    aggregates: list[Aggregate] | None = None
    attrs: Attributes | None = None


NO_ATTRIBUTES = Attributes()
STATUSES = ("exited", "errored", "abnormal", "crashed", "unhandled")

_read_session = Reader(SessionFields)
_read_sessions = Reader(SessionsFields)


def read_session(header: ItemHeader, payload: bytes) -> Facts:
    """The facts of one session update."""
    session, problem = _read_session(payload)
    attributes = session.attrs or NO_ATTRIBUTES
    status = text_of(session.status) or "ok"
    release = text_of(attributes.release)
    started = " started" if session.init is True else ""
    moment = timestamp(session.timestamp)
    return Facts(
        title=first_line(f"session {status}{started} {release}".rstrip()),
        timestamp=timestamp(session.started) if moment is None else moment,
        duration=milliseconds(session.duration),
        terms=tuple(
            terms(
                (
                    ("status", status),
                    ("release", release),
                    ("environment", attributes.environment),
                    ("session.id", session.sid),
                    ("user.id", session.did),
                    ("init", session.init),
                    ("errors", session.errors),
                )
            )
        ),
        text=release[:MAX_TEXT],
        problem=problem,
    )


def read_sessions(header: ItemHeader, payload: bytes) -> Facts:
    """The facts of aggregated sessions; `count` is the number of sessions."""
    sessions, problem = _read_sessions(payload)
    buckets = sessions.aggregates or []
    attributes = sessions.attrs or NO_ATTRIBUTES
    counts = {status: sum(getattr(bucket, status) for bucket in buckets) for status in STATUSES}
    seen = [f"{amount} {status}" for status, amount in counts.items() if amount]
    release = text_of(attributes.release)
    return Facts(
        title=first_line(f"sessions {', '.join(seen) or 'none'} {release}".rstrip()),
        timestamp=max(
            (moment for b in buckets if (moment := timestamp(b.started)) is not None), default=None
        ),
        count=sum(counts.values()),
        terms=tuple(
            terms(
                (
                    ("release", release),
                    ("environment", attributes.environment),
                    *(("status", status) for status, amount in counts.items() if amount),
                )
            )
        ),
        text=release[:MAX_TEXT],
        problem=problem,
    )


SESSION = ItemType("session", read_session, one(Category.SESSION), traced=False)
SESSIONS = ItemType("sessions", read_sessions, one(Category.SESSION), traced=False)
