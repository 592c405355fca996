"""Spans as a tree: who called whom, how long each took by itself, what no span covers.

Invariant: each span is in the tree once, whatever its parents claim; a parent that is missing
or runs in a circle makes a root.
May import: shown.text.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from fake_relay.shown.text import mapping, seconds, word

GOOD = frozenset({"", "ok"})
"""Statuses that are not worth a word."""


@dataclass(slots=True)
class Span:
    """A span in the tree; times in seconds since 1970, or None if they were not sent.

    `item` is the id of the item that it came in, `service` who sent it, as far as those matter.
    """

    span_id: str
    parent_id: str
    op: str
    name: str
    status: str
    start: float | None
    end: float | None
    children: list[Span] = field(default_factory=list)
    gap: bool = False
    item: int = 0
    service: str = ""

    @property
    def duration(self) -> float | None:
        """Milliseconds."""
        if self.start is None or self.end is None:
            return None
        return (self.end - self.start) * 1000

    def gaps(self) -> list[tuple[float, float]]:
        """Stretches of this span that no child covers, in order."""
        if self.start is None or self.end is None:
            return []
        covered = sorted(
            (max(child.start, self.start), min(child.end, self.end))
            for child in self.children
            if child.start is not None and child.end is not None and child.end >= child.start
        )
        gaps: list[tuple[float, float]] = []
        reached = self.start
        for start, end in covered:
            if start > reached:
                gaps.append((reached, start))
            reached = max(reached, end)
        if self.end > reached:
            gaps.append((reached, self.end))
        return gaps

    @property
    def self_time(self) -> float | None:
        """Milliseconds that no child covers."""
        if self.duration is None:
            return None
        return sum(end - start for start, end in self.gaps()) * 1000


def read_span(fields: Mapping[str, Any]) -> Span:
    """A span of a transaction, or of a container of the second kind."""
    start, end = seconds(fields.get("start_timestamp")), seconds(fields.get("timestamp"))
    return Span(
        span_id=word(fields.get("span_id")),
        parent_id=word(fields.get("parent_span_id")),
        op=word(fields.get("op")) or attribute(fields, "sentry.op"),
        name=word(fields.get("description")) or word(fields.get("name")),
        status=word(fields.get("status")),
        start=start,
        end=seconds(fields.get("end_timestamp")) if end is None else end,
    )


def attribute(fields: Mapping[str, Any], name: str) -> str:
    """An attribute of a record as text; empty for none (PROTOCOL.md 5.4)."""
    return word(mapping(mapping(fields.get("attributes")).get(name)).get("value"))


def read_root(value: Mapping[str, Any]) -> Span:
    """The span that a transaction itself is."""
    trace = mapping(mapping(value.get("contexts")).get("trace"))
    root = read_span({**value, **trace, "description": None, "name": value.get("transaction")})
    root.start, root.end = seconds(value.get("start_timestamp")), seconds(value.get("timestamp"))
    return root


def tree(spans: list[Span], root: Span | None = None) -> list[Span]:
    """Hang spans below their parents; the roots, in order of time."""
    known = {span.span_id: span for span in reversed(spans) if span.span_id}
    if root is not None and root.span_id:
        known[root.span_id] = root
    roots = [] if root is None else [root]
    circling = in_circles(spans, known)
    for span in spans:
        parent = known.get(span.parent_id)
        if parent is None or id(span) in circling:
            (roots if root is None else root.children).append(span)
        else:
            parent.children.append(span)
    for span in (*spans, *roots):
        span.children.sort(key=begin)
    return sorted(roots, key=begin)


def begin(span: Span) -> float:
    """What siblings are put in order by."""
    return span.start or 0.0


def in_circles(spans: list[Span], known: Mapping[str, Span]) -> set[int]:
    """The spans (by `id`) whose ancestors never end; each is looked at once, however deep."""
    circling: dict[int, bool] = {}
    for span in spans:
        path: dict[int, Span] = {}
        above: Span | None = span
        while above is not None and id(above) not in circling and id(above) not in path:
            path[id(above)] = above
            above = known.get(above.parent_id)
        endless = above is not None and circling.get(id(above), True)
        circling.update(dict.fromkeys(path, endless))
    return {key for key, endless in circling.items() if endless}


def walk(roots: list[Span]) -> Iterator[tuple[int, Span]]:
    """Depth and span, in reading order; iterative, for trees are as deep as somebody sent."""
    open_spans = [(0, span) for span in reversed(roots)]
    while open_spans:
        depth, span = open_spans.pop()
        yield depth, span
        open_spans += [(depth + 1, child) for child in reversed(span.children)]


def add_gaps(roots: list[Span], shortest: float) -> None:
    """Put a gap, from so many seconds on, among the children of a span that ran without one."""
    for _, span in list(walk(roots)):
        gaps = span.gaps() if span.children else []
        long = [(start, end) for start, end in gaps if end - start >= shortest > 0]
        span.children += [Span("", "", "", "", "", start, end, gap=True) for start, end in long]
        span.children.sort(key=begin)
