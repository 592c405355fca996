"""Items that are records rather than events: logs, metrics, sessions, check-ins, reports.

May import: expect.wording, cli.render, rich.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from fake_relay.cli.render.event_parts import surroundings
from fake_relay.cli.render.text import level_text
from fake_relay.cli.render.view import View, facts_table, more, section, value_text
from fake_relay.expect.wording import REASONS
from fake_relay.shown.text import (
    clock,
    inline,
    mapping,
    milliseconds,
    moment_text,
    number,
    seconds,
    sequence,
    word,
)

STANDARD = ("sentry.", "code.", "process.", "server.", "thread.", "logger.")
"""Attributes that the SDK adds to each record by itself."""


def attributes_text(attributes: Any, view: View) -> Text:
    """A record's attributes; those that SDKs add by themselves are counted, unless all is shown."""
    text, standard = Text(), 0
    for key, entry in mapping(attributes).items():
        if key.startswith(STANDARD) and not view.full:
            standard += 1
            continue
        wrapped = isinstance(entry, Mapping) and "value" in entry
        text.append(f"  {inline(key, 80)}=", "dim")
        text.append(inline(entry["value"] if wrapped else entry, view.limit), "dim")
    return text.append(f"  +{standard} from the SDK" if standard else "", "dim italic")


def logs(view: View) -> Iterator[RenderableType]:
    """A batch of logs, one below the other as a log file has them."""
    records = sequence(mapping(view.value).get("items"))
    table = Table.grid(padding=(0, 2))
    table.add_column(style="dim", no_wrap=True)
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for record in records[: view.rows]:
        fields = mapping(record)
        body = value_text(fields.get("body") or "", view.limit)
        body.append_text(attributes_text(fields.get("attributes"), view))
        moment = clock(seconds(fields.get("timestamp")), "%H:%M:%S.%f")[:-3]
        table.add_row(Text(moment), level_text(word(fields.get("level"))), body)
    yield section(f"Logs ({len(records)})", table)
    if len(records) > view.rows:
        yield more(len(records) - view.rows, "records")


def metrics(view: View) -> Iterator[RenderableType]:
    """A batch of metrics."""
    records = sequence(mapping(view.value).get("items"))
    table = Table.grid(padding=(0, 2))
    for record in records[: view.rows]:
        fields = mapping(record)
        value = f"{word(fields.get('value'))} {word(fields.get('unit'))}".rstrip()
        kind, name = Text(word(fields.get("type")), "cyan"), Text(word(fields.get("name")), "bold")
        table.add_row(kind, name, Text(value), attributes_text(fields.get("attributes"), view))
    yield section(f"Metrics ({len(records)})", table)
    if len(records) > view.rows:
        yield more(len(records) - view.rows, "records")


def session(view: View) -> Iterator[RenderableType]:
    """One update of a session."""
    value = mapping(view.value)
    duration = number(value.get("duration"))
    attrs = mapping(value.get("attrs"))
    rows: list[tuple[str, Any]] = [
        ("status", value.get("status") or "ok"),
        ("started", moment_text(seconds(value.get("started")))),
        ("updated", moment_text(seconds(value.get("timestamp")))),
        ("duration", "" if duration is None else milliseconds(duration * 1000)),
        ("errors", word(value.get("errors"))),
        ("first update", word(value.get("init"))),
        ("session id", value.get("sid")),
        ("user", value.get("did")),
        *attrs.items(),
    ]
    yield facts_table(rows, view.limit)


def sessions(view: View) -> Iterator[RenderableType]:
    """Sessions counted by the minute."""
    value = mapping(view.value)
    yield facts_table(mapping(value.get("attrs")).items(), view.limit)
    table = Table(box=None, pad_edge=False, header_style="dim")
    statuses = ("exited", "errored", "crashed", "abnormal", "unhandled")
    table.add_column("started", no_wrap=True)
    for status in statuses:
        table.add_column(status, justify="right")
    for entry in sequence(value.get("aggregates"))[: view.rows]:
        bucket = mapping(entry)
        counts = (word(bucket.get(status)) for status in statuses)
        table.add_row(moment_text(seconds(bucket.get("started"))), *map(Text, counts))
    yield section("Sessions", table)


