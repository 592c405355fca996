"""A whole trace: spans of all services in one tree, and what else happened meanwhile.

Rule: nothing is guessed: a parent that never arrived is named, and what has no time is said to
have none.
May import: records, shown.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from fake_relay.records import StoredItem
from fake_relay.shown.span_tree import Span, attribute, read_root, read_span, tree, walk
from fake_relay.shown.text import inline, mapping, number, seconds, sequence, word

WITH_SPANS: Final = ("transaction", "span")


@dataclass(frozen=True, slots=True)
class Mark:
    """Something that is no span; times in seconds since 1970, `end` for what takes time."""

    kind: str
    text: str
    level: str
    moment: float | None
    end: float | None
    span_id: str
    item: int


@dataclass(slots=True)
class Trace:
    """The roots of the tree, in order of time, and the marks in order of time.

    `missing` are ids of parents that spans name and that are not here, with those spans; where
    the trace is not `whole`, they may have arrived.
    """

    trace_id: str
    roots: list[Span] = field(default_factory=list)
    spans: list[Span] = field(default_factory=list)
    marks: list[Mark] = field(default_factory=list)
    missing: dict[str, list[Span]] = field(default_factory=dict)
    whole: bool = True

    @property
    def services(self) -> list[str]:
        """Who took part, in order of time."""
        return list(dict.fromkeys(span.service for _, span in walk(self.roots)))

    @property
    def bounds(self) -> tuple[float, float] | None:
        """The first and last moment of all spans, or of all marks where there is no span."""
        times = [moment for span in self.spans for moment in (span.start, span.end)]
        if not any(moment is not None for moment in times):
            times = [moment for mark in self.marks for moment in (mark.moment, mark.end)]
        known = [moment for moment in times if moment is not None]
        return (min(known), max(known)) if known else None


def trace_of(
    trace_id: str, found: Iterable[tuple[StoredItem, Any]], *, whole: bool = True
) -> Trace:
    """The trace that items and their decoded payloads make together, all of it or a part."""
    trace = Trace(trace_id, whole=whole)
    for item, value in found:
        fields = mapping(value)
        trace.spans += spans_in(trace_id, item, fields)
        trace.marks += _MARKS[item.type](trace_id, item, fields) if item.type in _MARKS else []
    trace.roots = tree(trace.spans)
    known = {span.span_id for span in trace.spans}
    for span in trace.spans:
        if span.parent_id and span.parent_id not in known:
            trace.missing.setdefault(span.parent_id, []).append(span)
    trace.marks.sort(key=lambda mark: mark.moment or 0.0)
    return trace


def spans_in(trace_id: str, item: StoredItem, fields: Mapping[str, Any]) -> list[Span]:
    """The spans of an item that belong to the trace."""
    if item.type == "transaction":
        inner = [read_span(mapping(entry)) for entry in sequence(fields.get("spans"))]
        found = [read_root(fields), *inner]
        service = service_of(item, fields)
        for span in found:
            span.service = service
    elif item.type == "span":
        records = [mapping(entry) for entry in sequence(fields.get("items"))] or [fields]
        mine = [record for record in records if is_of(trace_id, record)]
        found = [read_span(record) for record in mine]
        for span, record in zip(found, mine, strict=True):
            span.service = attribute(record, "service.name") or service_of(item, record)
    else:
        return []
    for span in found:
        span.item = item.id
    return found


def is_of(trace_id: str, record: Mapping[str, Any]) -> bool:
    """Whether a record says that it belongs to a trace."""
    return word(record.get("trace_id")).replace("-", "").lower() == trace_id


def service_of(item: StoredItem, fields: Mapping[str, Any]) -> str:
    """Who sent it: the name in the release, else the project."""
    release = word(fields.get("release")) or attribute(fields, "sentry.release")
    name = release.partition("@")[0] if "@" in release else ""
    return name or f"project {item.project}"


def critical_path(root: Span) -> set[int]:
    """The spans (by `id`) that the end of a root waited for, itself included.

    From each end backwards: the child that ended last before it, then what ended before that
    child began.
    """
    found: set[int] = set()
    todo = [(root, root.end or 0.0)]
    while todo:
        span, until = todo.pop()
        found.add(id(span))
        known = [one for one in span.children if one.start is not None and one.end is not None]
        # What outlives its parent holds it up no longer than to its end.
        ends = sorted(((min(one.end or 0.0, until), one) for one in known), key=_by_end)
        for end, child in ends:
            start = child.start or 0.0
            if end <= until and start < until:
                todo.append((child, end))
                until = start
    return found


def _by_end(pair: tuple[float, Span]) -> tuple[float, float]:
    end, span = pair
    return -end, span.start or 0.0


def _event(trace_id: str, item: StoredItem, fields: Mapping[str, Any]) -> list[Mark]:
    context = mapping(mapping(fields.get("contexts")).get("trace"))
    kind = "feedback" if item.type == "feedback" else "event"
    moment = item.timestamp or item.received_at
    span_id = word(context.get("span_id"))
    return [Mark(kind, item.title, item.level or "", moment, None, span_id, item.id)]


def _records(kind: str) -> Callable[[str, StoredItem, Mapping[str, Any]], list[Mark]]:
    def read(trace_id: str, item: StoredItem, fields: Mapping[str, Any]) -> list[Mark]:
        entries = [mapping(entry) for entry in sequence(fields.get("items"))]
        return [
            Mark(
                kind,
                said(record),
                word(record.get("level")),
                seconds(record.get("timestamp")),
                None,
                word(record.get("span_id")) or attribute(record, "sentry.trace.parent_span_id"),
                item.id,
            )
            for record in entries
            if is_of(trace_id, record)
        ]

    return read


def said(fields: Mapping[str, Any]) -> str:
    """What a record says: a log's body, a metric's name and value, a span's name."""
    if fields.get("body") is not None:
        return inline(fields["body"], 2000)
    value = "" if fields.get("value") is None else f" = {inline(fields['value'])}"
    return f"{word(fields.get('name'))}{value} {word(fields.get('unit'))}".strip()


