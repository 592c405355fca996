"""The search index of an SQLite store: terms and full text, written behind the answers.

Rule: `indexed` is how far the index has come, and stands in the same transaction as the
rows that it speaks of. A search first brings the index up to what is committed; the terms
of items that this process took are still at hand, the others' are read from the payloads.
May import: store, records, items, protocol, errors.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain, takewhile

import msgspec

from fake_relay.errors import RequestRefused
from fake_relay.items import item_type
from fake_relay.protocol.envelope import ItemHeader
from fake_relay.store.sqlite_forgotten import forget_names
from fake_relay.store.sqlite_reader import read_body
from fake_relay.store.sqlite_writer import Writer, mark, set_mark
from fake_relay.store.storable import text

STEP = 250
"""Items that one transaction indexes; some milliseconds."""
STEP_TERMS = 10_000
"""Terms after which it ends early; a container of spans has hundreds."""
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
_REMOVE_TERMS = "DELETE FROM terms WHERE item_id = ?"
_REMOVE_TEXT = (
    "INSERT INTO search(search, rowid, text)"
    " SELECT 'delete', id, text FROM items WHERE id = ? AND text <> ''"
)


class Index:
    """How far the index has come, and the steps that bring it on."""

    def __init__(self, writer: Writer) -> None:
        self._writer = writer
        self._keys = writer.term_keys(MAX_KEYS)
        self._fresh: dict[int, Terms] = {}
        self._indexed = writer.mark("indexed")
        self._looked_at = 0

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
            keys: dict[str, int] = {}
            rows, taken = self._rows(write, ids, keys)
            whole = taken == len(ids) < STEP
            last = max(first, upto) if whole else ids[taken - 1]
            # In the order of the key, neighbours share a page.
            _insert_terms(write, sorted(rows))
            write.execute(_INSERT_TEXT, (first, last))
            set_mark(write, "indexed", last)
        self._learn(keys)
        self._indexed = last
        self._forget_until(last)
        return True

    def remove(self, write: sqlite3.Connection, ids: Sequence[int]) -> None:
        """Take items out of the index, while their rows are still there."""
        indexed = mark(write, "indexed")
        known = [(item_id,) for item_id in ids if item_id <= indexed]
        write.executemany(_REMOVE_TEXT, known)
        write.executemany(_REMOVE_TERMS, known)

    def remove_all(self, write: sqlite3.Connection) -> None:
        """Empty the index."""
        write.execute("DELETE FROM terms")
        write.execute("INSERT INTO search(search) VALUES ('delete-all')")
        self._fresh.clear()

    def forget_names(self, most: int | None) -> int:
        """Take a step in forgetting the names that no item has; how many went."""
        with self._writer.transaction("the names of fields") as write:
            gone, self._looked_at = forget_names(write, most, self._looked_at)
            if gone:
                # Ids of names that went are given to others.
                self._keys.clear()
        return gone

    def _rows(
        self, write: sqlite3.Connection, ids: Sequence[int], keys: dict[str, int]
    ) -> tuple[list[tuple[int, str, int]], int]:
        """The rows of items' terms, and of how many of the items: enough for a step."""
        fresh = {item_id: self._fresh.get(item_id) for item_id in ids}
        read = read_terms(write, [item_id for item_id, terms in fresh.items() if terms is None])
        rows: list[tuple[int, str, int]] = []
        for taken, (item_id, known) in enumerate(fresh.items(), 1):
            terms = next(read) if known is None else known
            rows += [
                (self._keys.get(key) or _key(write, key, keys), text(value), item_id)
                for key, value in terms
            ]
            if len(rows) >= STEP_TERMS:
                return rows, taken
        return rows, len(ids)

    def _learn(self, keys: Mapping[str, int]) -> None:
        if len(self._keys) < MAX_KEYS:
            self._keys.update(keys)

    def _forget_until(self, last: int) -> None:
        # By id and not by what a step saw: items can be cleared before their step. Of a copy,
        # for the thread that commits goes on remembering.
        for item_id in takewhile(lambda known: known <= last, list(self._fresh)):
            self._fresh.pop(item_id, None)


def read_terms(connection: sqlite3.Connection, ids: Sequence[int]) -> Iterator[Terms]:
    """The terms of stored items, read from their payloads; none of one that cannot be read."""
    opened, content = 0, b""
    for item_id in ids:
        row = connection.execute(
            "SELECT type, headers, envelope_id, start, size FROM items WHERE id = ?", (item_id,)
        ).fetchone()
        # An envelope's items are neighbours: its body is opened once for all of them.
        if row[2] != opened:
            opened, content = row[2], _content(connection, row[2])
        yield _terms(row[0], row[1], content, row[3], row[3] + row[4])


def _content(connection: sqlite3.Connection, envelope_id: int) -> bytes:
    try:
        body = read_body(connection, envelope_id)
    except RequestRefused:
        return b""
    return b"" if body is None else body.content


def _terms(name: str, raw_header: bytes, content: bytes, start: int, end: int) -> Terms:
    if len(content) < end:
        return ()
    try:
        header = msgspec.json.decode(raw_header, type=ItemHeader)
    except msgspec.MsgspecError:
        return ()
    return item_type(name).facts(header, content[start:end]).terms


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
