"""Ids, times and names in the forms that Relay takes where it cannot do without them.

Rule: facts are read as far as they go; these say whether Relay could have used a value, for
the few fields without which it refuses an item (PROTOCOL.md 5, 8.1, 8.6 and 10).
May import: items.facts, protocol.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from operator import le
from typing import Any, Final

from fake_relay.items.facts import timestamp
from fake_relay.protocol.envelope import normalize_event_id

MAX_RELEASE: Final = 249
"""Characters of a release's name (PROTOCOL.md 10.5)."""

_zeros: Final = re.compile(r"0+").fullmatch
_time: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d").match
_bad_in_releases: Final = re.compile(r"[\n\r\t/\\\x00]").search
_NO_SPAN: Final = "0" * 16
_RESTRICTED: Final = frozenset({".", "..", "latest"})


def moment(value: Any) -> float | None:
    """Seconds since 1970 of a time that Relay's parser takes; None for any other.

    Numbers, and RFC 3339 with or without a zone; not a space in place of the `T`, a date
    alone, a time without seconds, or a number in a string (PROTOCOL.md 8.1).
    """
    if isinstance(value, datetime):
        return _seconds(value)
    if isinstance(value, str) and not _time(value):
        return None
    return timestamp(value)


def _seconds(time: datetime) -> float | None:
    try:
        return (time if time.tzinfo else time.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError):
        return None


def are_ordered(starts: Sequence[Any], ends: Sequence[Any]) -> bool:
    """Whether all are times, no end before its start; False when it is not seen at a glance.

    Spans come by the hundred, and an SDK writes all times in one form.
    """
    kinds = {*map(type, starts), *map(type, ends)}
    if kinds != {float} and kinds != {datetime}:
        return False
    try:
        return all(map(le, starts, ends))
    except TypeError:
        # Times with a zone and without do not compare.
        return False


def is_uuid(value: Any) -> bool:
    """Whether a value is a UUID in any spelling; nil is one."""
    if not isinstance(value, str):
        return False
    try:
        normalize_event_id(value)
    except ValueError:
        return False
    return True


def is_nil(value: Any) -> bool:
    """Whether a value is no UUID, or the one of nothing but zeros."""
    return not is_uuid(value) or bool(_zeros(normalize_event_id(value)))


def are_texts(values: Sequence[Any]) -> bool:
    """Whether all are texts."""
    return set(map(type, values)) <= {str}


def are_trace_ids(values: Iterable[Any]) -> bool:
    """Whether all are trace ids; one of zeros is, for Relay replaces it."""
    return all(map(is_uuid, set(values)))


def is_span_id(value: Any) -> bool:
    """Whether a value is 16 hex digits, not all of them zero."""
    return are_span_ids((value,))


def are_span_ids(values: Sequence[Any]) -> bool:
    """Whether all are 16 hex digits, not all of them zero."""
    if set(map(type, values)) != {str} or set(map(len, values)) != {16}:
        return not values
    try:
        digits = bytes.fromhex("".join(values))
    except ValueError:
        return False
    # It passes over blanks, which leave too few bytes.
    return len(digits) == 8 * len(values) and _NO_SPAN not in values


def is_release(value: Any) -> bool:
    """Whether a value can be a release's name (PROTOCOL.md 10.5)."""
    if not isinstance(value, str):
        return False
    name = value.strip()
    return 0 < len(name) <= MAX_RELEASE and name not in _RESTRICTED and not _bad_in_releases(name)
