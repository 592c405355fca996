"""The embedded store: one SQLite file in WAL mode, opened by one process.

Rule: arrivals are collected as rows, and one transaction writes all that arrived in one
turn of the loop. Only what is committed has an id that anybody has seen.
May import: store, query, records, items, config, protocol, errors.
"""

from __future__ import annotations

import fcntl
import os
import sqlite3
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import zstandard

from fake_relay.errors import StoreError
from fake_relay.protocol.envelope import serialize
from fake_relay.protocol.outcome import ACCEPTED
from fake_relay.records import Arrival, LedgerEntry
from fake_relay.store.schema import upgrade
from fake_relay.store.sqlite_reader import SqliteReader, connect

_INSERT_ENVELOPE = "INSERT INTO envelopes VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)"
_INSERT_BODY = "INSERT INTO bodies VALUES (?,?,?,?)"
_INSERT_ITEM = "INSERT INTO items VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)"
_INSERT_TERM = "INSERT OR IGNORE INTO terms VALUES (?,?,?)"
_INSERT_TEXT = (
    "INSERT INTO search(rowid, text) SELECT id, text FROM items WHERE id > ? AND text <> ''"
)
_ADD_LEDGER = (
    "INSERT INTO ledger VALUES (?,?,?,?,?)"
    " ON CONFLICT DO UPDATE SET quantity = quantity + excluded.quantity"
)
_ADD_PROJECT = (
    "INSERT INTO projects VALUES (?,?,?,?) ON CONFLICT DO UPDATE SET"
    " items = items + excluded.items, envelopes = envelopes + excluded.envelopes"
)


def micros(seconds: float) -> int:
    """Seconds since 1970 as whole microseconds."""
    return round(seconds * 1_000_000)


class _Batch:
    """The rows of the open batch."""

    def __init__(self) -> None:
        self.envelopes: list[tuple[Any, ...]] = []
        self.bodies: list[tuple[Any, ...]] = []
        self.items: list[tuple[Any, ...]] = []
        self.terms: list[tuple[int, str, int]] = []
        self.ledger: Counter[tuple[str, str, str, str]] = Counter()
        self.projects: dict[str, list[int]] = {}
        self.keys: set[tuple[str, str]] = set()


