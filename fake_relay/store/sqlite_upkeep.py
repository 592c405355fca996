"""What an SQLite store does behind the answers: removing, folding, compressing.

Rule: every transaction is a small step. What was cleared goes first; it is counted already,
what is evicted is counted. Terms and text go with their item.
May import: store, errors.
"""

from __future__ import annotations

import sqlite3
from collections import Counter

import zstandard

from fake_relay.store import sqlite_findings, sqlite_ledger
from fake_relay.store.buckets import LOOKED, minute_of
from fake_relay.store.retention import STEP, Retention
from fake_relay.store.sqlite_index import Index
from fake_relay.store.sqlite_refused import remove_old
from fake_relay.store.sqlite_writer import Writer, mark, set_mark
from fake_relay.store.storable import micros

STEP_ITEMS = 500
"""Items after which a step ends with the envelope that it is at."""

_OLDEST = "SELECT id, project, received_at FROM envelopes ORDER BY id LIMIT ?"
_NTH_ITEM = "SELECT envelope_id FROM items ORDER BY id LIMIT 1 OFFSET ?"
_LOOK_AHEAD = 10_000
_OF_ITEM = "id, envelope_id, project, type, received_at"
_CLEARED = "SELECT project, items, envelopes FROM clearings LIMIT 1"
_CLEARED_ENVELOPES = (
    "SELECT id, project, received_at FROM envelopes WHERE project = ? AND id <= ?"
    " ORDER BY id LIMIT ?"
)
_CLEARED_ITEMS = f"SELECT {_OF_ITEM} FROM items WHERE project = ? AND id <= ? ORDER BY id"
_OLDEST_ITEMS = f"SELECT {_OF_ITEM} FROM items ORDER BY id"

EnvelopeRow = tuple[int, str, int]
"""An envelope's id, its project, and when it arrived in microseconds."""
Gone = Counter[tuple[str, str, int]]
"""Removed items by project, type and the minute that they came."""


class Upkeep:
    """The steps, each a transaction of its own."""

    def __init__(self, writer: Writer, index: Index, retention: Retention) -> None:
        self._writer = writer
        self._index = index
        self._retention = retention
        self._folded_at = float("-inf")

    def fold(self, now: float) -> None:
        """Fold what is old in the ledger, in steps; nothing where that was done a moment ago."""
        if 0 <= now - self._folded_at < LOOKED:
            return
        folded = 1
        while folded:
            with self._writer.transaction("the folded ledger") as write:
                folded = sqlite_ledger.fold_some(write, now)
        self._folded_at = now

    def retain(self, now: float) -> int:
        """Remove at most `STEP` envelopes, cleared or past a bound; how many it were."""
        with self._writer.transaction("the retention") as write:
            removed = remove_cleared(write, self._index)
            removed = removed or remove_old(write, self._retention, now)
            if removed:
                return removed
            oldest = write.execute(_OLDEST, (STEP,)).fetchall()
            count = max(
                self._too_old(oldest, now),
                self._too_many(write, oldest),
                self._too_large(write, oldest),
            )
            return _evict(write, self._index, oldest[:count]) if count else 0

    def _too_old(self, oldest: list[EnvelopeRow], now: float) -> int:
        if self._retention.max_age is None:
            return 0
        limit = micros(now - self._retention.max_age)
        return sum(received_at < limit for _, _, received_at in oldest)

    def _too_many(self, write: sqlite3.Connection, oldest: list[EnvelopeRow]) -> int:
        bound = self._retention.max_items
        if bound is None or (excess := _total(write, "items") - bound) <= 0:
            return 0
        row = write.execute(_NTH_ITEM, (min(excess, _LOOK_AHEAD) - 1,)).fetchone()
        return sum(envelope_id <= row[0] for envelope_id, _, _ in oldest)

    def _too_large(self, write: sqlite3.Connection, oldest: list[EnvelopeRow]) -> int:
        bound = self._retention.max_bytes
        if bound is None or not oldest or (used := used_bytes(write)) <= bound:
            return 0
        # Envelopes differ, so this is an estimate; the next call does what is missing.
        share = (used - bound) / used
        return min(len(oldest), max(1, int(share * _total(write, "envelopes"))))

    def pack(self, reader: sqlite3.Connection) -> None:
        """Compress the large bodies that came uncompressed."""
        compress = zstandard.ZstdCompressor(level=1).compress
        query = "SELECT envelope_id, wire FROM bodies WHERE packed = '' LIMIT 1"
        while (row := reader.execute(query).fetchone()) is not None:
            packed = compress(row[1])
            with self._writer.transaction("a compressed body") as write:
                write.execute(
                    "UPDATE bodies SET packed = 'zstd', wire = ? WHERE envelope_id = ?",
                    (packed, row[0]),
                )


