"""A transaction as a tree of spans: durations, bars on one time axis, self times, gaps.

Invariant: each span is shown once, whatever its parents claim; a parent that is missing or
runs in a circle makes a root.
May import: cli.render, rich.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from fake_relay.cli.render.error import breadcrumbs, request
from fake_relay.cli.render.event_parts import summary, surroundings
from fake_relay.cli.render.view import View, more, section
from fake_relay.shown.text import cut, mapping, milliseconds, seconds, sequence, word

GAP = 0.1
"""Share of the whole from which time without a span is worth a line of its own."""
GOOD = frozenset({"", "ok"})


@dataclass(slots=True)
class Span:
    """A span in the tree; times in seconds since 1970, or None if they were not sent."""

    span_id: str
    parent_id: str
    op: str
    name: str
    status: str
    start: float | None
    end: float | None
    children: list[Span] = field(default_factory=list)
    gap: bool = False

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
        op=word(fields.get("op")),
        name=word(fields.get("description")) or word(fields.get("name")),
        status=word(fields.get("status")),
        start=start,
        end=seconds(fields.get("end_timestamp")) if end is None else end,
    )


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
        span.children.sort(key=_begin)
    return sorted(roots, key=_begin)


def _begin(span: Span) -> float:
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


def add_gaps(roots: list[Span], axis: Axis) -> None:
    """Put a line of its own into the tree where a parent ran long without a child."""
    for _, span in list(walk(roots)):
        gaps = span.gaps() if span.children else []
        long = [(start, end) for start, end in gaps if end - start >= GAP * axis.length > 0]
        span.children += [Span("", "", "", "", "", start, end, gap=True) for start, end in long]
        span.children.sort(key=_begin)


def span_table(roots: list[Span], width: int, rows: int) -> Iterator[RenderableType]:
    """The tree as a table: label, bar, duration, self time."""
    axis = Axis.of([span for _, span in walk(roots)], max(10, min(40, width // 4)))
    own = {id(span): span.self_time for _, span in walk(roots) if span.children}
    add_gaps(roots, axis)
    table = Table.grid(padding=(0, 1), expand=True)
    table.add_column(ratio=1, no_wrap=True, overflow="ellipsis")
    table.add_column(width=axis.cells, no_wrap=True)
    table.add_column(justify="right", no_wrap=True, min_width=8)
    table.add_column(justify="right", no_wrap=True, min_width=8, style="dim")
    table.add_row(Text("span", "dim"), "", Text("duration", "dim"), Text("self"))
    lines = list(walk(roots))
    for depth, span in lines[:rows]:
        times = milliseconds(span.duration), milliseconds(own.get(id(span)))
        table.add_row(label(depth, span), axis.bar(span), *times, style="dim" if span.gap else "")
    yield table
    if len(lines) > rows:
        yield more(len(lines) - rows, "lines")


def label(depth: int, span: Span) -> Text:
    """Operation and name, indented by depth; a bad status in red."""
    text = Text("  " * min(depth, 30))
    if span.gap:
        return text.append("· no span here", "italic")
    text.append(cut(span.op, 40), "cyan").append(" " if span.op and span.name else "")
    text.append(cut(span.name, 300) if span.name or span.op else "<unnamed span>")
    if span.status not in GOOD:
        text.append(f" [{cut(span.status, 30)}]", "red")
    return text


@dataclass(frozen=True, slots=True)
class Axis:
    """The time that all bars share: from `start`, `length` seconds on `cells` characters."""

    start: float
    length: float
    cells: int

    @classmethod
    def of(cls, spans: list[Span], cells: int) -> Axis:
        """An axis that holds all of these spans."""
        starts = [span.start for span in spans if span.start is not None]
        ends = [span.end for span in spans if span.end is not None]
        if not starts or not ends:
            return cls(0.0, 0.0, cells)
        return cls(min(starts), max(ends) - min(starts), cells)

    def bar(self, span: Span) -> Text:
        """The span's place on the axis."""
        if span.start is None or span.end is None:
            return Text()
        if span.gap:
            return self.cells_of(span.start, span.end, "·", "dim")
        return self.cells_of(span.start, span.end, "━", "green" if span.status in GOOD else "red")

    def cells_of(self, start: float, end: float, mark: str, style: str) -> Text:
        """A stretch of time as characters; at least one."""
        if self.length <= 0:
            return Text(mark, style)
        first = int((start - self.start) / self.length * self.cells)
        first = min(max(first, 0), self.cells - 1)
        last = min(max(round((end - self.start) / self.length * self.cells), first + 1), self.cells)
        return Text(" " * first).append(mark * (last - first), style)


def transaction(view: View) -> Iterator[RenderableType]:
    """A transaction in full: summary, span tree, and what came with it."""
    value = mapping(view.value)
    trace = mapping(mapping(value.get("contexts")).get("trace"))
    root = read_span({**value, **trace, "name": value.get("transaction")})
    root.start, root.end = seconds(value.get("start_timestamp")), seconds(value.get("timestamp"))
    spans = [read_span(mapping(found)) for found in sequence(value.get("spans"))]
    root.parent_id = ""
    yield summary(view)
    yield section(
        f"Spans ({len(spans)})", *span_table(tree(spans, root), view.width - 2, view.rows)
    )
    yield from breadcrumbs(view)
    yield from request(view)
    yield from surroundings(view)


def span_item(view: View) -> Iterator[RenderableType]:
    """Spans that came outside of a transaction: a container, or a single one."""
    value = mapping(view.value)
    found = [read_span(mapping(entry)) for entry in sequence(value.get("items"))]
    spans = found or [read_span(value)]
    yield section(f"Spans ({len(spans)})", *span_table(tree(spans), view.width - 2, view.rows))
