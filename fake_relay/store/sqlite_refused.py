"""Refused requests in an SQLite store: their rows, their bounds, and how they are read.

Rule: bounds are kept in the transaction that adds, by ids and by running sums of weights, so a
flood of refusals neither counts rows nor grows the file.
May import: store, records.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from typing import Any

import msgspec

from fake_relay.records import RefusedRequest
from fake_relay.store import RefusedPage
from fake_relay.store.retention import STEP, Retention
from fake_relay.store.sqlite_writer import mark, set_mark
from fake_relay.store.storable import micros

Row = tuple[Any, ...]

NO_LIMIT = 2**63 - 1

INSERT = f"INSERT INTO refused VALUES ({','.join('?' * 21)})"
_COLUMNS = (
    "id, received_at, method, path, query, door, project, public_key, status, reason, detail,"
    " causes, remote_addr, user_agent, client, headers, coding, wire_size, kept"
)
_FIRST_KEPT = "SELECT id FROM refused WHERE id > ? AND start >= ? ORDER BY id LIMIT 1"

_encode = msgspec.json.Encoder().encode


def row_of(request: RefusedRequest, wire: bytes, start: int) -> Row:
    """A refused request as a row of the table."""
    return (
        request.id,
        start,
        micros(request.received_at),
        request.method,
        request.path,
        request.query,
        request.door,
        request.project,
        request.public_key,
        request.status,
        request.reason,
        request.detail,
        _encode(request.causes).decode(),
        request.remote_addr,
        request.user_agent,
        request.client,
        _encode(request.headers).decode(),
        request.coding,
        request.wire_size,
        request.kept,
        wire,
    )


def add(write: sqlite3.Connection, rows: Sequence[Row], through: int, retention: Retention) -> None:
    """Insert rows, and remove the oldest that are too many or too large, within a transaction.

    `through` is the sum of the weights of all refusals ever, these included.
    """
    write.executemany(INSERT, rows)
    set_mark(write, "last_refused", rows[-1][0])
    set_mark(write, "refused_through", through)
    _make_room(write, retention)


def remove_old(write: sqlite3.Connection, retention: Retention, now: float) -> int:
    """Remove refusals that are past the bound of age, a step at a time; how many."""
    if retention.max_age is None:
        return 0
    limit = micros(now - retention.max_age)
    oldest = write.execute("SELECT id, received_at FROM refused ORDER BY id LIMIT ?", (STEP,))
    old = [refused_id for refused_id, received_at in oldest.fetchall() if received_at < limit]
    return _remove(write, old[-1] + 1) if old else 0


def _make_room(write: sqlite3.Connection, retention: Retention) -> None:
    most_rows = retention.max_refused
    after = 0 if most_rows is None else mark(write, "last_refused") - most_rows
    most_bytes = retention.refused_bytes
    above = -1 if most_bytes is None else mark(write, "refused_through") - most_bytes
    first = write.execute(_FIRST_KEPT, (after, above)).fetchone()
    _remove(write, NO_LIMIT if first is None else first[0])


def _remove(write: sqlite3.Connection, before: int) -> int:
    removed = write.execute("DELETE FROM refused WHERE id < ?", (before,)).rowcount
    if removed:
        set_mark(write, "refused_evicted", mark(write, "refused_evicted") + removed)
    return removed


def page(
    connection: sqlite3.Connection, project: str | None, before: int | None, limit: int
) -> RefusedPage:
    """A page of refused requests, newest first."""
    where = "id < ?" + ("" if project is None else " AND project = ?")
    values: list[Any] = [NO_LIMIT if before is None else before]
    values += [] if project is None else [project]
    rows = connection.execute(
        f"SELECT {_COLUMNS} FROM refused WHERE {where} ORDER BY id DESC LIMIT ?",
        (*values, limit + 1),
    ).fetchall()
    found = [_request(row) for row in rows[:limit]]
    more = found and len(rows) > limit
    return RefusedPage(found, found[-1].id if more else None, mark(connection, "refused_evicted"))


def one(connection: sqlite3.Connection, refused_id: int) -> RefusedRequest | None:
    """One refused request."""
    row = connection.execute(
        f"SELECT {_COLUMNS} FROM refused WHERE id = ?", (refused_id,)
    ).fetchone()
    return None if row is None else _request(row)


def body(connection: sqlite3.Connection, refused_id: int) -> bytes | None:
    """The kept bytes of a refused request's body."""
    row = connection.execute("SELECT wire FROM refused WHERE id = ?", (refused_id,)).fetchone()
    return None if row is None else bytes(row[0])


def _request(row: Row) -> RefusedRequest:
    fields: dict[str, Any] = dict(zip(_COLUMNS.split(", "), row, strict=True))
    fields["received_at"] = row[1] / 1e6
    fields["causes"] = msgspec.json.decode(fields["causes"], type=tuple[str, ...])
    fields["headers"] = msgspec.json.decode(fields["headers"], type=dict[str, str])
    return RefusedRequest(**fields)
