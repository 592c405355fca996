"""A trace as rows on one time axis: spans, what happened in them, and time that nothing covers.

Rule: a row for every span as far as there is room; what is left out is counted.
May import: shown.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Final

from fake_relay.shown.span_tree import GOOD, Span, add_gaps, walk
from fake_relay.shown.text import milliseconds
from fake_relay.shown.trace import Mark, Trace, critical_path

MOST: Final = 400
DEEPEST: Final = 12
GAP: Final = 0.1
"""Share of the whole from which time without a span is worth a row."""
COLOURS: Final = 6
ASIDE: Final = ("log", "metric")
"""Marks that a process sends all the time, under one trace until it begins another."""


@dataclass(frozen=True, slots=True)
class Row:
    """A span, a gap or a mark; `left` and `width` are its place on the axis in per cent.

    `kind` is `span`, `gap`, or what a mark is; `notes` are words that must be seen.
    """

    kind: str
    depth: int
    op: str
    text: str
    item: int
    left: float
    width: float
    offset: float | None
    duration: float | None
    own: float | None = None
    colour: int = 0
    service: str = ""
    critical: bool = False
    bad: bool = False
    level: str = ""
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Drawn:
    """The rows, the services in the order of their colours, and the length in milliseconds.

    `aside` are rows of logs and metrics from before the first span or after the last one, `ticks`
    are places in per cent and the milliseconds there.
    """

    rows: list[Row]
    aside: list[Row]
    hidden: int
    services: list[tuple[str, int]]
    length: float
    ticks: list[tuple[float, float]]


class Axis:
    """The time that all rows share."""

    def __init__(self, bounds: tuple[float, float] | None) -> None:
        self.start, self.end = bounds or (0.0, 0.0)
        self.length = self.end - self.start

    def place(self, start: float | None, end: float | None) -> tuple[float, float]:
        """Left edge and width in per cent, within the picture and wide enough to be seen."""
        if start is None or self.length <= 0:
            return 0.0, 100.0 if end is not None else 0.4
        left = self._share(start)
        right = left if end is None else self._share(end)
        width = max(right - left, 0.4)
        return round(min(left, 100.0 - width), 3), round(width, 3)

    def _share(self, moment: float) -> float:
        return min(max((moment - self.start) / self.length * 100, 0.0), 100.0)

    def offset(self, moment: float | None) -> float | None:
        """Milliseconds since the beginning."""
        return None if moment is None else (moment - self.start) * 1000


def waterfall(trace: Trace) -> Drawn:
    """The rows of a trace."""
    axis = Axis(trace.bounds)
    services = trace.services
    colours = {name: place % COLOURS for place, name in enumerate(services)}
    longest = max(trace.roots, key=lambda span: span.duration or 0.0, default=None)
    critical = critical_path(longest) if longest is not None else set()
    own = {id(span): span.self_time for span in trace.spans if span.children}
    add_gaps(trace.roots, GAP * axis.length)
    rows = list(islice(rows_of(trace, axis, colours, critical, own), MOST))
    every = sum(1 for _ in walk(trace.roots)) + len(trace.marks)
    length = axis.length * 1000
    ticks = [(share, length * share / 100) for share in (0.0, 25.0, 50.0, 75.0)]
    aside = [row for row in rows if row.kind in ASIDE and not within(row, length)]
    among = [row for row in rows if row.kind not in ASIDE or within(row, length)]
    return Drawn(among, aside, every - len(rows), list(colours.items()), length, ticks)


def within(row: Row, length: float) -> bool:
    """Whether a row begins in the time that the picture shows, in milliseconds, or has no time."""
    return row.offset is None or 0 <= row.offset <= length


def rows_of(
    trace: Trace,
    axis: Axis,
    colours: dict[str, int],
    critical: set[int],
    own: dict[int, float | None],
) -> Iterator[Row]:
    """Every row: the spans in reading order, each with its marks; then marks without a span.

    `critical` are the spans (by `id`) on the critical path, `own` is what each took by itself.
    """
    below: dict[str, list[Mark]] = defaultdict(list)
    known = {span.span_id for span in trace.spans if span.span_id}
    for mark in trace.marks:
        below[mark.span_id if mark.span_id in known else ""].append(mark)
    parents = {id(child): span for span in trace.spans for child in span.children}
    for depth, span in walk(trace.roots):
        if span.gap:
            yield gap_row(span, depth, axis)
            continue
        notes = tuple(notes_of(span, parents.get(id(span)), trace))
        on_path = id(span) in critical
        yield span_row(span, depth, axis, colours, notes, own.get(id(span)), critical=on_path)
        for mark in below.pop(span.span_id, ()) if span.span_id else ():
            yield mark_row(mark, depth + 1, axis)
    for mark in below.pop("", ()):
        yield mark_row(mark, 0, axis)


def notes_of(span: Span, parent: Span | None, trace: Trace) -> Iterator[str]:
    """What is wrong with a span's place."""
    if span.parent_id in trace.missing:
        gone = "never arrived" if trace.whole else "is not among what is drawn"
        yield f"its parent {span.parent_id[:16]} {gone}"
    elif span.parent_id and parent is None:
        yield "its parents run in a circle"
    if span.start is None or span.end is None:
        yield "no times were sent"
    elif span.end < span.start:
        yield "ends before it starts"
    if parent is not None and None not in (span.start, parent.start):
        early = ((parent.start or 0.0) - (span.start or 0.0)) * 1000
        if early > 1:
            yield f"starts {early:.0f} ms before its parent: do clocks differ?"


