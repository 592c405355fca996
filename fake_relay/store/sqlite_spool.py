"""The spool in an SQLite store: parcels, dead letters, and the ledger of forwarding.

Rule: every write is one short transaction that gives way to commits.
May import: store, records.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Collection, Iterable, Sequence
from typing import Any, Final

import msgspec

from fake_relay.store.spool import (
    REMEMBERED,
    STEP,
    Counts,
    DeadLetter,
    ForwardEntry,
    KnownUpstream,
    Parcel,
    Part,
    Settlement,
    SpoolBounds,
    SpoolTotals,
    Ticket,
    counted,
    entries_of,
    past_bounds,
)
from fake_relay.store.sqlite_file import guarded
from fake_relay.store.sqlite_writer import Writer, mark
from fake_relay.store.storable import id_bytes, integer, micros, text

Row = tuple[Any, ...]

QUEUE: Final = (
    "INSERT INTO spool (upstream, project, envelope_id, parts, size, queued_at, due_at, by_hand,"
    " attempts) VALUES (?,?,?,?,?,?,?,?,?)"
)
COUNT: Final = (
    "INSERT INTO forward_ledger VALUES (?,?,?,?,?,?,0) ON CONFLICT DO UPDATE SET"
    " quantity = min(quantity + excluded.quantity, 9223372036854775807)"
)
_COLUMNS: Final = (
    "id, upstream, project, envelope_id, parts, queued_at, due_at, by_hand, attempts, size"
)
_LETTER: Final = f"{_COLUMNS}, died_at, status, reason, detail"
_BURY: Final = (
    "INSERT INTO dead_letters (id, upstream, project, envelope_id, parts, size, queued_at, due_at,"
    f" by_hand, attempts, died_at, status, reason, detail) VALUES ({','.join('?' * 14)})"
)
_REVIVE: Final = (
    "INSERT INTO spool SELECT id, upstream, project, envelope_id, parts, size, queued_at, 0,"
    " by_hand, 0 FROM dead_letters WHERE "
)
_COUNTED: Final = Counts.__struct_fields__
_COUNT_ENVELOPES: Final = (
    f"INSERT INTO spool_totals (upstream, envelopes, bytes, {', '.join(_COUNTED)})"
    f" VALUES (?,0,0{',?' * len(_COUNTED)}) ON CONFLICT DO UPDATE SET "
    + ", ".join(f"{name} = {name} + excluded.{name}" for name in _COUNTED)
)

_encode = msgspec.json.Encoder().encode
_decode_parts = msgspec.json.Decoder(tuple[Part, ...]).decode


def ticket_row(
    ticket: Ticket, project: str, envelope_id: int, first_item: int, received_at: int
) -> Row:
    """A ticket as a row of the spool, its places as ids."""
    parts = [msgspec.structs.replace(part, item=first_item + part.item) for part in ticket.parts]
    size = sum(part.size for part in parts)
    stored = _encode(parts).decode()
    return (ticket.upstream, project, envelope_id, stored, size, received_at, 0, 0, 0)


def count_row(entry: ForwardEntry) -> Row:
    """What to add to the ledger of forwarding."""
    named = (entry.upstream, text(entry.project), text(entry.category), entry.fate)
    return (*named, text(entry.reason), integer(entry.quantity))


class SqliteSpool:
    """The spool of one SQLite store; `reader` gives the connection of the thread that asks."""

    def __init__(self, path: str, writer: Writer, reader: Callable[[], sqlite3.Connection]) -> None:
        self.path = path
        self._writer = writer
        self._read = reader

    @guarded
    def instance(self) -> str:
        """The id of this store, 16 hex digits, as others see it in chains."""
        return f"{mark(self._read(), 'instance'):016x}"

    def queue(self, parcel: Parcel) -> int:
        """Queue something by hand; its id."""
        with self._writer.transaction("what is to be forwarded", urgent=True) as write:
            made = write.execute(QUEUE, _row(parcel)[1:]).lastrowid
        return made or 0

    @guarded
    def due(self, upstream: str, now: float, limit: int, *, by_hand: bool = False) -> list[Parcel]:
        """The oldest parcels that may go now; with `by_hand` only such."""
        only = " AND by_hand" if by_hand else ""
        rows = self._read().execute(
            f"SELECT {_COLUMNS} FROM spool WHERE upstream = ? AND due_at <= ?{only}"
            " ORDER BY id LIMIT ?",
            (upstream, micros(now), limit),
        )
        return [_parcel(row) for row in rows]

    @guarded
    def parcel(self, parcel_id: int) -> Parcel | None:
        """A parcel that waits."""
        row = self._read().execute(f"SELECT {_COLUMNS} FROM spool WHERE id = ?", (parcel_id,))
        found = row.fetchone()
        return None if found is None else _parcel(found)

    @guarded
    def next_due(self, upstream: str, now: float) -> float | None:
        """When the next parcel may go of those that may not go now."""
        found = self._read().execute(
            "SELECT min(due_at) FROM spool WHERE upstream = ? AND due_at > ? AND due_at > 0",
            (upstream, micros(now)),
        )
        (at,) = found.fetchone()
        return None if at is None else at / 1e6

    def settle(self, settlement: Settlement) -> None:
        """Keep what became of parcels, all of it or nothing."""
        with self._writer.transaction("what was forwarded") as write:
            there = _all_there(write, settlement)
            _remove(write, settlement.done)
            write.executemany(
                "UPDATE spool SET parts = ?, size = ?, due_at = ? WHERE id = ?",
                [
                    (_encode(one.parts).decode(), one.size, micros(one.due_at), one.id)
                    for one in settlement.kept
                ],
            )
            write.executemany(
                "UPDATE spool SET attempts = attempts + 1 WHERE id = ?",
                [(parcel_id,) for parcel_id in settlement.attempted],
            )
            if there:
                _bury(write, settlement)
            _count(write, settlement.upstream, counted(settlement, there=there))
            at = micros(settlement.at)
            ids = [(settlement.upstream, id_bytes(found), at) for found in settlement.event_ids]
            write.executemany("INSERT OR REPLACE INTO forwarded VALUES (?,?,?)", ids)
            write.executemany(COUNT, map(count_row, settlement.entries if there else ()))
            write.executemany(
                "UPDATE forward_ledger SET reported = reported + ? WHERE upstream = ?"
                " AND project = ? AND category = ? AND fate = ? AND reason = ?",
                [(row[5], *row[:5]) for row in map(count_row, settlement.reported)],
            )
            if settlement.state is not None:
                _keep_state(write, settlement.upstream, settlement.state)

    @guarded
    def forwarded(self, upstream: str, event_ids: Collection[str]) -> set[str]:
        """Those of the event ids that the upstream has."""
        found = set()
        for event_id in event_ids:
            has = "SELECT 1 FROM forwarded WHERE upstream = ? AND event_id = ?"
            if self._read().execute(has, (upstream, id_bytes(event_id))).fetchone():
                found.add(event_id)
        return found

    def evict(self, upstream: str, now: float, bounds: SpoolBounds) -> int:
        """Remove and count a few of the oldest parcels that are past a bound; how many."""
        if not self._past_bounds(upstream, now, bounds):
            return 0
        with self._writer.transaction("the bounds of the spool") as write:
            oldest = write.execute(
                f"SELECT {_COLUMNS} FROM spool WHERE upstream = ? ORDER BY id LIMIT ?",
                (upstream, STEP),
            ).fetchall()
            gone = past_bounds(
                [_parcel(row) for row in oldest], _totals(write, upstream), now, bounds
            )
            _remove(write, [parcel.id for parcel, _ in gone])
            for parcel, reason in gone:
                entries = entries_of(parcel, "evicted", reason)
                write.executemany(COUNT, map(count_row, entries))
            buried = _too_many_dead(write, upstream, bounds.max_dead)
            _count(write, upstream, Counts(evicted=len(gone), dropped=buried))
            write.execute(
                "DELETE FROM forwarded WHERE (upstream, event_id) IN"
                " (SELECT upstream, event_id FROM forwarded WHERE at < ? ORDER BY at LIMIT ?)",
                (micros(now - REMEMBERED), STEP),
            )
        return len(gone) + buried

    @guarded
    def _past_bounds(self, upstream: str, now: float, bounds: SpoolBounds) -> bool:
        # Nearly always nothing is, and then nobody who writes has to wait for this.
        read = self._read()
        found = _totals(read, upstream)
        old_ids = read.execute("SELECT min(at) FROM forwarded").fetchone()[0]
        return (
            found.envelopes > bounds.max_envelopes
            or found.bytes > bounds.max_bytes
            or found.dead > bounds.max_dead
            or (found.oldest is not None and found.oldest < now - bounds.max_age)
            or (old_ids is not None and old_ids < micros(now - REMEMBERED))
        )

    @guarded
    def totals(self, upstream: str) -> SpoolTotals:
        """How much waits."""
        return _totals(self._read(), upstream)

    @guarded
    def dead_letters(
        self, upstream: str | None = None, before: int | None = None, limit: int = 50
    ) -> list[DeadLetter]:
        """A page of dead letters, newest first, below an id."""
        where, values = _which(upstream, None)
        rows = self._read().execute(
            f"SELECT {_LETTER} FROM dead_letters WHERE {where} AND id < ? ORDER BY id DESC LIMIT ?",
            (*values, 2**63 - 1 if before is None else before, limit),
        )
        return [_dead(row) for row in rows]

    @guarded
    def dead_letter(self, parcel_id: int) -> DeadLetter | None:
        """One dead letter."""
        row = (
            self._read()
            .execute(
                f"SELECT {_LETTER} FROM dead_letters WHERE id = ?",
                (parcel_id,),
            )
            .fetchone()
        )
        return None if row is None else _dead(row)

    def revive(self, upstream: str | None, ids: Sequence[int] | None = None) -> int:
        """Queue dead letters again, at their old places; how many."""
        where, values = _which(upstream, ids)
        with self._writer.transaction("dead letters", urgent=True) as write:
            found = write.execute(
                f"SELECT {_LETTER} FROM dead_letters WHERE {where}",
                values,
            ).fetchall()
            write.execute(_REVIVE + where, values)
            write.execute(f"DELETE FROM dead_letters WHERE {where}", values)
            for letter in map(_dead, found):
                # It was selected once, and queueing it has counted it again.
                _count(write, letter.parcel.upstream, Counts(selected=-1))
                entries = [
                    msgspec.structs.replace(entry, quantity=-entry.quantity)
                    for entry in entries_of(letter.parcel, "dead", letter.reason)
                ]
                write.executemany(COUNT, map(count_row, entries))
        return len(found)

    def drop_dead(self, upstream: str | None, ids: Sequence[int] | None = None) -> int:
        """Forget dead letters, which stay counted; how many."""
        where, values = _which(upstream, ids)
        with self._writer.transaction("dead letters", urgent=True) as write:
            going = write.execute(
                f"SELECT upstream, count(*) FROM dead_letters WHERE {where} GROUP BY upstream",
                values,
            ).fetchall()
            for name, number in going:
                _count(write, name, Counts(dropped=number))
            return write.execute(f"DELETE FROM dead_letters WHERE {where}", values).rowcount

    @guarded
    def forward_ledger(self, upstream: str | None = None) -> list[ForwardEntry]:
        """What became of what was to be forwarded."""
        where, values = _which(upstream, None)
        rows = self._read().execute(f"SELECT * FROM forward_ledger WHERE {where}", values)
        return [ForwardEntry(*row) for row in rows]

    @guarded
    def upstreams(self) -> list[KnownUpstream]:
        """What is remembered of upstreams."""
        rows = self._read().execute("SELECT name, settings, state FROM upstreams ORDER BY name")
        return [KnownUpstream(name, one.encode(), two.encode()) for name, one, two in rows]

    def remember(self, known: KnownUpstream) -> None:
        """Remember settings and state of an upstream."""
        row = (known.name, known.settings.decode(), known.state.decode())
        with self._writer.transaction("an upstream", urgent=True) as write:
            write.execute("REPLACE INTO upstreams VALUES (?,?,?)", row)

    def forget(self, upstream: str) -> None:
        """Forget an upstream with all that waits for it, its dead letters and its counts."""
        with self._writer.transaction("an upstream", urgent=True) as write:
            for table in ("spool", "dead_letters", "forwarded", "forward_ledger", "spool_totals"):
                write.execute(f"DELETE FROM {table} WHERE upstream = ?", (upstream,))
            write.execute("DELETE FROM upstreams WHERE name = ?", (upstream,))


def _which(upstream: str | None, ids: Sequence[int] | None) -> tuple[str, list[Any]]:
    where, values = ["1"], []
    if upstream is not None:
        where.append("upstream = ?")
        values.append(upstream)
    if ids is not None:
        where.append("id IN (SELECT value FROM json_each(?))")
        values.append(json.dumps(list(ids)))
    return " AND ".join(where), values


def _all_there(write: sqlite3.Connection, settlement: Settlement) -> bool:
    """Whether the parcels still wait: what was evicted on its way is counted already."""
    ids = [*settlement.done, *(parcel.id for parcel in settlement.kept)]
    return all(write.execute("SELECT 1 FROM spool WHERE id = ?", (one,)).fetchone() for one in ids)


def _bury(write: sqlite3.Connection, settlement: Settlement) -> None:
    """Make dead letters; one of a part of a parcel gets an id of its own."""
    free = set(settlement.done)
    for letter in settlement.dead:
        parcel_id = letter.parcel.id
        if parcel_id in free:
            free.remove(parcel_id)
        else:
            (parcel_id,) = write.execute(
                "UPDATE sqlite_sequence SET seq = seq + 1 WHERE name = 'spool' RETURNING seq"
            ).fetchone()
        write.execute(_BURY, (parcel_id, *_dead_row(letter)[1:]))


def _count(write: sqlite3.Connection, upstream: str, counts: Counts) -> None:
    if counts != Counts():
        write.execute(_COUNT_ENVELOPES, (upstream, *msgspec.structs.astuple(counts)))


def _remove(write: sqlite3.Connection, ids: Iterable[int]) -> None:
    write.executemany("DELETE FROM spool WHERE id = ?", [(parcel_id,) for parcel_id in ids])


def _too_many_dead(write: sqlite3.Connection, upstream: str, most: int) -> int:
    return write.execute(
        "DELETE FROM dead_letters WHERE id IN (SELECT id FROM dead_letters WHERE upstream = ?"
        " ORDER BY id DESC LIMIT -1 OFFSET ?)",
        (upstream, most),
    ).rowcount


def _totals(connection: sqlite3.Connection, upstream: str) -> SpoolTotals:
    row = connection.execute(
        f"SELECT envelopes, bytes, {', '.join(_COUNTED)} FROM spool_totals WHERE upstream = ?",
        (upstream,),
    ).fetchone()
    oldest = connection.execute(
        "SELECT queued_at FROM spool WHERE upstream = ? ORDER BY id LIMIT 1", (upstream,)
    ).fetchone()
    dead = connection.execute("SELECT count(*) FROM dead_letters WHERE upstream = ?", (upstream,))
    envelopes, held, *counts = row or (0, 0)
    at = None if oldest is None else oldest[0] / 1e6
    told = Counts(**dict(zip(_COUNTED, counts, strict=False)))
    return SpoolTotals(envelopes, held, at, dead.fetchone()[0], told)


def _keep_state(write: sqlite3.Connection, upstream: str, state: bytes) -> None:
    write.execute(
        "INSERT INTO upstreams (name, state) VALUES (?,?)"
        " ON CONFLICT DO UPDATE SET state = excluded.state",
        (upstream, state.decode()),
    )


def _row(parcel: Parcel) -> Row:
    return (
        parcel.id,
        parcel.upstream,
        text(parcel.project),
        parcel.envelope_id,
        _encode(parcel.parts).decode(),
        parcel.size,
        micros(parcel.queued_at),
        micros(parcel.due_at),
        parcel.by_hand,
        parcel.attempts,
    )


def _dead_row(letter: DeadLetter) -> Row:
    died = (micros(letter.died_at), letter.status, letter.reason, text(letter.detail))
    return (*_row(letter.parcel), *died)


def _parcel(row: Row) -> Parcel:
    return Parcel(
        id=row[0],
        upstream=row[1],
        project=row[2],
        envelope_id=row[3],
        parts=_decode_parts(row[4]),
        queued_at=row[5] / 1e6,
        due_at=row[6] / 1e6,
        by_hand=bool(row[7]),
        attempts=row[8],
    )


def _dead(row: Row) -> DeadLetter:
    died_at, status, reason, detail = row[10:14]
    return DeadLetter(
        parcel=_parcel(row), died_at=died_at / 1e6, status=status, reason=reason, detail=detail
    )
