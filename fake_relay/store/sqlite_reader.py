"""Reading an SQLite store: one read-only connection for each thread that asks.

May import: store, query, records, items, config, protocol, errors.
"""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import msgspec

from fake_relay.protocol import encoding
from fake_relay.query import combine
from fake_relay.query.predicate import And, Not, NumberIs, TextIs
from fake_relay.query.text import Pattern
from fake_relay.records import (
    EvictedBucket,
    LedgerBucket,
    LedgerEntry,
    ProjectSummary,
    RefusedRequest,
    StoredEnvelope,
    StoredItem,
)
from fake_relay.store import (
    Body,
    EnvelopePage,
    Page,
    RefusedPage,
    Selection,
    Survey,
    as_sent,
    sqlite_ledger,
    sqlite_refused,
    sqlite_survey,
)
from fake_relay.store.buckets import Period
from fake_relay.store.sqlite_file import connect, guarded
from fake_relay.store.sqlite_find import ITEM_COLUMNS, NO_LIMIT, find, item_of
from fake_relay.store.sqlite_forgotten import forgotten_projects

_ITEMS = f"SELECT {ITEM_COLUMNS} FROM items i JOIN envelopes e ON e.id = i.envelope_id"
MAPPED = 256 * 1024 * 1024
"""Bytes of the file that a reader maps instead of copying them through a cache."""
MAX_CONVERTED = 4 * 1024 * 1024 * 1024
"""Bytes of an envelope that a door made; what it took in was bounded long before."""
# What was cleared is there until its rows have been removed, and nobody sees it.
_ITEM_SHOWN = (
    "NOT EXISTS (SELECT 1 FROM clearings c WHERE c.project = i.project AND i.id <= c.items)"
)
_ENVELOPE_SHOWN = (
    "NOT EXISTS (SELECT 1 FROM clearings c"
    " WHERE c.project = envelopes.project AND envelopes.id <= c.envelopes)"
)
_ENVELOPE_COLUMNS = (
    "id, project, public_key, event_id, received_at, remote_addr, user_agent, client, door,"
    " content_encoding, wire_size, size, headers, item_types, spotlight, tolerated, faults,"
    " chain"
)
_BODY_COLUMNS = "b.packed, b.wire, b.envelope, e.content_encoding, e.size, e.wire_size"


