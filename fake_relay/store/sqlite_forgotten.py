"""Forgetting of what nothing kept speaks of any more: projects, and names of fields.

Rule: what has items or envelopes is never forgotten, for those have their own bounds; so the
tables of names are bounded by what is kept and by a number. A project goes with its ledger.
May import: nothing of fake_relay.
"""

from __future__ import annotations

import sqlite3
from typing import Final

PROJECTS: Final = 200
"""Projects that one step forgets."""
NAMES: Final = 1000
"""Names of fields that one step looks at; some milliseconds."""

_EMPTY: Final = (
    "SELECT project FROM projects WHERE items = 0 AND envelopes = 0"
    " AND project NOT IN (SELECT project FROM clearings) ORDER BY created_at LIMIT ?"
)
_COUNTED: Final = "forgotten_projects"
"""The mark that counts them; there is none before the first one."""
_COUNT: Final = (
    "INSERT INTO marks VALUES (?, ?) ON CONFLICT DO UPDATE SET value = value + excluded.value"
)
_OF_PROJECT: Final = ("projects", "project_keys", "ledger", "evictions")
_NAMES: Final = "SELECT id FROM term_keys WHERE id > ? ORDER BY id LIMIT ?"
_UNUSED: Final = (
    "DELETE FROM term_keys WHERE id > ? AND id <= ?"
    " AND NOT EXISTS (SELECT 1 FROM terms WHERE terms.key = term_keys.id)"
)


def forget_projects(write: sqlite3.Connection, most: int | None) -> int:
    """Forget a step of the oldest projects that hold nothing, until `most` are left; how many."""
    excess = _excess(write, "projects", most)
    if not excess:
        return 0
    rows = write.execute(_EMPTY, (min(excess, PROJECTS),)).fetchall()
    for table in _OF_PROJECT:
        write.executemany(f"DELETE FROM {table} WHERE project = ?", rows)
    if rows:
        write.execute(_COUNT, (_COUNTED, len(rows)))
    return len(rows)


def forgotten_projects(connection: sqlite3.Connection) -> int:
    """How many projects were ever forgotten."""
    row = connection.execute("SELECT value FROM marks WHERE name = ?", (_COUNTED,)).fetchone()
    return 0 if row is None else int(row[0])


def forget_names(write: sqlite3.Connection, most: int | None, after: int) -> tuple[int, int]:
    """Forget names of fields that no item has, in a step behind an id, where there are too many.

    How many went, and behind which id the next step begins: 0 after the last one.
    """
    if not _excess(write, "term_keys", most):
        return 0, 0
    ids = write.execute(_NAMES, (after, NAMES)).fetchall()
    if not ids:
        return 0, 0
    return write.execute(_UNUSED, (after, ids[-1][0])).rowcount, ids[-1][0]


def _excess(write: sqlite3.Connection, table: str, most: int | None) -> int:
    if most is None:
        return 0
    count: int = write.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
    return max(count - most, 0)
