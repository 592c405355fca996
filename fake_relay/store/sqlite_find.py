"""Finding items in an SQLite store: which index to walk, and how far.

Rule: indexes are probed, never counted, and a page is a bounded amount of work: it looks at
so many candidates, more where SQL judges them than where only the predicate can, and then
hands back a cursor.
May import: store, query, records, items, protocol, errors.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import msgspec

from fake_relay.errors import RequestRefused
from fake_relay.items import NO_FACTS
from fake_relay.query import Document, Expression, combine
from fake_relay.query.predicate import And, IdIs, NumberIs, TextIs
from fake_relay.query.sql import ALL_ITEMS, Index, Plan, Sql, plan, says
from fake_relay.query.text import Pattern
from fake_relay.records import RefusedRecords, StoredItem
from fake_relay.store import Page, Selection
from fake_relay.store.work import Work

ITEM_COLUMNS = (
    "i.id, i.envelope_id, i.type, i.project, e.public_key, i.event_id, i.trace_id,"
    " i.received_at, i.timestamp, i.duration, i.level, i.title, i.count, i.size,"
    " i.outcome, i.headers, e.spotlight, e.faults, i.refused_records"
)
NO_LIMIT = 2**62
MANY = 4000
"""Candidates from which on an index is no longer worth sorting: to find 50 of so many among
200,000 items, newest first, takes as long as fetching all of them."""
FEW = 100
"""Candidates so few that no other index needs a look."""
CANDIDATES = (2_000, 20_000, 80_000)
"""Candidates that SQL judges for one page, first so many, then so many more; all of them take
some 25 ms. Most pages are full before the first of these ends."""
SCANNED = 250_000
"""Values that a wildcard is compared with, in some 30 ms, to find out how many it fits."""
_NEAREST = "SELECT id, envelope_id FROM items WHERE id >= ? ORDER BY id LIMIT 1"
_START = 19
"""Behind the columns of an item: where its payload begins, and what SQL has judged."""
_CHUNK = 20
_decode_refused = msgspec.json.Decoder(tuple[RefusedRecords, ...]).decode

ReadContent = Callable[[int], bytes | None]
"""The decoded body of an envelope; raises `RequestRefused` for a broken one."""


def find(connection: sqlite3.Connection, selection: Selection, content: ReadContent) -> Page:
    """A page of items, newest first; of what only the predicate judges, so much work."""
    before = NO_LIMIT if selection.before is None else selection.before
    limit = max(selection.limit, 1)
    selection, before = within_envelope(connection, selection, before)
    planned = prepared(selection)
    connection.create_function("says", 3, says, deterministic=True)
    index = choose(connection, planned, selection.after, before)
    search = Search(connection, planned, index, selection.after)
    if planned.residual is None:
        return search.page(before, limit)
    return _opened(search, planned.residual, content, before, limit)


def prepared(selection: Selection) -> Plan:
    """How SQL finds what a selection wants."""
    return plan(wanted(selection))


def wanted(selection: Selection) -> Expression:
    """All conditions of a selection but its bounds, as one expression."""
    parts: list[Expression] = []
    if selection.project is not None:
        parts.append(TextIs("project", Pattern((selection.project,))))
    if selection.type is not None:
        parts.append(TextIs("type", Pattern((selection.type,))))
    if selection.event_id is not None:
        parts.append(IdIs("event_id", Pattern((selection.event_id.replace("-", "").lower(),))))
    if selection.query is not None:
        parts.append(selection.query)
    return combine(*parts)


def within_envelope(
    connection: sqlite3.Connection, selection: Selection, before: int
) -> tuple[Selection, int]:
    """Narrower bounds where only items of one envelope are wanted: both ids grow together."""
    query = selection.query
    for part in query.parts if isinstance(query, And) else (query,):
        match part:
            case NumberIs("envelope_id", "=", bound):
                first = _first_item(connection, bound, before)
                last = _first_item(connection, bound + 1, before)
                return replace(selection, after=max(selection.after, first - 1)), last
    return selection, before


def _first_item(connection: sqlite3.Connection, envelope_id: float, before: int) -> int:
    """The least id behind which there are only items of that envelope and of newer ones."""
    newest = connection.execute("SELECT coalesce(max(id), 0) FROM items").fetchone()[0]
    low, high = 0, min(newest + 1, before)
    while low < high:
        middle = (low + high) // 2
        row = connection.execute(_NEAREST, (middle,)).fetchone()
        if row is None or row[1] >= envelope_id:
            high = middle
        else:
            low = row[0] + 1
    return low


def choose(connection: sqlite3.Connection, planned: Plan, after: int, before: int) -> Index | None:
    """The index with the fewest candidates; where all have many, one that needs no sorting."""
    if len(planned.indexes) == 1 and planned.indexes[0].ordered:
        return planned.indexes[0]
    best, fewest = None, MANY
    for index in planned.indexes:
        if any(_first(connection, scan) for scan in index.scans(SCANNED)):
            continue
        found = _first(connection, index.probe(after, before, fewest))
        if found < fewest:
            best, fewest = index, found
        if fewest < FEW:
            break
    if best is None:
        best = next((index for index in planned.indexes if index.ordered), None)
    return best


def _first(connection: sqlite3.Connection, sql: Sql) -> int:
    """The number that a statement gives, 0 where it gives none."""
    row = connection.execute(sql.text, sql.values).fetchone()
    return 0 if row is None else int(row[0])


@dataclass(frozen=True, slots=True)
class Search:
    """A planned search for items newer than `after`."""

    connection: sqlite3.Connection
    planned: Plan
    index: Index | None
    after: int

    @property
    def candidates(self) -> tuple[int, ...]:
        """So many candidates, and then so many more, are judged for one page."""
        weight = self.planned.weight(self.index)
        return tuple(max(number // weight, 1) for number in CANDIDATES)

    def page(self, before: int, limit: int) -> Page:
        """A page of what SQL alone can judge."""
        rows: list[tuple[Any, ...]] = []
        for number in self.candidates:
            place = self.place(before, number)
            rows += self.rows(ITEM_COLUMNS, place, before, limit + 1 - len(rows))
            items = [item_of(row) for row in rows[:limit]]
            if len(rows) > limit:
                return Page(items, items[-1].id)
            if place == self.after:
                return Page(items)
            before = place + 1
        return Page(items, before)

    def place(self, before: int, number: int) -> int:
        """The id down to which there are so many candidates; `after` when there are no more."""
        # An index that covers all conditions finds each candidate; to be sorted, it has few.
        if not self.planned.rest(self.index) or not (self.index is None or self.index.ordered):
            return self.after
        walk = ALL_ITEMS if self.index is None else self.index.walks[0]
        sql = walk.place(self.after, before, number)
        return _first(self.connection, sql) or self.after

    def rows(self, columns: str | Sql, after: int, before: int, limit: int) -> sqlite3.Cursor:
        """The items between two ids, newest first."""
        sql = self.planned.statement(columns, self.index, after, before, limit)
        return self.connection.execute(sql.text, sql.values)


def item_of(row: tuple[Any, ...]) -> StoredItem:
    """An item from the columns of `ITEM_COLUMNS`."""
    return StoredItem(
        id=row[0],
        envelope_id=row[1],
        type=row[2],
        project=row[3],
        public_key=row[4],
        event_id="" if row[5] is None else row[5].hex(),
        trace_id="" if row[6] is None else row[6].hex(),
        received_at=row[7] / 1e6,
        timestamp=None if row[8] is None else row[8] / 1e6,
        duration=row[9],
        level=row[10],
        title=row[11],
        count=row[12],
        size=row[13],
        outcome=row[14],
        headers=msgspec.Raw(row[15]),
        spotlight=bool(row[16]),
        faults=tuple(row[17].split("\n")) if row[17] else (),
        refused_records=_decode_refused(row[18]) if row[18] else (),
    )


def _opened(
    search: Search, residual: Expression, content: ReadContent, before: int, limit: int
) -> Page:
    """A page of what only the predicate can judge."""
    place = search.place(before, search.candidates[1])
    told = search.planned.told
    columns = Sql(
        ", ".join((ITEM_COLUMNS, "i.start", *(sql.text for sql in told))),
        tuple(value for sql in told for value in sql.values),
    )
    cursor = search.rows(columns, place, before, -1)
    try:
        page = _judged(residual, cursor, content, limit)
    finally:
        # An open cursor would hold on to its view of the file.
        cursor.close()
    return page if page.next or place == search.after else Page(page.items, place + 1)


def _judged(residual: Expression, cursor: sqlite3.Cursor, content: ReadContent, limit: int) -> Page:
    items: list[StoredItem] = []
    opened, body, work = 0, b"", Work()
    while rows := cursor.fetchmany(_CHUNK):
        for row in rows:
            item = item_of(row)
            # An envelope's items are neighbours: its body is opened once for all of them.
            if item.envelope_id != opened:
                opened, body = item.envelope_id, _readable(content, item.envelope_id)
                work.open(len(body))
            document = _document(item, body, row[_START], row[_START + 1 :])
            if residual.matches(document):
                if len(items) == limit:
                    return Page(items, items[-1].id)
                items.append(item)
            work.judge(document)
            if work.is_enough:
                return Page(items, item.id)
    return Page(items)


def _readable(content: ReadContent, envelope_id: int) -> bytes:
    try:
        return content(envelope_id) or b""
    except RequestRefused:
        return b""


def _document(item: StoredItem, body: bytes, start: int, told: tuple[Any, ...]) -> Document:
    if len(body) < start + item.size:
        return Document(item, NO_FACTS, lambda: None, told=told)
    return Document.read(item, body[start : start + item.size], told)
