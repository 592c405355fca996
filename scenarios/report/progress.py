"""Progress of a run: a bar on a terminal, nothing elsewhere.

May import: runner, result; rich.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.text import Text

from fake_relay.shown.text import safe
from scenarios.report.terminal import STYLES
from scenarios.runner import Progress as Told


@contextmanager
def bar(console: Console, total: int) -> Iterator[Callable[[Told], None]]:
    """A bar while the block runs; what it yields is told what happens."""
    if not console.is_terminal:
        yield lambda told: None
        return
    columns = (TextColumn("{task.description}", markup=False), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, TimeElapsedColumn(), console=console, transient=True) as progress:
        task = progress.add_task("scenarios", total=total)

        def tell(told: Told) -> None:
            name = safe(told.scenario.id)
            if told.result is None:
                progress.update(task, description=name)
                return
            progress.advance(task)
            if told.result.bad:
                sign, style = STYLES[told.result.status]
                line = Text(f"{sign} {name} {safe(told.result.title)}", style=style)
                progress.console.print(line)

        yield tell