class SqliteStore(SqliteReader):
    """A store in one file; `add` and `commit` are called from one thread only."""

    def __init__(self, path: str, *, durable: bool = False) -> None:
        super().__init__(path)
        self._lock = _lock(path)
        try:
            self._writer = connect(path)
            self._writer.execute("PRAGMA page_size = 16384")
            self._writer.execute("PRAGMA journal_mode = WAL")
            self._writer.execute(f"PRAGMA synchronous = {'FULL' if durable else 'NORMAL'}")
            self._writer.execute("PRAGMA wal_autocheckpoint = 4000")
            upgrade(self._writer, path)
        except sqlite3.Error as error:
            os.close(self._lock)
            raise StoreError(
                f"{path} cannot be opened as a store: {error}; name another file, or memory:"
            ) from error
        except StoreError:
            os.close(self._lock)
            raise
        self._term_keys: dict[str, int] = dict(
            self._writer.execute("SELECT name, id FROM term_keys").fetchall()
        )
        self._next_envelope = self._newest("envelopes") + 1
        self._next_item = self._newest("items") + 1
        self._committed_item = self._next_item - 1
        self._compress = zstandard.ZstdCompressor(level=1).compress
        self._batch = _Batch()

    def _newest(self, table: str) -> int:
        found: int = self._writer.execute(f"SELECT coalesce(max(id), 0) FROM {table}").fetchone()[0]
        return found

    def add(self, arrival: Arrival, ledger: Sequence[LedgerEntry]) -> None:
        """Take an arrival and what it counts into the open batch."""
        batch = self._batch
        submission = arrival.submission
        envelope = submission.envelope
        project, received_at = submission.project, micros(arrival.received_at)
        envelope_id, self._next_envelope = self._next_envelope, self._next_envelope + 1
        event_id = _blob(envelope.event_id)
        batch.envelopes.append(
            (
                envelope_id,
                project,
                submission.public_key,
                event_id,
                received_at,
                arrival.remote_addr,
                arrival.user_agent,
                submission.client,
                submission.door,
                submission.coding,
                len(submission.wire),
                submission.size,
                envelope.raw_header,
                "\n".join(item.type for item in envelope.items),
                submission.spotlight,
                "\n".join(envelope.tolerated),
            )
        )
        packed, wire = submission.coding, submission.wire
        if packed == "":
            packed, wire = "zstd", self._compress(wire)
        content = self._compress(serialize(envelope)) if submission.converted else None
        batch.bodies.append((envelope_id, packed, wire, content))
        for received, outcome in arrival.items:
            item, facts = received.item, received.facts
            item_id, self._next_item = self._next_item, self._next_item + 1
            batch.items.append(
                (
                    item_id,
                    envelope_id,
                    project,
                    item.type,
                    event_id or _blob(facts.event_id),
                    _blob(facts.trace_id),
                    received_at,
                    None if facts.timestamp is None else micros(facts.timestamp),
                    facts.duration,
                    next((value for key, value in facts.terms if key == "level"), ""),
                    facts.title,
                    facts.count,
                    item.start,
                    len(item.payload),
                    "" if outcome is ACCEPTED else str(outcome),
                    item.raw_header,
                    facts.text,
                )
            )
            for key, value in facts.terms:
                batch.terms.append((self._term_keys.get(key) or self._new_key(key), value, item_id))
        counts = batch.projects.setdefault(project, [received_at, 0, 0])
        counts[1] += len(arrival.items)
        counts[2] += 1
        batch.keys.add((project, submission.public_key))
        for entry in ledger:
            batch.ledger[entry.project, entry.category, entry.outcome.value, entry.reason] += (
                entry.quantity
            )

    def _new_key(self, name: str) -> int:
        # Written at once: a key that stays without rows when a batch fails does no harm.
        self._writer.execute("INSERT INTO term_keys(name) VALUES (?)", (name,))
        found: int = self._writer.execute(
            "SELECT id FROM term_keys WHERE name = ?", (name,)
        ).fetchone()[0]
        self._term_keys[name] = found
        return found

    def commit(self) -> int:
        """Commit the open batch; the position after it."""
        batch, self._batch = self._batch, _Batch()
        write = self._writer
        try:
            write.execute("BEGIN IMMEDIATE")
            write.executemany(_INSERT_ENVELOPE, batch.envelopes)
            write.executemany(_INSERT_BODY, batch.bodies)
            write.executemany(_INSERT_ITEM, batch.items)
            write.executemany(_INSERT_TERM, batch.terms)
            write.execute(_INSERT_TEXT, (self._committed_item,))
            write.executemany(
                _ADD_LEDGER, [(*key, quantity) for key, quantity in batch.ledger.items()]
            )
            write.executemany(_ADD_PROJECT, [(key, *row) for key, row in batch.projects.items()])
            write.executemany("INSERT OR IGNORE INTO project_keys VALUES (?,?)", batch.keys)
            write.execute("COMMIT")
        except sqlite3.Error as error:
            if write.in_transaction:
                write.execute("ROLLBACK")
            raise StoreError(
                f"a batch of {len(batch.envelopes)} envelopes could not be written to "
                f"{self.path}: {error}"
            ) from error
        self._committed_item = self._next_item - 1
        return self._committed_item

    def add_project(self, project: str, public_key: str, created_at: float) -> None:
        """Make a project known before anything is sent to it."""
        self._writer.execute(_ADD_PROJECT, (project, micros(created_at), 0, 0))
        self._writer.execute(
            "INSERT OR IGNORE INTO project_keys VALUES (?,?)", (project, public_key)
        )

    def clear(self, project: str | None = None) -> int:
        """Forget the items and envelopes of a project, or all; the number of items."""
        where, values = ("", ()) if project is None else (" WHERE project = ?", (project,))
        write = self._writer
        write.execute("BEGIN IMMEDIATE")
        write.execute(
            "INSERT INTO search(search, rowid, text)"
            f" SELECT 'delete', id, text FROM items{where or ' WHERE true'} AND text <> ''",
            values,
        )
        write.execute(
            f"DELETE FROM bodies WHERE envelope_id IN (SELECT id FROM envelopes{where})", values
        )
        write.execute(f"DELETE FROM terms WHERE item_id IN (SELECT id FROM items{where})", values)
        removed = write.execute(f"DELETE FROM items{where}", values).rowcount
        write.execute(f"DELETE FROM envelopes{where}", values)
        write.execute(f"DELETE FROM ledger{where}", values)
        write.execute(f"UPDATE projects SET items = 0, envelopes = 0{where}", values)
        write.execute("COMMIT")
        return removed

    def position(self) -> int:
        """The id of the newest committed item."""
        return self._committed_item

    def close(self) -> None:
        """Release the file and its lock."""
        super().close()
        self._writer.close()
        os.close(self._lock)


def _blob(hexadecimal: str | None) -> bytes | None:
    if not hexadecimal:
        return None
    try:
        return bytes.fromhex(hexadecimal.replace("-", "")) or None
    except ValueError:
        return None


def _lock(path: str) -> int:
    """Create the file for its owner alone and lock it; one process at a time has a store."""
    try:
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
        lock = os.open(f"{path}.lock", os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise StoreError(f"{path} cannot be created: {error.strerror or error}") from error
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        os.close(lock)
        raise StoreError(
            f"{path} is in use by another process; stop that one, or name another file"
        ) from error
    return lock
