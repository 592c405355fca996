"""Sessions and session aggregates: release health (PROTOCOL.md 10).

May import: items.facts, items.payload, items.required, protocol, msgspec.
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
from fake_relay.items.required import is_release, is_time_text, is_uuid, is_whole, moment
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
_read_sessions = Reader(SessionsFields, records=True)


def read_session(header: ItemHeader, payload: bytes) -> Facts:
    """The facts of one session update."""
    session, problem = _read_session(payload)
    attributes = session.attrs or NO_ATTRIBUTES
    status = text_of(session.status) or "ok"
    release = text_of(attributes.release)
    started = " started" if session.init is True else ""
    begin, now = timestamp(session.started), timestamp(session.timestamp)
    problem = problem or _flaw_of(session, begin, now)
    return Facts(
        title=first_line(f"session {status}{started} {release}".rstrip()),
        timestamp=begin if now is None else now,
        earliest=begin,
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
    problem = problem or _flaw_of_aggregates(sessions)
    buckets = sessions.aggregates or []
    starts = [start for b in buckets if (start := timestamp(b.started)) is not None]
    attributes = sessions.attrs or NO_ATTRIBUTES
    counts = {status: sum(getattr(bucket, status) for bucket in buckets) for status in STATUSES}
    seen = [f"{amount} {status}" for status, amount in counts.items() if amount]
    release = text_of(attributes.release)
    return Facts(
        title=first_line(f"sessions {', '.join(seen) or 'none'} {release}".rstrip()),
        timestamp=max(starts, default=None),
        earliest=min(starts, default=None),
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


def read_fields(kind: str, payload: bytes) -> SessionFields | SessionsFields:
    """The indexed fields of a `session` or of `sessions`; raises `msgspec.DecodeError`."""
    return _read_session(payload)[0] if kind == "session" else _read_sessions(payload)[0]


def _flaw_of(session: SessionFields, begin: float | None, now: float | None) -> str:
    """Why Relay could not take a session update (PROTOCOL.md 10.1); empty if it could."""
    if session.sid is not None and not is_uuid(session.sid):
        return f"sid {session.sid!r:.80} is no UUID"
    if begin is None or not is_whole(session.started):
        return f"started {session.started!r:.80} is no RFC 3339 time"
    if session.timestamp is not None and (now is None or not is_whole(session.timestamp)):
        return f"timestamp {session.timestamp!r:.80} is no RFC 3339 time"
    if session.errors is not None and not _is_count(session.errors):
        return f"errors {session.errors!r:.80} is no count"
    return _flaw_of_release(session.attrs)


def _flaw_of_aggregates(sessions: SessionsFields) -> str:
    for bucket in sessions.aggregates or ():
        if not is_time_text(bucket.started) or moment(bucket.started) is None:
            return f"an aggregate's started {bucket.started!r:.80} is no RFC 3339 time"
    return _flaw_of_release(sessions.attrs)


def _flaw_of_release(attributes: Attributes | None) -> str:
    release = (attributes or NO_ATTRIBUTES).release
    return "" if is_release(release) else f"attrs.release {release!r:.80} is no release"


def _is_count(value: Scalar) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**64


SESSION = ItemType("session", read_session, one(Category.SESSION), traced=False)
SESSIONS = ItemType("sessions", read_sessions, one(Category.SESSION), traced=False)