def span_row(
    span: Span,
    depth: int,
    axis: Axis,
    colours: dict[str, int],
    notes: tuple[str, ...],
    own: float | None,
    *,
    critical: bool,
) -> Row:
    """The row of a span."""
    left, width = axis.place(span.start, span.end)
    status = () if span.status in GOOD else (span.status,)
    return Row(
        "span",
        min(depth, DEEPEST),
        span.op,
        span.name or ("" if span.op else "<unnamed span>"),
        span.item,
        left,
        width,
        axis.offset(span.start),
        span.duration,
        own,
        critical=critical,
        colour=colours.get(span.service, 0),
        service=span.service,
        bad=bool(status) and span.status != "cancelled",
        notes=(*status, *notes),
    )


def gap_row(gap: Span, depth: int, axis: Axis) -> Row:
    """The row of a long time of a span that none of its children covers."""
    left, width = axis.place(gap.start, gap.end)
    depth = min(depth, DEEPEST)
    start = axis.offset(gap.start)
    return Row("gap", depth, "", "no span here", 0, left, width, start, gap.duration)


def mark_row(mark: Mark, depth: int, axis: Axis) -> Row:
    """The row of something that is no span."""
    left, width = axis.place(mark.moment, mark.end)
    lasted = None
    if mark.moment is not None and mark.end is not None:
        lasted = (mark.end - mark.moment) * 1000
    return Row(
        mark.kind,
        min(depth, DEEPEST),
        mark.kind,
        mark.text,
        mark.item,
        left,
        width,
        axis.offset(mark.moment),
        lasted,
        level=mark.level,
        bad=mark.level in ("error", "fatal"),
        notes=tuple(notes_of_mark(mark, axis)),
    )


def notes_of_mark(mark: Mark, axis: Axis) -> Iterator[str]:
    """What the picture cannot show of a mark's time."""
    if mark.moment is None:
        yield "no time was sent"
    elif mark.moment > axis.end:
        yield f"{milliseconds((mark.moment - axis.end) * 1000)} after the trace"
    elif (mark.end or mark.moment) < axis.start:
        yield f"{milliseconds((axis.start - (mark.end or mark.moment)) * 1000)} before the trace"