def check_in(view: View) -> Iterator[RenderableType]:
    """A monitor's check-in, and the schedule that came with it."""
    value = mapping(view.value)
    duration = number(value.get("duration"))
    rows: list[tuple[str, Any]] = [
        ("monitor", value.get("monitor_slug")),
        ("status", value.get("status")),
        ("duration", "" if duration is None else milliseconds(duration * 1000)),
        ("environment", value.get("environment")),
        ("check-in id", value.get("check_in_id")),
        ("when", moment_text(view.item.timestamp or view.item.received_at)),
    ]
    yield facts_table(rows, view.limit)
    config = mapping(value.get("monitor_config"))
    if config:
        yield section("Monitor", facts_table(config.items(), view.limit))


def client_report(view: View) -> Iterator[RenderableType]:
    """What the SDK threw away itself, and why."""
    value = mapping(view.value)
    table = Table(box=None, pad_edge=False, header_style="dim")
    table.add_column("quantity", justify="right")
    table.add_column("category")
    table.add_column("reason")
    table.add_column("which means", style="dim")
    for entry in sequence(value.get("discarded_events"))[: view.rows]:
        fields = mapping(entry)
        shown = [word(fields.get(key)) for key in ("quantity", "category", "reason")]
        table.add_row(*map(Text, (*shown, REASONS.get(shown[2], ""))))
    yield section("Discarded by the SDK, never sent", table)


def feedback(view: View) -> Iterator[RenderableType]:
    """What a user said, as a feedback event or as a user report of an older SDK."""
    value = mapping(view.value)
    said = mapping(mapping(value.get("contexts")).get("feedback")) or value
    rows: list[tuple[str, Any]] = [
        ("from", said.get("name")),
        ("e-mail", said.get("contact_email") or said.get("email")),
        ("page", said.get("url")),
        ("about event", said.get("associated_event_id") or value.get("event_id")),
        ("replay", said.get("replay_id")),
        ("when", moment_text(view.item.timestamp or view.item.received_at)),
    ]
    yield facts_table(rows, view.limit)
    yield section(
        "Message", value_text(said.get("message") or said.get("comments") or "", view.limit)
    )
    if view.item.type == "feedback":
        yield from surroundings(view)


def replay(view: View) -> Iterator[RenderableType]:
    """A segment of a session replay."""
    value = mapping(view.value)
    rows: list[tuple[str, Any]] = [
        ("replay", value.get("replay_id")),
        ("segment", word(value.get("segment_id"))),
        ("type", value.get("replay_type")),
        ("duration", milliseconds(view.item.duration)),
        ("pages", "\n".join(word(url) for url in sequence(value.get("urls")))),
        ("errors", sequence(value.get("error_ids"))),
        ("traces", sequence(value.get("trace_ids"))),
        ("release", value.get("release")),
        ("environment", value.get("environment")),
    ]
    yield facts_table(rows, view.limit)
    yield from surroundings(view)


def profile(view: View) -> Iterator[RenderableType]:
    """A profile in short: its size, and the functions that were on top most often."""
    value = mapping(view.value)
    inner = mapping(value.get("profile"))
    samples, stacks = sequence(inner.get("samples")), sequence(inner.get("stacks"))
    found = sequence(inner.get("frames"))
    rows: list[tuple[str, Any]] = [
        ("transaction", mapping(value.get("transaction")).get("name")),
        ("profiler", value.get("profiler_id")),
        ("release", value.get("release")),
        ("environment", value.get("environment")),
        ("platform", value.get("platform")),
        ("holds", f"{len(samples)} samples, {len(stacks)} stacks, {len(found)} frames"),
    ]
    yield facts_table(rows, view.limit)
    table = Table.grid(padding=(0, 2))
    table.add_column(justify="right")
    for name, count in hottest(samples, stacks, found)[:15]:
        table.add_row(f"{count / len(samples):.0%}", Text(name))
    if samples:
        yield section("On top of the stack", table)


def hottest(samples: Any, stacks: Any, found: Any) -> list[tuple[str, int]]:
    """Functions by the number of samples in which they were running."""
    counts: dict[str, int] = {}
    for sample in samples:
        stack = sequence(_at(stacks, mapping(sample).get("stack_id")))
        frame = mapping(_at(found, stack[0] if stack else None))
        place = word(frame.get("module")) or word(frame.get("filename"))
        name = f"{word(frame.get('function')) or '?'}  {place}".rstrip()
        counts[name] = counts.get(name, 0) + 1
    return sorted(counts.items(), key=lambda pair: -pair[1])


def _at(values: Any, index: Any) -> Any:
    known = isinstance(index, int) and not isinstance(index, bool) and 0 <= index < len(values)
    return values[index] if known else None
