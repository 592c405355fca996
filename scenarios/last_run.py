"""What the last run found, kept beside the project, for `--last-failed` and for reports.

May import: errors, result.
"""

from __future__ import annotations

import contextlib
from pathlib import Path

from scenarios.errors import ScenarioError
from scenarios.result import Run, read_run, to_json

FOLDER = Path(".fake_relay_cache")
FILE = FOLDER / "scenarios.json"


def keep(run: Run) -> None:
    """Keep a run; a folder that cannot be written is no reason to fail."""
    with contextlib.suppress(OSError):
        FOLDER.mkdir(exist_ok=True)
        (FOLDER / ".gitignore").write_text("*\n")
        FILE.write_bytes(to_json(run))


def last() -> Run:
    """The run that was kept; raises `ScenarioError` when there is none."""
    if not FILE.exists():
        raise ScenarioError(f"there is no last run here ({str(FILE)!r}); run scenarios first")
    return read_run(FILE)


def last_failed() -> frozenset[str]:
    """The ids of what was bad; empty when nothing was."""
    return frozenset(result.id for result in last().results if result.bad)
