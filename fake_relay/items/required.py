"""Ids, times and names in the forms that Relay takes where it cannot do without them.

Rule: facts are read as far as they go; these say whether Relay could have used a value, for
the few fields without which it refuses an item (PROTOCOL.md 5, 8.1, 8.6 and 10).
May import: items.facts, protocol.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from operator import le
from typing import Any, Final

from fake_relay.items.facts import timestamp
from fake_relay.protocol.envelope import normalize_event_id

MAX_RELEASE: Final = 249
"""Characters of a release's name (PROTOCOL.md 10.5)."""

_usual_id: Final = re.compile(
    r"[0-9a-fA-F]{32}|[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"
).fullmatch
_zeros: Final = re.compile(r"0+").fullmatch
_time: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d").match
_bad_in_releases: Final = re.compile(r"[\n\r\t/\\\x00]").search
_NO_SPAN: Final = "0" * 16
_span_id: Final = re.compile(r"(?!0{16})[0-9a-fA-F]{16}").fullmatch
_RESTRICTED: Final = frozenset({".", "..", "latest"})


def moment(value: Any) -> float | None:
    """Seconds since 1970 of a time that Relay's parser takes; None for any other.

    Numbers, and RFC 3339 with or without a zone; not a space in place of the `T`, a date
    alone, a time without seconds, or a number in a string (PROTOCOL.md 8.1).
    """
    if isinstance(value, datetime):
        return _seconds(value)
    return timestamp(value) if has_form(value) else None


def has_form(value: Any) -> bool:
    """Whether a value is no text, or one that is written like a time."""
    return not isinstance(value, str) or _time(value) is not None


def is_time_text(value: Any) -> bool:
    """Whether a value is written like a time: a date, a `T`, hours, minutes and seconds."""
    return isinstance(value, str) and _time(value) is not None


def is_whole(value: Any) -> bool:
    """The same, much quicker, for what Python has read as a time already.

    What it takes beside that are dates by weeks or without dashes, and times without colons
    or seconds.
    """
    try:
        return bool(value[7] == "-" and value[10] == "T" and value[13] == value[16] == ":")
    except (IndexError, TypeError):
        return False


def _seconds(time: datetime) -> float | None:
    try:
        return (time if time.tzinfo else time.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError):
        return None


def are_ordered(starts: Sequence[Any], ends: Sequence[Any]) -> bool:
    """Whether no end is before its start; False when it is not seen at a glance.

    Takes numbers and `datetime`s. Spans come by the hundred, and an SDK writes all times in
    one form.
    """
    try:
        return all(map(le, starts, ends))
    except TypeError:
        # One is missing, or times with a zone and without do not compare.
        return False


def is_uuid(value: Any) -> bool:
    """Whether a value is a UUID in any spelling; nil is one."""
    if not isinstance(value, str):
        return False
    if _usual_id(value) is not None:
        return True
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
    return isinstance(value, str) and _span_id(value) is not None


def are_span_ids(values: Sequence[Any]) -> bool:
    """Whether all are 16 hex digits, not all of them zero."""
    count = len(values)
    try:
        joined = "\n".join(values)
        # It passes over blanks, and the line ends are the only ones if the lengths are right.
        digits = bytes.fromhex(joined)
    except (ValueError, TypeError):
        return False
    return (
        len(digits) == 8 * count
        and len(joined) == max(17 * count - 1, 0)
        and joined[16::17] == "\n" * (count - 1)
        and _NO_SPAN not in joined
    )


def is_release(value: Any) -> bool:
    """Whether a value can be a release's name (PROTOCOL.md 10.5)."""
    if not isinstance(value, str):
        return False
    # The same few come with every item; a long one is never kept.
    return _can_be_release(value) if len(value) <= 2 * MAX_RELEASE else _is_name(value)


def _is_name(value: str) -> bool:
    name = value.strip()
    return 0 < len(name) <= MAX_RELEASE and name not in _RESTRICTED and not _bad_in_releases(name)


_can_be_release = lru_cache(1024)(_is_name)
