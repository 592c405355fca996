"""The last runs, kept beside the project: for `--last-failed`, for reports, and for the pages.

Rule: the folder is the one whose reports a server that was started here shows; only what this
file wrote is ever removed from it.
May import: errors, result.
"""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path

from scenarios.errors import ScenarioError
from scenarios.result import Run, read_run, to_json

FOLDER = Path(".fake-relay/reports")
KEPT = 20
"""Runs that are kept; a page shows as many."""
_NAME = "run-"


def keep(run: Run, page: str) -> Path:
    """Keep a run and its own page, and forget the oldest; raises `OSError`."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    (FOLDER / ".gitignore").write_text("*\n")
    started = datetime.fromtimestamp(run.started, UTC)
    # Two runs may end in one second.
    path = FOLDER / f"{_NAME}{started:%Y%m%d-%H%M%S}-{os.getpid()}.json"
    _write(path.with_suffix(".html"), page.encode())
    _write(path, to_json(run))
    for old in _kept()[KEPT:]:
        old.unlink(missing_ok=True)
        old.with_suffix(".html").unlink(missing_ok=True)
    return path


def _write(path: Path, content: bytes) -> None:
    """Write a file that nobody sees half written."""
    part = path.with_name(f".{path.name}.part")
    part.write_bytes(content)
    part.replace(path)


def _kept() -> list[Path]:
    """What was kept, the newest first."""
    found = [(path.stat().st_mtime_ns, path) for path in FOLDER.glob(f"{_NAME}*.json")]
    return [path for _, path in sorted(found, reverse=True)]


def last() -> Run:
    """The run that was kept last; raises `ScenarioError` when there is none."""
    kept = _kept()
    if not kept:
        raise ScenarioError(f"there is no last run here ({str(FOLDER)!r}); run scenarios first")
    return read_run(kept[0])


def last_failed() -> frozenset[str]:
    """The ids of what was bad; empty when nothing was."""
    return frozenset(result.id for result in last().results if result.bad)
