"""The one writing connection of an SQLite store, and whose turn it is to use it.

Rule: a commit that requests wait for goes before work that can wait, so what runs behind
the answers (indexing, retention) delays a commit by one small step at most.
May import: store.sqlite_file, errors.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from fake_relay.errors import StoreError
from fake_relay.store.sqlite_file import open_writer


class Writer:
    """Transactions on one file, one at a time, from any thread."""

    def __init__(self, path: str, *, durable: bool) -> None:
        self.path = path
        self._connection = open_writer(path, durable=durable)
        self._changed = threading.Condition()
        self._busy = False
        self._urgent = 0

    @contextmanager
    def transaction(self, what: str, *, urgent: bool = False) -> Iterator[sqlite3.Connection]:
        """Commit what the block writes, all of it or nothing; raises `StoreError`."""
        self._take(urgent=urgent)
        try:
            self._connection.execute("BEGIN IMMEDIATE")
            yield self._connection
            self._connection.execute("COMMIT")
        except sqlite3.Error as error:
            raise StoreError(f"{what} could not be written to {self.path}: {error}") from error
        finally:
            self._roll_back()
            self._give()

    def mark(self, name: str) -> int:
        """One of the numbers that outlive rows."""
        return mark(self._connection, name)

    def newest(self, table: str, name: str) -> int:
        """The highest id that a table ever had; `name` is the mark that clearing leaves."""
        found: int = self._connection.execute(
            f"SELECT max(coalesce(max(id), 0), ?) FROM {table}", (self.mark(name),)
        ).fetchone()[0]
        return found

    def term_keys(self, limit: int) -> dict[str, int]:
        """Names of searchable fields, with their ids."""
        rows = self._connection.execute("SELECT name, id FROM term_keys LIMIT ?", (limit,))
        return dict(rows.fetchall())

    def close(self) -> None:
        """Close when the turn of whoever writes has ended."""
        self._take(urgent=True)
        self._connection.close()
        self._give()

    def _roll_back(self) -> None:
        try:
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
        except sqlite3.Error:
            # SQLite has rolled back already: a full disk or a broken file does that.
            return

    def _take(self, *, urgent: bool) -> None:
        with self._changed:
            self._urgent += urgent
            self._changed.wait_for(lambda: not self._busy and (urgent or not self._urgent))
            self._urgent -= urgent
            self._busy = True

    def _give(self) -> None:
        with self._changed:
            self._busy = False
            self._changed.notify_all()


def mark(connection: sqlite3.Connection, name: str) -> int:
    """One of the numbers that outlive rows."""
    found: int = connection.execute("SELECT value FROM marks WHERE name = ?", (name,)).fetchone()[0]
    return found


def set_mark(connection: sqlite3.Connection, name: str, value: int) -> None:
    """Write one of the numbers that outlive rows, within a transaction."""
    connection.execute("UPDATE marks SET value = ? WHERE name = ?", (value, name))
