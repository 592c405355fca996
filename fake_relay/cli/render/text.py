"""A level as a terminal shows it; what is safe to show of loose JSON is `shown.text`.

May import: shown, rich.
"""

from __future__ import annotations

from rich.text import Text

from fake_relay.shown.text import cut, safe

LEVEL_STYLES = {
    "fatal": "bold white on red",
    "error": "bold red",
    "warning": "yellow",
    "warn": "yellow",
    "info": "cyan",
    "debug": "dim",
    "trace": "dim",
}


def level_text(level: str) -> Text:
    """A level in its colour."""
    shown = cut(safe(level), 10)
    return Text(shown, LEVEL_STYLES.get(level, ""))
