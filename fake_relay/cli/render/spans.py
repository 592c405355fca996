"""A transaction as a tree of spans: durations, bars on one time axis, self times, gaps.

May import: shown.span_tree, cli.render, rich.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from fake_relay.cli.render.error import breadcrumbs, request
from fake_relay.cli.render.event_parts import summary, surroundings
from fake_relay.cli.render.view import View, more, section
from fake_relay.shown.span_tree import GOOD, Span, add_gaps, read_root, read_span, tree, walk
from fake_relay.shown.text import cut, mapping, milliseconds, sequence

GAP = 0.1
"""Share of the whole from which time without a span is worth a line of its own."""


def span_table(roots: list[Span], width: int, rows: int) -> Iterator[RenderableType]:
    """The tree as a table: label, bar, duration, self time."""
    axis = Axis.of([span for _, span in walk(roots)], max(10, min(40, width // 4)))
    own = {id(span): span.self_time for _, span in walk(roots) if span.children}
    add_gaps(roots, GAP * axis.length)
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
    root = read_root(value)
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
