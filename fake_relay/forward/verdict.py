"""What an upstream's answer means for what was sent.

Rule: whatever may succeed later is tried again; what cannot is a dead letter at once; nothing is
both. Limits are taken from any answer.
May import: protocol, msgspec.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC
from email.utils import parsedate_to_datetime
from typing import Any, Final, Literal

import msgspec

from fake_relay.protocol.rate_limits import HEADER, RateLimit, parse_limits

Kind = Literal["delivered", "limited", "again", "too_large", "dead"]

BARE_LIMIT: Final = 60
"""Seconds of a 429 that names none, as SDKs have it (PROTOCOL.md 7.4)."""
LOOP: Final = 508
_AGAIN: Final = frozenset({407, 408, 425})
"""Statuses below 500 that say nothing about what was sent."""
MAX_DETAIL: Final = 300


class Answer(msgspec.Struct, frozen=True):
    """An upstream's answer: lower-case header names, and the beginning of its body."""

    status: int
    headers: Mapping[str, str] = {}
    body: bytes = b""


class Verdict(msgspec.Struct, frozen=True):
    """What to do: `limits` were told, `wait` is how many seconds the upstream asks for."""

    kind: Kind
    reason: str = ""
    detail: str = ""
    limits: tuple[RateLimit, ...] = ()
    wait: float = 0.0


def judge(answer: Answer, now: float) -> Verdict:
    """What an answer means; `now` is in seconds since 1970."""
    limits = tuple(parse_limits(answer.headers.get(HEADER.lower(), "")))
    status, detail = answer.status, detail_of(answer)
    if 200 <= status < 300:
        return Verdict("delivered", limits=limits)
    wait = retry_after(answer.headers.get("retry-after", ""), now)
    if status == 429:
        bare = RateLimit(int(wait) or BARE_LIMIT, scope="key")
        return Verdict("limited", "rate_limited", detail, limits or (bare,))
    reason = f"status {status}"
    if status == 413:
        return Verdict("too_large", reason, detail, limits)
    if status == LOOP:
        return Verdict("dead", "loop", detail, limits)
    if status < 400 or status >= 500 or status in _AGAIN:
        return Verdict("again", reason, detail, limits, wait)
    return Verdict("dead", reason, detail, limits)


def detail_of(answer: Answer) -> str:
    """Why, in the upstream's words, as far as they are words."""
    told = answer.headers.get("x-sentry-error", "")
    if not told:
        try:
            body: Any = msgspec.json.decode(answer.body)
        except (msgspec.MsgspecError, ValueError, RecursionError):
            body = None
        found = body.get("detail") or body.get("error") if isinstance(body, dict) else None
        told = found if isinstance(found, str) else ""
    return told[:MAX_DETAIL]


def retry_after(text: str, now: float) -> float:
    """Seconds of a `Retry-After`, which may be a date; 0 for none."""
    text = text.strip()
    if text.isascii() and text.isdigit() and len(text) < 12:
        return float(text)
    try:
        moment = parsedate_to_datetime(text)
        return max(0.0, (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp() - now)
    except (ValueError, OverflowError):
        return 0.0
