"""JSON answers: how records, times and problems look on our own API.

Rule: answers are never sniffed for another type and never kept by a cache.
May import: records, msgspec.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
from aiohttp import web

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_encode = msgspec.json.Encoder().encode

HEADERS: Mapping[str, str] = {
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
}


class Problem(msgspec.Struct, frozen=True, omit_defaults=True):
    """What went wrong: what, where, what to do; `column` points into a search text."""

    detail: str
    column: int | None = None


def answer(value: Any, status: int = 200) -> web.Response:
    """A value as JSON."""
    return web.Response(
        body=_encode(value), status=status, headers=HEADERS, content_type="application/json"
    )


def problem(status: int, detail: str, column: int | None = None) -> web.Response:
    """A refusal or failure, in words."""
    return answer(Problem(detail, column), status)


def rfc3339(seconds: float | None) -> str | None:
    """Seconds since 1970 as UTC with microseconds; None for none, or outside of years 1 to 9999."""
    if seconds is None:
        return None
    try:
        moment = _EPOCH + timedelta(microseconds=round(seconds * 1_000_000))
    except (OverflowError, ValueError):
        return None
    # strftime takes five times as long, and a page has a hundred times.
    return moment.isoformat(timespec="microseconds").removesuffix("+00:00") + "Z"


def json_or_none(data: bytes | None) -> msgspec.Raw | None:
    """The bytes as a JSON value, exactly as they were sent; None if they are not JSON."""
    if not data:
        return None
    try:
        msgspec.json.decode(data)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None
    return msgspec.Raw(data.strip(b" \t\r\n"))
