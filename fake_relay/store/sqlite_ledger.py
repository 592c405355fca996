"""The ledger of an SQLite store, and what was evicted: counted, summed, folded.

Rule: the sum of the buckets is the total; there is no other. The two tables differ only in
what they count by, so that one set of statements, made for each, serves both.
May import: store.buckets, store.storable, records, protocol.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

import msgspec

from fake_relay.protocol.outcome import Fate
from fake_relay.records import EvictedBucket, LedgerBucket, LedgerEntry
from fake_relay.store import buckets
from fake_relay.store.buckets import LENGTHS, MINUTE, Fold, Period
from fake_relay.store.storable import MAX_INTEGER, integer

FOLDED: Final = 500
"""Rows that one step folds."""

Row = tuple[Any, ...]

_numbers: Final = msgspec.json.Decoder(list[int]).decode

# SQLite gives up on a sum that leaves 64 bits; halves of the quantities never do.
_SUMS: Final = "sum(quantity >> 32), sum(quantity & 4294967295)"


@dataclass(frozen=True, slots=True)
class Table:
    """Quantities in buckets of time, by some columns."""

    name: str
    keys: tuple[str, ...]

    @property
    def by(self) -> str:
        """What it counts by, as a list of columns."""
        return ", ".join(self.keys)

    @property
    def add(self) -> str:
        """Adds a row: its keys, seconds, start, quantity."""
        # min() keeps a sum that leaves 64 bits from becoming a float.
        return (
            f"INSERT INTO {self.name} VALUES ({','.join('?' * (len(self.keys) + 3))})"
            " ON CONFLICT DO UPDATE"
            f" SET quantity = min(quantity + excluded.quantity, {MAX_INTEGER})"
        )

    @property
    def remove(self) -> str:
        """Removes a row: its keys, seconds, start."""
        return f"DELETE FROM {self.name} WHERE " + " AND ".join(
            f"{column} = ?" for column in (*self.keys, "seconds", "start")
        )


LEDGER: Final = Table("ledger", ("project", "category", "outcome", "reason"))
EVICTIONS: Final = Table("evictions", ("project", "type"))
ADD_LEDGER: Final = LEDGER.add
_TABLES: Final = (LEDGER, EVICTIONS)


def evict(write: sqlite3.Connection, items: Iterable[tuple[tuple[str, str, int], int]]) -> None:
    """Count items that make room: project, type and the minute that they came, and how many."""
    rows = [(project, kind, MINUTE, minute, count) for (project, kind, minute), count in items]
    write.executemany(EVICTIONS.add, rows)


def totals(connection: sqlite3.Connection, project: str | None) -> list[LedgerEntry]:
    """Quantities by project, category, outcome and reason."""
    where, values = _of(project)
    rows = connection.execute(
        f"SELECT {LEDGER.by}, {_SUMS} FROM ledger{where} GROUP BY {LEDGER.by}", values
    )
    return [LedgerEntry(row[0], row[1], Fate(row[2]), row[3], _sum(row)) for row in rows]


def evicted(connection: sqlite3.Connection, project: str | None) -> int:
    """How many items have made room."""
    where, values = _of(project)
    found: int = connection.execute(
        f"SELECT coalesce(sum(quantity), 0) FROM evictions{where}", values
    ).fetchone()[0]
    return found


def over_time(
    connection: sqlite3.Connection, period: Period, project: str | None
) -> list[LedgerBucket]:
    """The ledger in the steps of a period."""
    return [
        LedgerBucket(start, seconds, LedgerEntry(row[0], row[1], Fate(row[2]), row[3], quantity))
        for start, seconds, row, quantity in _steps(connection, LEDGER, period, project)
    ]


def evicted_over_time(
    connection: sqlite3.Connection, period: Period, project: str | None
) -> list[EvictedBucket]:
    """What has made room, in the steps of a period, by when it had come."""
    return [
        EvictedBucket(start, seconds, row[0], row[1], quantity)
        for start, seconds, row, quantity in _steps(connection, EVICTIONS, period, project)
    ]


def begins(connection: sqlite3.Connection, project: str | None) -> int | None:
    """The start of the first bucket that has a time; None where there is none."""
    where, values = ("", ()) if project is None else (" AND project = ?", (project,))
    found = [
        connection.execute(
            f"SELECT min(start) FROM ledger WHERE seconds = ?{where}", (length, *values)
        ).fetchone()[0]
        for length in LENGTHS
    ]
    return min((start for start in found if start is not None), default=None)


def clear(write: sqlite3.Connection, project: str | None) -> None:
    """Forget what was counted of a project, or of all."""
    where, values = _of(project)
    for table in _TABLES:
        write.execute(f"DELETE FROM {table.name}{where}", values)


def fold_some(write: sqlite3.Connection, now: float) -> int:
    """Fold a step of what is old, or of what is too much; how many rows, 0 where nothing is."""
    for table in _TABLES:
        for fold in buckets.due(now):
            if folded := _fold(write, table, fold):
                return folded
        if _rows(write, table) > buckets.ROWS:
            for fold in buckets.crowded():
                if folded := _fold(write, table, fold):
                    return folded
    return 0


def _fold(write: sqlite3.Connection, table: Table, fold: Fold) -> int:
    rows = write.execute(
        f"SELECT {table.by}, start, quantity FROM {table.name}"
        " WHERE seconds = ? AND start < ? ORDER BY start LIMIT ?",
        (fold.length, fold.before, FOLDED),
    ).fetchall()
    write.executemany(table.remove, [(*row[:-2], fold.length, row[-2]) for row in rows])
    write.executemany(
        table.add, [(*row[:-2], fold.into, fold.target(row[-2]), row[-1]) for row in rows]
    )
    return len(rows)


def _rows(write: sqlite3.Connection, table: Table) -> int:
    found: int = write.execute(f"SELECT count(*) FROM {table.name}").fetchone()[0]
    return found


def _steps(
    connection: sqlite3.Connection, table: Table, period: Period, project: str | None
) -> Iterator[tuple[int, int, Row, int]]:
    where, values = _within(period, project)
    # In one statement, or what is folded between two would be told twice, or not at all. By the
    # primary key, whose order needs no sorting; grouping by steps takes several times as long.
    rows = connection.execute(
        f"SELECT {table.by}, group_concat(seconds || ',' || start || ',' || quantity)"
        f" FROM {table.name} NOT INDEXED WHERE {where} GROUP BY {table.by}",
        values,
    )
    for row in rows:
        numbers = iter(_numbers(f"[{row[-1]}]"))
        for (start, length), quantity in period.added_up(zip(*[numbers] * 3, strict=True)).items():
            yield start, length, row, integer(quantity)


def _within(period: Period, project: str | None) -> tuple[str, Sequence[Any]]:
    conditions = [
        ("start + seconds > ?", period.start),
        ("start < ?", period.end),
        ("project = ?", project),
    ]
    asked = [(text, value) for text, value in conditions if value is not None]
    timed = "seconds >= 0" if period.has_untimed else "seconds > 0"
    return " AND ".join((timed, *(text for text, _ in asked))), [value for _, value in asked]


def _of(project: str | None) -> tuple[str, Sequence[Any]]:
    return ("", ()) if project is None else (" WHERE project = ?", (project,))


def _sum(row: Row) -> int:
    return integer((row[-2] << 32) + row[-1])
