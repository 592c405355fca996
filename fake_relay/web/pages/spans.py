"""The spans of a transaction as bars on its time axis.

May import: shown.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from fake_relay.shown.text import inline, mapping, seconds, sequence, word

MOST: Final = 300
DEEPEST: Final = 12


@dataclass(frozen=True, slots=True)
class Bar:
    """A span: its depth below the root, and its place on the axis in per cent."""

    depth: int
    op: str
    text: str
    status: str
    duration: float | None
    left: float
    width: float


def waterfall(value: Mapping[str, Any]) -> list[Bar]:
    """The spans, parents before children, siblings by time; nothing for an event without any."""
    spans = [mapping(entry) for entry in sequence(value.get("spans"))][: MOST * 10]
    start, end = seconds(value.get("start_timestamp")), seconds(value.get("timestamp"))
    if not spans or start is None or end is None:
        return []
    trace = mapping(mapping(value.get("contexts")).get("trace"))
    children: dict[str, list[Mapping[str, Any]]] = {}
    known = {word(span.get("span_id")) for span in spans}
    root = word(trace.get("span_id"))
    for span in sorted(spans, key=lambda span: seconds(span.get("start_timestamp")) or 0.0):
        parent = word(span.get("parent_span_id"))
        # Orphans are shown where they are seen: below the root.
        children.setdefault(parent if parent in known else root, []).append(span)
    ordered: list[tuple[int, Mapping[str, Any]]] = []
    seen: set[str] = set()
    todo = [(0, span) for span in reversed(children.get(root, []))]
    while todo and len(ordered) < MOST:
        depth, span = todo.pop()
        span_id = word(span.get("span_id"))
        ordered.append((depth, span))
        if span_id and span_id not in seen and span_id != root:
            seen.add(span_id)
            todo += [(depth + 1, inner) for inner in reversed(children.get(span_id, []))]
    return [_bar(depth, span, start, max(end - start, 1e-9)) for depth, span in ordered]


def _bar(depth: int, span: Mapping[str, Any], start: float, length: float) -> Bar:
    begun = seconds(span.get("start_timestamp"))
    ended = seconds(span.get("timestamp"))
    left = 0.0 if begun is None else min(max((begun - start) / length * 100, 0.0), 100.0)
    known = begun is not None and ended is not None
    lasted = (ended - begun) if known else None  # type: ignore[operator]
    width = 0.0 if lasted is None else min(max(lasted / length * 100, 0.0), 100.0 - left)
    return Bar(
        min(depth, DEEPEST),
        word(span.get("op")),
        inline(span.get("description") or "", 300),
        word(span.get("status")),
        None if lasted is None else lasted * 1000,
        round(left, 2),
        round(max(width, 0.3), 2),
    )
