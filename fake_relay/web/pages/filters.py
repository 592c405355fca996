"""What templates can do with a value: how times, sizes and texts are written.

May import: shown, web.answers, markupsafe.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final
from urllib.parse import urlsplit

import msgspec
from markupsafe import Markup

from fake_relay.shown.text import (
    byte_size,
    clock,
    inline,
    milliseconds,
    moment_text,
    safe_block,
    seconds,
    word,
)
from fake_relay.web.answers import rfc3339

MAX_JSON: Final = 200_000
"""Characters of a value's JSON that a page shows."""
MAX_ROWS: Final = 50
MAX_COLUMNS: Final = 4
"""What a list of objects has at most to be shown as a table."""


def finalize(value: Any) -> Any:
    """What every expression of a template passes: nothing for None, harmless text for text."""
    if value is None:
        return ""
    return safe_block(value) if type(value) is str else value


def time_element(moment: float | None, form: str = "clock") -> Markup:
    """A moment for the browser to write in its own zone; before that, in the server's.

    `form` is `clock` for the time of day, `full` for date and milliseconds.
    """
    machine = rfc3339(moment)
    if moment is None or machine is None:
        return Markup("")
    text = clock(moment) if form == "clock" else moment_text(moment)
    # Digits and our own words; to escape them takes longer than the rest of a row.
    return Markup(  # noqa: S704
        f'<time datetime="{machine}" data-form="{form}" title="{machine}">{text}</time>'
    )


def pretty(value: Any) -> str:
    """A value as indented JSON, cut where it is too long to show."""
    try:
        text = msgspec.json.format(msgspec.json.encode(value), indent=2).decode()
    except (TypeError, ValueError, RecursionError, OverflowError):
        return inline(value)
    return safe_block(text if len(text) <= MAX_JSON else text[:MAX_JSON] + "\n…")


def tabular(value: Any) -> tuple[list[str], list[list[Any]]] | None:
    """Columns and rows of a list of small plain objects; None for anything else."""
    if not isinstance(value, list) or not 0 < len(value) <= MAX_ROWS:
        return None
    if not all(isinstance(one, dict) for one in value):
        return None
    columns = list(dict.fromkeys(name for one in value for name in one))
    if not 0 < len(columns) <= MAX_COLUMNS:
        return None
    rows = [[one.get(name, "") for name in columns] for one in value]
    if any(isinstance(cell, dict | list) for row in rows for cell in row):
        return None
    return columns, rows


def web_link(text: Any) -> str:
    """The text where it is an address that a browser may be sent to, else nothing."""
    if not isinstance(text, str) or len(text) > 2000:
        return ""
    try:
        parts = urlsplit(text)
    except ValueError:
        return ""
    return text if parts.scheme in ("http", "https") and parts.netloc else ""


def grouped(number: int) -> str:
    """A number with its thousands apart."""
    return f"{number:,}".replace(",", "\u202f")


def measured(number: float) -> str:
    """A number that was measured, to six digits, with its thousands apart."""
    return f"{number:,.6g}".replace(",", "\u202f")


FILTERS: Final[dict[str, Callable[..., Any]]] = {
    "bytes": byte_size,
    "duration": milliseconds,
    "grouped": grouped,
    "inline": inline,
    "measured": measured,
    "pretty": pretty,
    "seconds": seconds,
    "tabular": tabular,
    "time": time_element,
    "web_link": web_link,
    "word": word,
}
