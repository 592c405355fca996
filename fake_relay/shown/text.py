"""Loose JSON -> text that terminals and pages show and never obey.

Invariant: whatever an SDK sent, no control character, bidirectional override or lone
surrogate leaves this file, and no shape of JSON raises.
May import: items.facts.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from fake_relay.items.facts import text_of, timestamp

# C0 and C1 controls (ESC, CSI and OSC among them), DEL, line separators, the characters that
# turn the reading direction round, and surrogates, which no terminal encoding can hold.
_UNSAFE = re.compile(
    "[\x00-\x1f\x7f-\x9f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]"
)
_UNSAFE_BUT_NEWLINE = re.compile(_UNSAFE.pattern.replace("\x00-\x1f", "\x00-\x09\x0b-\x1f"))


def _visible(match: re.Match[str]) -> str:
    code = ord(match.group())
    if code == 9:
        return "    "
    if code < 32:
        return chr(0x2400 + code)
    if code == 127:
        return "\u2421"
    return f"\\x{code:02x}" if code < 256 else f"\\u{code:04x}"


def safe(text: str) -> str:
    """The text on one line, with what a terminal would obey made visible."""
    return _UNSAFE.sub(_visible, text)


def safe_lines(text: str) -> list[str]:
    """The text's lines, each made safe; CRLF and LF end a line."""
    return [
        _UNSAFE_BUT_NEWLINE.sub(_visible, line) for line in text.replace("\r\n", "\n").split("\n")
    ]


def safe_block(text: str) -> str:
    """The text with its line breaks, each of its lines made safe."""
    return "\n".join(safe_lines(text))


def cut(text: str, width: int) -> str:
    """At most `width` characters, the last one an ellipsis if something is missing."""
    return text if len(text) <= width else text[: max(width - 1, 0)] + "…"


def word(value: Any) -> str:
    """A JSON scalar as safe text; empty for null and containers."""
    try:
        return safe(text_of(value))
    except ValueError:  # a number of more digits than Python prints
        return "<huge number>"


def inline(value: Any, width: int = 200) -> str:
    """Any JSON value on one line: strings as they are, the rest as JSON."""
    if isinstance(value, str):
        # Safe text is never shorter, so nothing behind the cut needs to be looked at.
        return cut(safe(value[: width + 1]), width)
    try:
        return cut(safe(json.dumps(value, ensure_ascii=False)), width)
    except (ValueError, TypeError, RecursionError):
        return f"<{type(value).__name__} that cannot be shown>"


def mapping(value: Any) -> Mapping[str, Any]:
    """The value if it is an object, an empty one otherwise."""
    return value if isinstance(value, Mapping) else {}


def sequence(value: Any) -> Sequence[Any]:
    """The value if it is an array, an empty one otherwise."""
    return value if isinstance(value, list) else ()


def pairs(entries: Any) -> list[tuple[str, Any]]:
    """Names and values of an object, or of the list of pairs that some SDKs send."""
    if isinstance(entries, Mapping):
        return list(entries.items())
    rows = sequence(entries)
    if rows and all(isinstance(row, list) and len(row) == 2 for row in rows):
        return [(word(row[0]), row[1]) for row in rows]
    return [("", entries)]


def values_of(value: Any) -> Sequence[Any]:
    """The entries of a list, or of the `{"values": [...]}` that SDKs wrap around one."""
    return sequence(value) or sequence(mapping(value).get("values"))


def seconds(value: Any) -> float | None:
    """Seconds since 1970 of a number or an RFC 3339 string; None for anything else."""
    try:
        found = timestamp(value)
    except (OverflowError, ValueError):
        return None
    return found if found is not None and math.isfinite(found) else None


def number(value: Any) -> float | None:
    """A finite number, or None."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        found = float(value)
    except OverflowError:
        return None
    return found if math.isfinite(found) else None


def clock(moment: float | None, pattern: str = "%H:%M:%S") -> str:
    """A moment in local time; empty for none, and for one that no calendar has."""
    if moment is None:
        return ""
    try:
        return datetime.fromtimestamp(moment).astimezone().strftime(pattern)
    except (OverflowError, ValueError, OSError):
        return "?"


def moment_text(moment: float | None) -> str:
    """A moment with its date, milliseconds and offset, in local time."""
    if moment is None:
        return ""
    try:
        local = datetime.fromtimestamp(moment).astimezone()
    except (OverflowError, ValueError, OSError):
        return "?"
    return f"{local:%Y-%m-%d %H:%M:%S}.{local.microsecond // 1000:03d} {local:%z}"


def milliseconds(value: float | None) -> str:
    """Milliseconds as people write them: `850 µs`, `12.3 ms`, `1.25 s`, `3 min 20 s`."""
    if value is None or not math.isfinite(value):
        return ""
    size = abs(value)
    if size < 1:
        return f"{value * 1000:.0f} µs"
    if size < 1000:
        return f"{value:.1f} ms" if size < 100 else f"{value:.0f} ms"
    if size < 60_000:
        return f"{value / 1000:.2f} s"
    minutes, rest = divmod(round(value / 1000), 60)
    return (
        f"{minutes} min {rest} s" if abs(minutes) < 60 else f"{minutes // 60} h {minutes % 60} min"
    )


def byte_size(size: int) -> str:
    """A number of bytes as people write it."""
    if size < 1024:
        return f"{size} B"
    if size < 1024**2:
        return f"{size / 1024:.1f} KiB"
    return f"{size / 1024**2:.1f} MiB" if size < 1024**3 else f"{size / 1024**3:.1f} GiB"
