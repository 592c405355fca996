"""What every store can hold: UTF-8 text, 64-bit integers, finite numbers, 16-byte ids.

JSON can say more than that (lone surrogates, integers of any size, 1e999), and an SDK may
send it. Rule: what does not fit is brought to the nearest thing that does, never refused.
May import: nothing of fake_relay.
"""

from __future__ import annotations

import math

MAX_INTEGER = 2**63 - 1


def text(value: str) -> str:
    """The text with each lone surrogate as U+FFFD, so that UTF-8 can hold it."""
    if value.isascii():
        return value
    try:
        value.encode()
    except UnicodeEncodeError:
        return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return value


def integer(value: int) -> int:
    """The integer, cut to what 64 bits hold."""
    if -MAX_INTEGER <= value <= MAX_INTEGER:
        return value
    return MAX_INTEGER if value > 0 else -MAX_INTEGER


def number(value: float | None) -> float | None:
    """The number as a float, or None for one that is not finite."""
    if value is None:
        return None
    try:
        found = float(value)
    except OverflowError:
        return None
    return found if math.isfinite(found) else None


def micros(seconds: float) -> int:
    """Seconds since 1970 as whole microseconds; 0 for what is not finite."""
    try:
        return integer(round(seconds * 1_000_000))
    except (ValueError, OverflowError):
        return 0


def moment(seconds: float | None) -> int | None:
    """Optional seconds since 1970 as whole microseconds; None for what is not finite."""
    finite = number(seconds)
    return None if finite is None else micros(finite)


def hex_id(value: str) -> str:
    """An event's or trace's id as 32 lower-case hex digits; empty for anything else."""
    blob = id_bytes(value)
    return "" if blob is None else blob.hex()


def id_bytes(value: str | None) -> bytes | None:
    """An event's or trace's id as 16 bytes, from hex digits with or without dashes."""
    if not value or len(value) > 36:
        return None
    try:
        blob = bytes.fromhex(value.replace("-", ""))
    except ValueError:
        return None
    return blob if len(blob) == 16 else None