class SqliteReader:
    """The reading half of a store; safe to use from any thread."""

    def __init__(self, path: str) -> None:
        self.path = path
        self._local = threading.local()
        self._connections: list[tuple[threading.Thread, sqlite3.Connection]] = []
        self._guard = threading.Lock()
        self._closed = False

    @property
    def _reader(self) -> sqlite3.Connection:
        connection: sqlite3.Connection | None = getattr(self._local, "connection", None)
        if connection is None:
            connection = self._local.connection = self._connect()
        return connection

    def _connect(self) -> sqlite3.Connection:
        if self._closed:
            raise sqlite3.ProgrammingError("the store is closed")
        connection = connect(self.path)
        connection.execute("PRAGMA query_only = ON")
        connection.execute(f"PRAGMA mmap_size = {MAPPED}")
        with self._guard:
            # Threads come and go; their connections must not stay behind.
            ended = [entry for entry in self._connections if not entry[0].is_alive()]
            for entry in ended:
                entry[1].close()
                self._connections.remove(entry)
            self._connections.append((threading.current_thread(), connection))
        return connection

    def catch_up(self) -> None:
        """Bring the search index up to what is committed; whoever reads it calls this first."""

    @guarded
    def position(self) -> int:
        """The id of the newest committed item."""
        found: int = self._reader.execute("SELECT coalesce(max(id), 0) FROM items").fetchone()[0]
        return found

    @guarded
    def find(self, selection: Selection) -> Page:
        """A page of items, newest first."""
        if selection.query is not None:
            # Terms and text are written behind the answers, and a search sees all of them.
            self.catch_up()
        return find(self._reader, self._shown(selection), self._content)

    @guarded
    def survey(self, selection: Selection) -> Survey:
        """Glimpses of a selection's newest items."""
        if selection.query is not None:
            self.catch_up()
        return sqlite_survey.survey(self._reader, self._shown(selection), self._content)

    @guarded
    def values(self, key: str, prefix: str, limit: int) -> list[str]:
        """Values that a term has had and that begin so."""
        self.catch_up()
        return sqlite_survey.values(self._reader, key, prefix, limit)

    def _shown(self, selection: Selection) -> Selection:
        """The same selection without what was cleared."""
        cleared = self._reader.execute("SELECT project, items FROM clearings").fetchall()
        for project, upto in cleared:
            if selection.project == project:
                return replace(selection, after=max(selection.after, upto))
        if not cleared or selection.project is not None:
            return selection
        forgotten = (
            Not(And((TextIs("project", Pattern((project,))), NumberIs("id", "<=", upto))))
            for project, upto in cleared
        )
        query = () if selection.query is None else (selection.query,)
        return replace(selection, query=combine(*query, *forgotten))

    def _content(self, envelope_id: int) -> bytes | None:
        body = read_body(self._reader, envelope_id)
        return None if body is None else body.content

    @guarded
    def item(self, item_id: int) -> StoredItem | None:
        """One item."""
        row = self._reader.execute(
            f"{_ITEMS} WHERE i.id = ? AND {_ITEM_SHOWN}", (item_id,)
        ).fetchone()
        return None if row is None else item_of(row)

    @guarded
    def items_after(self, after: int, limit: int) -> list[StoredItem]:
        """The items behind an id, oldest first."""
        rows = self._reader.execute(
            f"{_ITEMS} WHERE i.id > ? AND {_ITEM_SHOWN} ORDER BY i.id LIMIT ?", (after, limit)
        )
        return [item_of(row) for row in rows]

    @guarded
    def payload(self, item_id: int) -> bytes | None:
        """An item's payload exactly as it was sent."""
        return self.payloads([item_id]).get(item_id)

    @guarded
    def payloads(self, item_ids: Sequence[int]) -> dict[int, bytes]:
        """The payloads of several items by id, without those of items that are gone."""
        rows = self._reader.execute(
            f"SELECT i.id, i.start, i.size, e.id, {_BODY_COLUMNS} FROM items i"
            " JOIN envelopes e ON e.id = i.envelope_id JOIN bodies b ON b.envelope_id = e.id"
            f" WHERE i.id IN (SELECT value FROM json_each(?)) AND {_ITEM_SHOWN}"
            " ORDER BY i.id",
            (json.dumps(list(item_ids)),),
        )
        found: dict[int, bytes] = {}
        opened, content = 0, b""
        for item_id, start, size, envelope_id, *body in rows:
            # The items of an envelope follow each other: each body is opened once.
            if envelope_id != opened:
                opened, content = envelope_id, _body(*body).content
            found[item_id] = content[start : start + size]
        return found

    @guarded
    def find_envelopes(
        self, project: str | None = None, before: int | None = None, limit: int = 50
    ) -> EnvelopePage:
        """A page of envelopes, newest first."""
        where = f"id < ? AND {_ENVELOPE_SHOWN}" + ("" if project is None else " AND project = ?")
        values: list[Any] = [NO_LIMIT if before is None else before]
        values += [] if project is None else [project]
        rows = self._reader.execute(
            f"SELECT {_ENVELOPE_COLUMNS} FROM envelopes WHERE {where} ORDER BY id DESC LIMIT ?",
            (*values, limit + 1),
        ).fetchall()
        envelopes = [_envelope(row) for row in rows[:limit]]
        return EnvelopePage(
            envelopes, envelopes[-1].id if envelopes and len(rows) > limit else None
        )

    @guarded
    def envelope(self, envelope_id: int) -> StoredEnvelope | None:
        """One envelope."""
        row = self._reader.execute(
            f"SELECT {_ENVELOPE_COLUMNS} FROM envelopes WHERE id = ? AND {_ENVELOPE_SHOWN}",
            (envelope_id,),
        ).fetchone()
        return None if row is None else _envelope(row)

    @guarded
    def body(self, envelope_id: int) -> Body | None:
        """An envelope's bytes."""
        envelope = self.envelope(envelope_id)
        found = None if envelope is None else read_body(self._reader, envelope_id)
        return None if envelope is None or found is None else as_sent(found, envelope.size)

    @guarded
    def refused(
        self, project: str | None = None, before: int | None = None, limit: int = 50
    ) -> RefusedPage:
        """A page of refused requests, newest first."""
        return sqlite_refused.page(self._reader, project, before, limit)

    @guarded
    def refused_request(self, refused_id: int) -> RefusedRequest | None:
        """One refused request."""
        return sqlite_refused.one(self._reader, refused_id)

    @guarded
    def refused_body(self, refused_id: int) -> bytes | None:
        """A refused request's body as it came, as far as it is kept."""
        return sqlite_refused.body(self._reader, refused_id)

    @guarded
    def ledger(self, project: str | None = None) -> list[LedgerEntry]:
        """Quantities by project, category, outcome and reason."""
        return sqlite_ledger.totals(self._reader, project)

    @guarded
    def ledger_over_time(self, period: Period, project: str | None = None) -> list[LedgerBucket]:
        """The ledger in the steps of a period."""
        return sqlite_ledger.over_time(self._reader, period, project)

    @guarded
    def ledger_begins(self, project: str | None = None) -> int | None:
        """The start of the first bucket that has a time; None where there is none."""
        return sqlite_ledger.begins(self._reader, project)

    @guarded
    def evicted(self, project: str | None = None) -> int:
        """How many items retention has removed from a project, or from all."""
        return sqlite_ledger.evicted(self._reader, project)

    @guarded
    def forgotten_projects(self) -> int:
        """How many projects that held nothing were forgotten, with what their ledgers counted."""
        return forgotten_projects(self._reader)

    @guarded
    def evicted_over_time(self, period: Period, project: str | None = None) -> list[EvictedBucket]:
        """What retention has removed, in the steps of a period, by when it had come."""
        return sqlite_ledger.evicted_over_time(self._reader, period, project)

    @guarded
    def projects(self) -> list[ProjectSummary]:
        """All projects, the newest first."""
        keys: dict[str, list[str]] = {}
        for project, key in self._reader.execute(
            "SELECT project, public_key FROM project_keys ORDER BY project, public_key"
        ):
            keys.setdefault(project, []).append(key)
        rows = self._reader.execute(
            "SELECT project, created_at, items, envelopes FROM projects"
            " ORDER BY created_at DESC, project"
        ).fetchall()
        return [
            ProjectSummary(
                project=row[0],
                public_keys=tuple(keys.get(row[0], ())),
                created_at=row[1] / 1e6,
                items=row[2],
                envelopes=row[3],
            )
            for row in rows
        ]

    def close(self) -> None:
        """Close every thread's connection."""
        self._closed = True
        with self._guard:
            for _, connection in self._connections:
                connection.close()
            self._connections.clear()