def _total(write: sqlite3.Connection, column: str) -> int:
    found: int = write.execute(f"SELECT coalesce(sum({column}), 0) FROM projects").fetchone()[0]
    return found


def used_bytes(connection: sqlite3.Connection) -> int:
    """What the database occupies: its pages without the free ones, which are used again."""
    (pages,), (free,), (size,) = (
        connection.execute(f"PRAGMA {name}").fetchone()
        for name in ("page_count", "freelist_count", "page_size")
    )
    return int((pages - free) * size)


def remove_cleared(write: sqlite3.Connection, index: Index) -> int:
    """Remove a step of what was cleared; how many envelopes, 0 when nothing is left of it."""
    while (cleared := write.execute(_CLEARED).fetchone()) is not None:
        project, last_item, last_envelope = cleared
        found = write.execute(_CLEARED_ENVELOPES, (project, last_envelope, STEP)).fetchall()
        if found:
            items = write.execute(_CLEARED_ITEMS, (project, last_item))
            removed, _ = _remove(write, index, found, items)
            return len(removed)
        write.execute("DELETE FROM clearings WHERE project = ?", (project,))
    return 0


def _evict(write: sqlite3.Connection, index: Index, oldest: list[EnvelopeRow]) -> int:
    removed, gone = _remove(write, index, oldest, write.execute(_OLDEST_ITEMS))
    items: Counter[str] = Counter()
    for (project, _, _), count in gone.items():
        items[project] += count
    for project, envelopes in Counter(project for _, project, _ in removed).items():
        write.execute(
            "UPDATE projects SET items = items - ?, envelopes = envelopes - ? WHERE project = ?",
            (items[project], envelopes, project),
        )
    sqlite_ledger.evict(write, gone.items())
    return len(removed)


def _remove(
    write: sqlite3.Connection, index: Index, envelopes: list[EnvelopeRow], rows: sqlite3.Cursor
) -> tuple[list[EnvelopeRow], Gone]:
    """Remove envelopes and their items, as many as make a step; which, and of which items.

    `rows` are items from the first envelope's on; items have the order of their envelopes.
    """
    last = envelopes[-1][0]
    ids: list[int] = []
    gone: Gone = Counter()
    before = 0
    for item_id, envelope_id, project, kind, received_at in rows:
        if envelope_id > last:
            break
        if len(ids) >= STEP_ITEMS and envelope_id != before:
            last = before
            break
        ids.append(item_id)
        gone[project, kind, minute_of(received_at)] += 1
        before = envelope_id
    rows.close()
    removed = [envelope for envelope in envelopes if envelope[0] <= last]
    index.remove(write, ids)
    sqlite_findings.remove(write, ids)
    write.executemany("DELETE FROM items WHERE id = ?", [(item_id,) for item_id in ids])
    of_them = [(envelope[0],) for envelope in removed]
    write.executemany("DELETE FROM bodies WHERE envelope_id = ?", of_them)
    write.executemany("DELETE FROM envelopes WHERE id = ?", of_them)
    if ids:
        set_mark(write, "last_item", max(mark(write, "last_item"), ids[-1]))
    set_mark(write, "last_envelope", max(mark(write, "last_envelope"), last))
    return removed, gone
