"""What is remembered of an upstream over a restart, and what is told of it.

May import: forward.limits, forward.breaker, store, msgspec.
"""

from __future__ import annotations

import msgspec

from fake_relay.forward.limits import Held


class Memory(msgspec.Struct, kw_only=True):
    """What outlives the process, beside what the spool counts; times are since 1970."""

    paused: bool = False
    limits: list[Held] = []
    coding: str | None = None
    last_sent_at: float | None = None
    last_error: str = ""
    last_error_at: float | None = None


class LimitStatus(msgspec.Struct, frozen=True):
    """A limit that the upstream has told; no categories mean all, `target` a DSN's project."""

    categories: tuple[str, ...]
    target: str
    until: str | None


class UpstreamStatus(msgspec.Struct, frozen=True, kw_only=True):
    """An upstream, what waits for it and how it goes; counts are of envelopes, times RFC 3339.

    Of what was `selected`, each is queued, sent, evicted, a duplicate, dead, or a dead letter
    that was dropped, also after a kill; an envelope that goes in parts counts as so many.
    `breaker` is `closed`, `open` or `half_open`; `retry_at` tells when the next try is due.
    `configured` ones come back with a restart as the configuration says.
    """

    name: str
    dsn: str
    enabled: bool
    paused: bool
    configured: bool
    scrubbed: bool
    queued: int
    queued_bytes: int
    oldest: str | None
    in_flight: int
    selected: int
    sent: int
    retried: int
    evicted: int
    duplicates: int
    dead: int
    dropped: int
    limited: tuple[LimitStatus, ...]
    breaker: str
    failures: int
    retry_at: str | None
    coding: str | None
    last_sent_at: str | None
    last_error: str
    last_error_at: str | None


def read_memory(data: bytes) -> Memory:
    """What was remembered; a fresh one where it cannot be read."""
    try:
        return msgspec.json.decode(data, type=Memory)
    except (msgspec.MsgspecError, ValueError):
        return Memory()