def read_body(connection: sqlite3.Connection, envelope_id: int) -> Body | None:
    """An envelope's bytes, over any connection; raises `RequestRefused` for a broken body."""
    row = connection.execute(
        f"SELECT {_BODY_COLUMNS}"
        " FROM bodies b JOIN envelopes e ON e.id = b.envelope_id WHERE b.envelope_id = ?",
        (envelope_id,),
    ).fetchone()
    return None if row is None else _body(*row)


def _body(
    packed: str, wire: bytes, converted: bytes | None, coding: str, size: int, wire_size: int
) -> Body:
    if coding == "" and packed == "zstd":
        wire = encoding.decode(wire, packed, wire_size)
    if converted is not None:
        content = encoding.decode(converted, "zstd", MAX_CONVERTED)
    else:
        content = encoding.decode(wire, coding, size)
    return Body(wire, coding, content, converted is not None)


def _hex(blob: bytes | None) -> str:
    return "" if blob is None else blob.hex()


def _envelope(row: tuple[Any, ...]) -> StoredEnvelope:
    return StoredEnvelope(
        id=row[0],
        project=row[1],
        public_key=row[2],
        event_id=_hex(row[3]),
        received_at=row[4] / 1e6,
        remote_addr=row[5],
        user_agent=row[6],
        client=row[7],
        door=row[8],
        content_encoding=row[9],
        wire_size=row[10],
        size=row[11],
        headers=msgspec.Raw(row[12]),
        item_types=tuple(row[13].split("\n")) if row[13] else (),
        spotlight=bool(row[14]),
        tolerated=tuple(row[15].split("\n")) if row[15] else (),
        faults=tuple(row[16].split("\n")) if row[16] else (),
        chain=tuple(row[17].split("\n")) if row[17] else (),
    )
