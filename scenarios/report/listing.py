"""Scenarios as a table, without a run.

May import: scenario; rich, fake_relay.shown.
"""

from __future__ import annotations

from collections.abc import Iterable

from rich.table import Table
from rich.text import Text

from fake_relay.shown.text import safe
from scenarios.scenario import Scenario


def table(scenarios: Iterable[Scenario]) -> Table:
    """A line for each scenario."""
    made = Table(box=None, pad_edge=False, header_style="bold")
    for name in ("scenario", "group", "what", "tags"):
        made.add_column(name, no_wrap=name in ("scenario", "group"))
    for one in scenarios:
        style = "dim" if one.planned else ""
        told = f"{one.title} (planned: {one.planned})" if one.planned else one.title
        cells = (one.id, one.group, told, ", ".join(one.tags))
        made.add_row(*(Text(safe(cell), style=style) for cell in cells))
    return made
