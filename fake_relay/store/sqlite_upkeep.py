"""What an SQLite store does behind the answers: retention, sweeping, compressing.

Rule: every transaction is a small step, and a removed item is counted in its project. Its
terms go with an evicted item; those of a cleared project are swept up later, because a
search joins the items, and an id is never used again.
May import: store, errors.
"""

from __future__ import annotations

import sqlite3
from collections import Counter

import zstandard

from fake_relay.store.retention import STEP, Retention
from fake_relay.store.sqlite_index import Index
from fake_relay.store.sqlite_writer import Writer, mark, set_mark
from fake_relay.store.storable import MAX_INTEGER, micros

SWEEP_STEP = 5_000
"""Terms that one step of a sweep looks at."""
_SWEEP_FROM = 10_000
_SWEEP_SHARE = 20

_OLDEST = "SELECT id, project, received_at FROM envelopes ORDER BY id LIMIT ?"
_NTH_ITEM = "SELECT envelope_id FROM items ORDER BY id LIMIT 1 OFFSET ?"
_LOOK_AHEAD = 10_000
_LATER_TERM = (
    "SELECT key, value, item_id FROM terms WHERE (key, value, item_id) > (?, ?, ?)"
    " ORDER BY key, value, item_id LIMIT 1 OFFSET ?"
)
_REMOVE_ORPHANS = (
    "DELETE FROM terms WHERE (key, value, item_id) > (?, ?, ?)"
    " AND (key, value, item_id) <= (?, ?, ?)"
    " AND NOT EXISTS (SELECT 1 FROM items WHERE items.id = terms.item_id)"
)
_START = (-1, "", 0)
_END = (MAX_INTEGER, "", 0)


class Upkeep:
    """The steps, each a transaction of its own."""

    def __init__(self, writer: Writer, index: Index, retention: Retention) -> None:
        self._writer = writer
        self._index = index
        self._retention = retention

    def retain(self, now: float) -> int:
        """Evict at most `STEP` of the oldest envelopes past a bound; how many it were."""
        with self._writer.transaction("the retention") as write:
            oldest = write.execute(_OLDEST, (STEP,)).fetchall()
            count = max(
                self._too_old(oldest, now),
                self._too_many(write, oldest),
                self._too_large(write, oldest),
            )
            if count:
                _evict(write, self._index, oldest[:count])
        return count

    def _too_old(self, oldest: list[tuple[int, str, int]], now: float) -> int:
        if self._retention.max_age is None:
            return 0
        limit = micros(now - self._retention.max_age)
        return sum(received_at < limit for _, _, received_at in oldest)

    def _too_many(self, write: sqlite3.Connection, oldest: list[tuple[int, str, int]]) -> int:
        bound = self._retention.max_items
        if bound is None or (excess := _total(write, "items") - bound) <= 0:
            return 0
        row = write.execute(_NTH_ITEM, (min(excess, _LOOK_AHEAD) - 1,)).fetchone()
        return sum(envelope_id <= row[0] for envelope_id, _, _ in oldest)

    def _too_large(self, write: sqlite3.Connection, oldest: list[tuple[int, str, int]]) -> int:
        bound = self._retention.max_bytes
        if bound is None or not oldest or (used := used_bytes(write)) <= bound:
            return 0
        # Envelopes differ, so this is an estimate; the next call does what is missing.
        share = (used - bound) / used
        return min(len(oldest), max(1, int(share * _total(write, "envelopes"))))

    def sweep(self) -> None:
        """Remove the terms of cleared items, once there are enough of them."""
        with self._writer.transaction("the sweep") as write:
            unswept = mark(write, "unswept")
            items = _total(write, "items")
        if unswept <= _SWEEP_FROM + items // _SWEEP_SHARE:
            return
        place: tuple[int, str, int] | None = _START
        while place is not None:
            with self._writer.transaction("the sweep") as write:
                place = _sweep_from(write, place)
        with self._writer.transaction("the sweep") as write:
            set_mark(write, "unswept", max(0, mark(write, "unswept") - unswept))

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


def _evict(write: sqlite3.Connection, index: Index, oldest: list[tuple[int, str, int]]) -> None:
    last = oldest[-1][0]
    items = _items_until(write, last)
    index.remove(write, [item_id for item_id, _ in items])
    if items:
        write.execute("DELETE FROM items WHERE id <= ?", (items[-1][0],))
        set_mark(write, "last_item", max(mark(write, "last_item"), items[-1][0]))
    write.execute("DELETE FROM bodies WHERE envelope_id <= ?", (last,))
    write.execute("DELETE FROM envelopes WHERE id <= ?", (last,))
    set_mark(write, "last_envelope", max(mark(write, "last_envelope"), last))
    gone = Counter(project for _, project in items)
    for project, envelopes in Counter(project for _, project, _ in oldest).items():
        count = gone[project]
        write.execute(
            "UPDATE projects SET items = items - ?, envelopes = envelopes - ?,"
            " evicted = evicted + ? WHERE project = ?",
            (count, envelopes, count, project),
        )


def _items_until(write: sqlite3.Connection, envelope_id: int) -> list[tuple[int, str]]:
    """The items of the oldest envelopes; items have the order of their envelopes."""
    found: list[tuple[int, str]] = []
    rows = write.execute("SELECT id, project, envelope_id FROM items ORDER BY id")
    for row in rows:
        if row[2] > envelope_id:
            break
        found.append((row[0], row[1]))
    rows.close()
    return found


def _sweep_from(
    write: sqlite3.Connection, place: tuple[int, str, int]
) -> tuple[int, str, int] | None:
    """Sweep the terms behind a place; the next place, or None at the end."""
    later = write.execute(_LATER_TERM, (*place, SWEEP_STEP)).fetchone()
    write.execute(_REMOVE_ORPHANS, (*place, *(later or _END)))
    return None if later is None else (later[0], later[1], later[2])
