"""Many items in few lines: the table of `list`, the lines of `tail`, the ledger.

May import: records, expect.wording, cli.render, rich.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from rich.table import Table
from rich.text import Text

from fake_relay.cli.render.findings import finding_mark
from fake_relay.cli.render.text import level_text
from fake_relay.expect.wording import listed
from fake_relay.protocol.outcome import Fate
from fake_relay.records import Finding, LedgerEntry, StoredItem
from fake_relay.shown.line import notes, origin, title
from fake_relay.shown.text import clock, cut, safe

WIDE = 100
"""Columns from which release and environment have room of their own."""

Row = tuple[StoredItem, Any]
"""An item and its decoded payload, None where there is none."""


def title_text(item: StoredItem) -> Text:
    """The title, and what else must not be overlooked."""
    text = Text(title(item))
    for note in notes(item):
        bold = "bold " if note.kind in ("outcome", "records") else ""
        text.append(f"  {note.text}", f"{bold}yellow")
    return text


def item_table(
    rows: Sequence[Row], width: int, findings: Mapping[int, Sequence[Finding]] | None = None
) -> Table:
    """Items as a table; release and environment only where there is room.

    `findings` are those of the items, by id.
    """
    table = Table(box=None, pad_edge=False, header_style="dim", expand=width < WIDE * 3)
    wide = width >= WIDE
    table.add_column("id", justify="right", style="dim", no_wrap=True)
    table.add_column("time", no_wrap=True)
    table.add_column("type", no_wrap=True, style="cyan", max_width=16, overflow="ellipsis")
    table.add_column("level", no_wrap=True)
    projects = len({item.project for item, _ in rows}) > 1 or wide
    if projects:
        table.add_column("project", no_wrap=True, max_width=12, overflow="ellipsis")
    table.add_column("title", no_wrap=True, overflow="ellipsis", ratio=1)
    if wide:
        table.add_column("release", no_wrap=True, style="dim", max_width=24, overflow="ellipsis")
        table.add_column("env", no_wrap=True, style="dim", max_width=14, overflow="ellipsis")
    for item, payload in rows:
        cells = [Text(str(item.id)), Text(clock(item.received_at)), Text(safe(item.type))]
        cells.append(level_text(item.level))
        cells += [Text(safe(item.project))] if projects else []
        found = () if findings is None else findings.get(item.id, ())
        cells.append(title_text(item).append_text(finding_mark(found)))
        cells += [Text(part) for part in origin(payload)] if wide else []
        table.add_row(*cells)
    return table


def item_line(row: Row) -> Text:
    """One item on one line, in columns that stay where they are."""
    item, payload = row
    text = Text().append(f"{item.id:>4}  {clock(item.received_at)}  ", "dim")
    text.append(f"{cut(safe(item.type), 13):<13} ", "cyan")
    level = level_text(item.level)
    text.append_text(level).append(" " * (8 - len(level)))
    text.append_text(title_text(item))
    release, environment = origin(payload)
    for part in (release, environment):
        text.append(f"  {part}" if part else "", "dim")
    return text


def type_counts(items: Iterable[StoredItem]) -> Text:
    """How many of each type, on one line."""
    counts = Counter(item.type for item in items)
    return Text(safe(listed(counts)) or "nothing")


def ledger_table(entries: Iterable[LedgerEntry]) -> Table:
    """What became of every unit of every data category."""
    table = Table(box=None, pad_edge=False, header_style="dim")
    table.add_column("category", style="cyan", no_wrap=True)
    table.add_column("quantity", justify="right", no_wrap=True)
    table.add_column("outcome", no_wrap=True)
    table.add_column("reason", overflow="fold")
    for entry in sorted(entries, key=lambda entry: (entry.outcome.value, entry.category)):
        style = "" if entry.outcome is Fate.ACCEPTED else "yellow"
        outcome = Text(entry.outcome.value.replace("_", " "), style)
        table.add_row(
            Text(safe(entry.category)), Text(str(entry.quantity)), outcome, Text(safe(entry.reason))
        )
    return table
