"""What a renderer is given and how it lays sections out.

May import: records, cli.render.text, rich.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from fake_relay.records import Finding, StoredItem
from fake_relay.shown.text import cut, inline, safe, safe_lines

SHORT = 300
"""Characters of a value that are shown unless everything is asked for."""


@dataclass(frozen=True, slots=True)
class View:
    """One item to show: its payload as bytes and as JSON (None if it is none).

    `header` is the item's header; `beside` are the other items of the same event; `width`
    is that of the terminal; `full` shows values in their whole length; `findings` are what is
    wrong with the item.
    """

    item: StoredItem
    data: bytes
    value: Any
    header: Mapping[str, Any]
    beside: tuple[StoredItem, ...] = ()
    width: int = 80
    full: bool = False
    findings: tuple[Finding, ...] = ()

    @property
    def limit(self) -> int:
        """Characters of one value."""
        return 1_000_000 if self.full else SHORT

    @property
    def rows(self) -> int:
        """Rows of one section."""
        return 1_000_000 if self.full else 200


def section(title: str, *body: RenderableType) -> Group:
    """A titled section, indented; an empty line before it."""
    return Group(Text(f"\n{title}", "bold blue"), *(Padding(part, (0, 0, 0, 2)) for part in body))


def facts_table(pairs: Iterable[tuple[str, Any]], limit: int = SHORT) -> Table:
    """Names and values below each other; pairs without a value are left out."""
    table = Table.grid(padding=(0, 2))
    table.add_column(style="dim", no_wrap=True, max_width=28)
    table.add_column(overflow="fold")
    for name, value in pairs:
        if value in (None, "", {}, []):
            continue
        shown = value if isinstance(value, Text) else value_text(value, limit)
        table.add_row(Text(cut(safe(str(name)), 60)), shown)
    return table


def value_text(value: Any, limit: int = SHORT) -> Text:
    """A value as text: strings with their line breaks, the rest as JSON on a line."""
    if isinstance(value, str) and "\n" in value:
        lines = safe_lines(value[: limit + 1])
        return Text(cut("\n".join(lines), limit))
    return Text(inline(value, limit))


def more(hidden: int, what: str) -> Text:
    """The line that says how much is not shown."""
    return Text(f"… {hidden} more {what}; --full shows everything", "dim italic")
