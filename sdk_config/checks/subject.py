"""What is checked: settings, the environment they came from, a folder of source, probed facts.

Rule: a subject is read once and not changed; every judge is a function of it.
May import: settings, findings.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sdk_config.environment import PRODUCTION
from sdk_config.errors import Level
from sdk_config.settings import Settings

PASSED_OVER = frozenset(
    {
        "__pycache__",
        "build",
        "dist",
        "env",
        "node_modules",
        "site-packages",
        "tests",
        "venv",
    }
)
"""Folders of other people's code, of products, and of tests; so are those that begin with a dot."""

MOST_FILES = 2000
LARGEST_FILE = 1_000_000
"""Bounds of a scan: files of source, and bytes of each."""


@dataclass(frozen=True)
class Subject:
    """What a check looks at.

    `environment` is the one that it is judged as, `said_environment` the one that somebody
    configured. `root` None leaves files out; `facts` are those of a probed setup.
    """

    settings: Settings
    env: Mapping[str, str]
    environment: str
    said_environment: str | None = None
    root: Path | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)

    @property
    def in_production(self) -> bool:
        """Whether this is judged as production."""
        return self.environment == PRODUCTION

    @property
    def harder(self) -> Level | None:
        """The level of what is an error in production only; None is a rule's usual level."""
        return "error" if self.in_production else None

    def files(self, *patterns: str) -> Iterator[tuple[str, str]]:
        """Relative name and text of each file that matches one of the patterns, in order."""
        if self.root is None:
            return
        found = {path for pattern in patterns for path in self.root.glob(pattern)}
        for path in sorted(found)[:MOST_FILES]:
            text = read_text(path)
            if text is not None:
                yield path.relative_to(self.root).as_posix(), text

    def sources(self) -> Iterator[tuple[str, str]]:
        """Relative name and text of each Python file of the application, in order."""
        if self.root is None:
            return
        for path in _python_files(self.root):
            text = read_text(path)
            if text is not None:
                yield path.relative_to(self.root).as_posix(), text


def read_text(path: Path) -> str | None:
    """A file's text; None for what is too large or cannot be read."""
    try:
        if not path.is_file() or path.stat().st_size > LARGEST_FILE:
            return None
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return None


def _python_files(root: Path) -> list[Path]:
    found: list[Path] = []
    folders = [root]
    while folders and len(found) < MOST_FILES:
        try:
            entries = sorted(folders.pop().iterdir())
        except OSError:
            continue
        for entry in entries:
            if entry.name.startswith(".") or entry.is_symlink():
                continue
            if entry.is_dir():
                # A folder with this file is an environment, whatever its name.
                own = entry.name not in PASSED_OVER and not (entry / "pyvenv.cfg").exists()
                folders += [entry] if own else []
            elif entry.suffix == ".py":
                found.append(entry)
    return found[:MOST_FILES]
