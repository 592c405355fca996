"""The event and breadcrumbs that native SDKs leave beside a dump, as msgpack (PROTOCOL.md 2.6).

Rule: what comes out can be written as JSON; nesting and size are bounded as in Relay.
May import: nothing of fake_relay.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from itertools import count
from typing import Any, Final

import msgpack

MAX_DEPTH: Final = 128
MAX_CONTAINERS: Final = 50_000
"""Maps, and as many lists. An empty one has one byte and sixty in memory, and a real event of a
megabyte, the most that is opened, has some thousands."""


class BrokenMsgpack(Exception):
    """The bytes are not the maps that they should be."""


def event_of(data: bytes) -> dict[str, Any]:
    """The one map in a `__sentry-event` file; raises `BrokenMsgpack`."""
    found = _maps(data, 1)
    if not found:
        raise BrokenMsgpack("there is no event in it")
    return found[0]


def breadcrumbs_of(data: bytes) -> list[dict[str, Any]]:
    """The maps that stand one behind the other in a breadcrumb file; raises `BrokenMsgpack`."""
    return _maps(data, None)


def merged(first: list[dict[str, Any]], second: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Both files' breadcrumbs, the file with the earlier end first, cut to the longer's length.

    The SDK writes to one file until it is full and then to the other, so the newest stay.
    """
    if _last_time(first) > _last_time(second):
        first, second = second, first
    most = max(len(first), len(second))
    return (first + second)[len(first) + len(second) - most :]


def _last_time(breadcrumbs: list[dict[str, Any]]) -> tuple[int, float, str]:
    """A key to compare; no time sorts before any, a number and text each among their own."""
    time = breadcrumbs[-1].get("timestamp") if breadcrumbs else None
    if isinstance(time, str):
        return 2, 0.0, time
    if isinstance(time, int | float) and not isinstance(time, bool) and math.isfinite(time):
        return 1, float(time), ""
    return 0, 0.0, ""


def _maps(data: bytes, most: int | None) -> list[dict[str, Any]]:
    unpacker = msgpack.Unpacker(
        raw=False,
        strict_map_key=False,
        unicode_errors="replace",
        max_buffer_size=len(data) + 1,
        object_hook=counted(),
        list_hook=counted(),
    )
    unpacker.feed(data)
    found: list[dict[str, Any]] = []
    try:
        while unpacker.tell() < len(data) and (most is None or len(found) < most):
            value = _plain(unpacker.unpack(), MAX_DEPTH)
            if not isinstance(value, dict):
                raise BrokenMsgpack(f"expected a map, got {type(value).__name__}")
            found.append(value)
    except (ValueError, TypeError, OverflowError, msgpack.UnpackException) as error:
        raise BrokenMsgpack(str(error) or type(error).__name__) from error
    return found


def counted() -> Callable[[Any], Any]:
    """A hook that passes values on; raises ValueError when they are too many."""
    numbers = count(1)

    def check(value: Any) -> Any:
        if next(numbers) > MAX_CONTAINERS:
            raise ValueError(f"there are more than {MAX_CONTAINERS} maps or lists in it")
        return value

    return check


def _plain(value: Any, depth: int) -> Any:
    """The value with text for bytes, extensions and keys, as JSON can hold it."""
    if depth < 0:
        raise BrokenMsgpack(f"it is nested deeper than {MAX_DEPTH} levels")
    if isinstance(value, dict):
        return {_text(key): _plain(part, depth - 1) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(part, depth - 1) for part in value]
    if isinstance(value, msgpack.Timestamp):
        return value.to_unix()
    if value is None or isinstance(value, bool | int | float):
        return value
    return _text(value)


def _text(value: Any) -> str:
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    return value if isinstance(value, str) else str(value)
