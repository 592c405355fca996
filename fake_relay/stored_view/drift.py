"""Clocks that are wrong: timestamps move by the difference to the server (PROTOCOL.md 4.5).

Rule: only a difference of at least 55 minutes counts, and only the envelope's own `sent_at`
is believed.
May import: msgspec.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, Final

LEAST: Final = 55 * 60
"""Seconds below which a difference is the network's, not the clock's."""

_TIME: Final = re.compile(
    r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:?\d\d)?"
).fullmatch
_LATEST: Final = 253402300799.0


def drift_of(received_at: float, sent_at: float | None) -> float:
    """Seconds by which the sender's clock is behind the server's; 0 for too few to count."""
    if sent_at is None:
        return 0.0
    drift = received_at - sent_at
    return drift if abs(drift) >= LEAST else 0.0


def correct_event(event: dict[str, Any], drift: float, received_at: float) -> None:
    """Move an event's timestamps by `drift` seconds, and say so in its `_meta`."""
    before = _seconds(event.get("timestamp"))
    for holder, key in _event_times(event):
        shift(holder, key, drift)
    if before is None:
        return
    error = ["clock_drift", {"sdk_time": _text(before), "server_time": _text(received_at)}]
    own = _inner(_inner(_inner(event, "_meta"), "timestamp"), "")
    kept = own.get("err")
    own["err"] = [*(kept if isinstance(kept, list) else []), error]


def correct_records(records: list[Any], drift: float) -> None:
    """Move the timestamps of logs, metrics or spans by `drift` seconds."""
    for record in records:
        if isinstance(record, dict):
            for key in ("timestamp", "start_timestamp", "end_timestamp"):
                shift(record, key, drift)


def shift(holder: dict[str, Any], key: str, drift: float) -> None:
    """Move one timestamp, if it is one; it becomes a number of seconds since 1970."""
    seconds = _seconds(holder.get(key))
    if seconds is not None:
        holder[key] = seconds + drift


def _event_times(event: dict[str, Any]) -> Iterator[tuple[dict[str, Any], str]]:
    yield event, "timestamp"
    yield event, "start_timestamp"
    for crumb in _list(event.get("breadcrumbs")):
        yield crumb, "timestamp"
    for span in _list(event.get("spans")):
        yield span, "timestamp"
        yield span, "start_timestamp"


def _list(value: Any) -> list[dict[str, Any]]:
    if isinstance(value, dict):
        value = value.get("values")
    return [entry for entry in value if isinstance(entry, dict)] if isinstance(value, list) else []


def _seconds(value: Any) -> float | None:
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        return float(value) if abs(value) < _LATEST else None
    if not isinstance(value, str) or not _TIME(value):
        return None
    try:
        moment = datetime.fromisoformat(value)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    except ValueError:
        return None


def _text(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat()


def _inner(holder: dict[str, Any], key: str) -> dict[str, Any]:
    found = holder.get(key)
    if not isinstance(found, dict):
        found = holder[key] = {}
    return found
