"""Findings in an SQLite store: their rows, and how they go with their item.

Rule: an item that is gone has none, whoever is late with a judgement.
May import: records, store.storable.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Mapping, Sequence

from fake_relay.records import Finding, Judgement
from fake_relay.store.storable import text

_JUDGED = "SELECT item_id, settings FROM judged WHERE item_id IN (SELECT value FROM json_each(?))"
_FINDINGS = (
    "SELECT item_id, path, code, severity, message, detail FROM findings"
    " WHERE item_id IN (SELECT value FROM json_each(?)) ORDER BY item_id, place"
)
_JUDGE = "INSERT OR REPLACE INTO judged SELECT id, ? FROM items WHERE id = ?"
_ADD = "INSERT INTO findings SELECT id, ?, ?, ?, ?, ?, ? FROM items WHERE id = ?"
_FORGET = "DELETE FROM findings WHERE item_id = ?"


def read(connection: sqlite3.Connection, item_ids: Sequence[int]) -> dict[int, Judgement]:
    """The judgements of items, without those of items that were not judged."""
    ids = json.dumps(list(item_ids))
    settings: dict[int, str] = dict(connection.execute(_JUDGED, (ids,)).fetchall())
    found: dict[int, list[Finding]] = {item_id: [] for item_id in settings}
    for row in connection.execute(_FINDINGS, (ids,)):
        if row[0] in found:
            found[row[0]].append(Finding(*row))
    return {
        item_id: Judgement(settings[item_id], tuple(findings))
        for item_id, findings in found.items()
    }


def write(connection: sqlite3.Connection, judgements: Mapping[int, Judgement]) -> None:
    """Replace the judgements of items, within a transaction."""
    connection.executemany(_FORGET, [(item_id,) for item_id in judgements])
    judged = [(one.settings, item_id) for item_id, one in judgements.items()]
    connection.executemany(_JUDGE, judged)
    rows = [
        (place, one.code, one.severity, text(one.path), one.message, text(one.detail), item_id)
        for item_id, judgement in judgements.items()
        for place, one in enumerate(judgement.findings)
    ]
    connection.executemany(_ADD, rows)


def remove(connection: sqlite3.Connection, item_ids: Iterable[int]) -> None:
    """Forget the judgements of items that go, within a transaction."""
    ids = [(item_id,) for item_id in item_ids]
    connection.executemany(_FORGET, ids)
    connection.executemany("DELETE FROM judged WHERE item_id = ?", ids)