def _check_in(trace_id: str, item: StoredItem, fields: Mapping[str, Any]) -> list[Mark]:
    level = "error" if word(fields.get("status")) == "error" else ""
    start, end = item.received_at, None
    if item.duration is not None:
        start, end = item.received_at - item.duration / 1000, item.received_at
    return [Mark("check-in", item.title, level, start, end, "", item.id)]


def _replay(trace_id: str, item: StoredItem, fields: Mapping[str, Any]) -> list[Mark]:
    start = seconds(fields.get("replay_start_timestamp"))
    end = seconds(fields.get("timestamp"))
    return [Mark("replay", item.title, "", end if start is None else start, end, "", item.id)]


def _profile(trace_id: str, item: StoredItem, fields: Mapping[str, Any]) -> list[Mark]:
    start, end = profile_bounds(fields)
    return [Mark("profile", item.title, "", start, end, "", item.id)]


def profile_bounds(fields: Mapping[str, Any]) -> tuple[float | None, float | None]:
    """When a profile or a chunk began and ended (PROTOCOL.md 5.6)."""
    samples = [mapping(one) for one in sequence(mapping(fields.get("profile")).get("samples"))]
    times = [moment for one in samples if (moment := seconds(one.get("timestamp"))) is not None]
    if times:
        return min(times), max(times)
    start = seconds(fields.get("timestamp"))
    passed = [elapsed(one) for one in samples]
    return start, None if start is None or not passed else start + max(passed) / 1e9


def elapsed(sample: Mapping[str, Any]) -> float:
    """Nanoseconds since the start of a profile, which may be sent as text (PROTOCOL.md 5.6)."""
    given = sample.get("elapsed_since_start_ns")
    if isinstance(given, str):
        return float(given) if given.isascii() and given.isdigit() and len(given) < 20 else 0.0
    return number(given) or 0.0


_MARKS: Final = {
    "event": _event,
    "feedback": _event,
    "log": _records("log"),
    "trace_metric": _records("metric"),
    "check_in": _check_in,
    "replay_event": _replay,
    "profile": _profile,
    "profile_chunk": _profile,
    "profile_chunk_ui": _profile,
}
