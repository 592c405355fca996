"""The search index of an SQLite store: terms and full text, written behind the answers.

Rule: `indexed` is how far the index has come, and stands in the same transaction as the
rows that it speaks of. A search first brings the index up to what is committed; the terms
of items that this process took are still at hand, the others' are read from the payloads.
May import: store, records, items, protocol, errors.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from itertools import chain

import msgspec

from fake_relay.errors import RequestRefused
from fake_relay.items import item_type
from fake_relay.protocol.envelope import ItemHeader
from fake_relay.store.sqlite_reader import read_payload
from fake_relay.store.sqlite_writer import Writer, mark, set_mark
from fake_relay.store.storable import text

STEP = 250
"""Items that one transaction indexes; some milliseconds."""
MAX_FRESH = 4096
"""Items whose terms wait in memory; past it, each commit indexes a step."""

MAX_KEYS = 50_000
"""Names of fields that are known without asking the file."""

Terms = Sequence[tuple[str, str]]

_INSERT_TERM = "INSERT OR IGNORE INTO terms VALUES (?,?,?)"
# Several rows a statement: 1.8 instead of 3.1 us a term, as measured.
_TOGETHER = 50
_INSERT_TERMS = _INSERT_TERM + ",(?,?,?)" * (_TOGETHER - 1)
_INSERT_TEXT = (
    "INSERT INTO search(rowid, text)"
    " SELECT id, text FROM items WHERE id > ? AND id <= ? AND text <> ''"
)
_REMOVE_TERM = "DELETE FROM terms WHERE key = ? AND value = ? AND item_id = ?"
_REMOVE_TEXT = (
    "INSERT INTO search(search, rowid, text)"
    " SELECT 'delete', id, text FROM items WHERE {where} AND text <> ''"
)


class Index:
    """How far the index has come, and the steps that bring it on."""

    def __init__(self, writer: Writer) -> None:
        self._writer = writer
        self._keys = writer.term_keys(MAX_KEYS)
        self._fresh: dict[int, Terms] = {}
        self._indexed = writer.mark("indexed")

    @property
    def waiting(self) -> int:
        """How many items' terms wait in memory."""
        return len(self._fresh)

    def remember(self, terms: Mapping[int, Terms]) -> None:
        """Keep the terms of committed items until a step writes them."""
        # Steps that fail must not cost memory without end; terms can be read again.
        if len(self._fresh) < 2 * MAX_FRESH:
            self._fresh.update(terms)

    def step(self, upto: int) -> bool:
        """Index the next few items up to an id; False when there were none."""
        if self._indexed >= upto:
            return False
        with self._writer.transaction("the search index") as write:
            # From the file: another thread may have had a turn since.
            first = mark(write, "indexed")
            ids = _next_items(write, first, upto)
            last = ids[-1] if len(ids) == STEP else max(first, upto)
            keys: dict[str, int] = {}
            # In the order of the key, neighbours share a page.
            _insert_terms(write, sorted(self._rows(write, ids, keys)))
            write.execute(_INSERT_TEXT, (first, last))
            set_mark(write, "indexed", last)
        self._learn(keys)
        self._indexed = last
        self._forget_until(last)
        return True

    def remove(self, write: sqlite3.Connection, ids: Sequence[int]) -> None:
        """Take items out of the index, while their rows and payloads are still there."""
        indexed = mark(write, "indexed")
        known = [item_id for item_id in ids if item_id <= indexed]
        write.executemany(_REMOVE_TEXT.format(where="id = ?"), [(item_id,) for item_id in known])
        write.executemany(_REMOVE_TERM, sorted(self._rows(write, known, {})))

    def remove_project(self, write: sqlite3.Connection, project: str) -> None:
        """Take a project's text out of the index; its terms stay until a sweep."""
        where = f"project = ? AND id <= {mark(write, 'indexed')}"
        write.execute(_REMOVE_TEXT.format(where=where), (project,))

    def remove_all(self, write: sqlite3.Connection) -> None:
        """Empty the index."""
        write.execute("DELETE FROM terms")
        write.execute("INSERT INTO search(search) VALUES ('delete-all')")
        self._fresh.clear()

    def _rows(
        self, write: sqlite3.Connection, ids: Sequence[int], keys: dict[str, int]
    ) -> list[tuple[int, str, int]]:
        return [
            (self._keys.get(key) or _key(write, key, keys), text(value), item_id)
            for item_id in ids
            for key, value in self._terms(write, item_id)
        ]

    def _terms(self, write: sqlite3.Connection, item_id: int) -> Terms:
        known = self._fresh.get(item_id)
        return read_terms(write, item_id) if known is None else known

    def _learn(self, keys: Mapping[str, int]) -> None:
        if len(self._keys) < MAX_KEYS:
            self._keys.update(keys)

    def _forget_until(self, last: int) -> None:
        # By id and not by what a step saw: items can be cleared before their step.
        while (item_id := next(iter(self._fresh), None)) is not None and item_id <= last:
            self._fresh.pop(item_id, None)


def read_terms(connection: sqlite3.Connection, item_id: int) -> Terms:
    """The terms of a stored item, read from its payload; none for one that cannot be read."""
    row = connection.execute("SELECT type, headers FROM items WHERE id = ?", (item_id,)).fetchone()
    try:
        payload = read_payload(connection, item_id)
        header = msgspec.json.decode(row[1], type=ItemHeader)
    except (RequestRefused, msgspec.MsgspecError):
        return ()
    return () if payload is None else item_type(row[0]).facts(header, payload).terms


def _insert_terms(write: sqlite3.Connection, rows: Sequence[tuple[int, str, int]]) -> None:
    whole = len(rows) // _TOGETHER * _TOGETHER
    for start in range(0, whole, _TOGETHER):
        write.execute(_INSERT_TERMS, list(chain.from_iterable(rows[start : start + _TOGETHER])))
    write.executemany(_INSERT_TERM, rows[whole:])


def _next_items(write: sqlite3.Connection, after: int, upto: int) -> list[int]:
    rows = write.execute(
        "SELECT id FROM items WHERE id > ? AND id <= ? ORDER BY id LIMIT ?", (after, upto, STEP)
    )
    return [row[0] for row in rows]


def _key(write: sqlite3.Connection, name: str, keys: dict[str, int]) -> int:
    """The id of a field's name, made when it is new; `keys` is what this transaction knows."""
    known = keys.get(name)
    if known is None:
        name = text(name)
        write.execute("INSERT OR IGNORE INTO term_keys(name) VALUES (?)", (name,))
        known = keys[name] = write.execute(
            "SELECT id FROM term_keys WHERE name = ?", (name,)
        ).fetchone()[0]
    return known
