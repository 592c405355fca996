"""Many items at a glance in an SQLite store: for pictures, counts and completion.

Rule: bounded like a page, and without opening what a picture does not show.
May import: store, query.
"""

from __future__ import annotations

import sqlite3
from typing import Any, Final

from fake_relay.query.sql import says
from fake_relay.query.text import fold
from fake_relay.store import Glimpse, Selection, Survey
from fake_relay.store.sqlite_find import NO_LIMIT, ReadContent, Search, choose, find, prepared

_COLUMNS: Final = "i.received_at, i.type, i.level, i.project"
_NEXT: Final = """
WITH RECURSIVE found (value) AS (
    SELECT min(value) FROM terms WHERE key = :key AND value >= :prefix
    UNION ALL
    SELECT (SELECT min(value) FROM terms WHERE key = :key AND value > found.value)
    FROM found WHERE found.value IS NOT NULL LIMIT :limit
) SELECT value FROM found WHERE value IS NOT NULL
"""
LOOKED_AT: Final = 10_000
"""Candidates that SQL judges where no index covers a search."""


def survey(connection: sqlite3.Connection, selection: Selection, content: ReadContent) -> Survey:
    """Glimpses of the newest items of a selection."""
    planned = prepared(selection)
    if planned.residual is not None:
        page = find(connection, selection, content)
        glimpses = [
            Glimpse(item.received_at, item.type, item.level, item.project) for item in page.items
        ]
        return Survey(glimpses, page.next is None)
    before = NO_LIMIT if selection.before is None else selection.before
    connection.create_function("says", 3, says, deterministic=True)
    index = choose(connection, planned, selection.after, before)
    search = Search(connection, planned, index, selection.after)
    place = search.place(before, min(LOOKED_AT, search.candidates[-1] // 2))
    rows: list[tuple[Any, ...]] = search.rows(
        _COLUMNS, place, before, selection.limit + 1
    ).fetchall()
    found = [Glimpse(row[0] / 1e6, *row[1:]) for row in rows[: selection.limit]]
    return Survey(found, len(rows) <= selection.limit and place == selection.after)


def values(connection: sqlite3.Connection, key: str, prefix: str, limit: int) -> list[str]:
    """The values of a term that begin so: each is one step down the index."""
    known = connection.execute("SELECT id FROM term_keys WHERE name = ?", (key,)).fetchone()
    if known is None:
        return []
    rows = connection.execute(_NEXT, {"key": known[0], "prefix": prefix, "limit": limit})
    start = fold(prefix)
    return [row[0] for row in rows if fold(row[0]).startswith(start)]
