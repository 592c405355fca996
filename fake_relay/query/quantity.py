"""Numbers, sizes, durations and times, as people write them in a search.

Rule: a reader gives a float, or None for what it cannot read; the parser knows the column
and says so. Time comes in: nothing here asks a clock.
May import: nothing.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

MILLISECONDS = {"ms": 1.0, "s": 1e3, "m": 6e4, "min": 6e4, "h": 3.6e6, "d": 8.64e7, "w": 6.048e8}
MULTIPLES = {"k": 1e3, "m": 1e6, "b": 1e9}
BYTES = {"b": 1.0, "kb": 1e3, "mb": 1e6, "gb": 1e9, "kib": 2.0**10, "mib": 2.0**20, "gib": 2.0**30}

_NUMBER = re.compile(r"([-+]?[0-9]+(?:\.[0-9]+)?)([a-z]*)", re.ASCII | re.IGNORECASE)
_RELATIVE = re.compile(r"([-+])([0-9]+(?:\.[0-9]+)?)([a-z]+)", re.ASCII | re.IGNORECASE)
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_MINUTE = re.compile(r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(?:Z|[-+]\d{2}:?\d{2})?", re.ASCII)
_FRACTION = re.compile(r"\d[.,]\d", re.ASCII)


def number(text: str, units: Mapping[str, float]) -> float | None:
    """A number with an optional unit, such as `300ms` or `2kb`; None for anything else."""
    found = _NUMBER.fullmatch(text)
    if found is None:
        return None
    unit = found[2].lower()
    factor = units.get(unit) if unit else 1.0
    return None if factor is None else float(found[1]) * factor


@dataclass(frozen=True, slots=True)
class Moment:
    """A time in seconds since 1970, and how long what was written lasts (a day, a second)."""

    start: float
    length: float = 0.0


def relative(text: str) -> float | None:
    """Seconds from now of `-1h` (past) or `+1h`; None for anything else."""
    found = _RELATIVE.fullmatch(text)
    if found is None or (unit := MILLISECONDS.get(found[3].lower())) is None:
        return None
    seconds = float(found[2]) * unit / 1e3
    return -seconds if found[1] == "-" else seconds


def moment(text: str) -> Moment | None:
    """An ISO 8601 time, UTC when it names no zone, or seconds since 1970; None otherwise."""
    seconds = number(text, {})
    if seconds is not None:
        return Moment(seconds)
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    if found.tzinfo is None:
        found = found.replace(tzinfo=UTC)
    since = found - datetime(1970, 1, 1, tzinfo=UTC)
    return Moment(since / timedelta(seconds=1), _length(text))


def _length(text: str) -> float:
    if _DATE.fullmatch(text):
        return 86400.0
    if _MINUTE.fullmatch(text):
        return 60.0
    return 0.0 if _FRACTION.search(text) else 1.0
