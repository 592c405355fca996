"""The embedded store: one SQLite file in WAL mode, opened by one process.

Rule: arrivals are collected as rows, and one transaction writes all that arrived in one
turn of the loop. Only what is committed has an id that anybody has seen. Indexing and
retention come behind, in small steps.
May import: store, query, records, items, config, protocol, errors.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from functools import partial

import msgspec

from fake_relay.errors import StoreError
from fake_relay.records import Arrival, Judgement, LedgerEntry, Refusal
from fake_relay.store import sqlite_findings, sqlite_ledger, sqlite_refused
from fake_relay.store import sqlite_rows as rows
from fake_relay.store.refused import storable_request, weight
from fake_relay.store.retention import Retention
from fake_relay.store.spool import Ticket
from fake_relay.store.sqlite_file import claim, guarded, opening
from fake_relay.store.sqlite_forgotten import forget_projects
from fake_relay.store.sqlite_index import MAX_FRESH, Index
from fake_relay.store.sqlite_reader import SqliteReader
from fake_relay.store.sqlite_spool import COUNT, QUEUE, SqliteSpool
from fake_relay.store.sqlite_upkeep import Upkeep, remove_cleared
from fake_relay.store.sqlite_writer import Writer, set_mark
from fake_relay.store.storable import micros, text

_MAX_KNOWN_KEYS = 10_000
FINDINGS = ("findings", "judged")


class SqliteStore(SqliteReader):
    """A store in one file; `add`, `commit` and `clear` are called from one thread only."""

    def __init__(
        self, path: str, *, durable: bool = False, retention: Retention | None = None
    ) -> None:
        super().__init__(os.path.realpath(path))
        self._lock = claim(self.path)
        with ExitStack() as opened, opening(self.path):
            opened.callback(os.close, self._lock)
            self._writer = Writer(self.path, durable=durable)
            opened.callback(self._writer.close)
            self._index = Index(self._writer)
            self._next_envelope = self._writer.newest("envelopes", "last_envelope") + 1
            self._next_item = self._writer.newest("items", "last_item") + 1
            self._last_refused = self._committed_refused = self._writer.mark("last_refused")
            self._refused_through = self._writer.mark("refused_through")
            opened.pop_all()
        self.spool = SqliteSpool(self.path, self._writer, lambda: self._reader)
        self._retention = retention or Retention()
        self._upkeep = Upkeep(self._writer, self._index, self._retention)
        self._committed_item = self._next_item - 1
        self._committed_envelope = self._next_envelope - 1
        self._known_keys: set[tuple[str, str]] = set()
        self._batch = rows.Batch()

    def add(
        self, arrival: Arrival, ledger: Sequence[LedgerEntry], tickets: Sequence[Ticket] = ()
    ) -> None:
        """Take an arrival, what it counts and where it goes on to into the open batch."""
        self._batch.add(arrival, ledger, self._next_envelope, self._next_item)
        if tickets:
            self._batch.forward(arrival, tickets, self._next_envelope, self._next_item)
        self._next_envelope += 1
        self._next_item += len(arrival.items)

    def refuse(self, refusal: Refusal, ledger: Sequence[LedgerEntry] = ()) -> None:
        """Take a refused request, and what it counts where its items were known."""
        request = msgspec.structs.replace(storable_request(refusal), id=self._last_refused + 1)
        self._batch.refuse(request, refusal.wire, self._refused_through, ledger)
        self._last_refused = request.id
        self._refused_through += weight(request)

    def refused_position(self) -> int:
        """The id of the newest committed refusal ever, 0 if none."""
        return self._committed_refused

    def commit(self) -> int:
        """Commit the open batch; the position after it. Raises `StoreError`, keeping nothing."""
        return self.seal()()

    def seal(self) -> Callable[[], int]:
        """Close the open batch; what it returns commits that one, in any thread."""
        batch, self._batch = self._batch, rows.Batch()
        ends = (self._next_item - 1, self._next_envelope - 1, self._last_refused)
        return partial(self._commit, batch, ends, self._refused_through)

    def _commit(self, batch: rows.Batch, ends: tuple[int, int, int], refused_through: int) -> int:
        """Write a batch; `ends` are the newest item, envelope and refusal in it or before it."""
        if batch.envelopes or batch.refused:
            self._write(batch, refused_through)
            self._committed_item, self._committed_envelope, self._committed_refused = ends
            self._index.remember(batch.terms)
            if self._index.waiting >= MAX_FRESH:
                self._index_some()
        return self._committed_item

    def _write(self, batch: rows.Batch, refused_through: int) -> None:
        what = f"a batch of {len(batch.envelopes)} envelopes"
        with self._writer.transaction(what, urgent=True) as write:
            write.executemany(rows.INSERT_ENVELOPE, batch.envelopes)
            bodies = batch.body_rows() if batch.converts else batch.bodies
            write.executemany(rows.INSERT_BODY, bodies)
            if batch.items:
                write.executemany(rows.INSERT_ITEM, batch.items)
            if batch.ledger:
                write.executemany(sqlite_ledger.ADD_LEDGER, batch.ledger_rows())
            if batch.forwarded:
                write.executemany(QUEUE, batch.parcels)
                write.executemany(COUNT, batch.left_out)
            write.executemany(rows.ADD_PROJECT, [(key, *n) for key, n in batch.projects.items()])
            # In here, where no project can be forgotten meanwhile.
            new_keys = batch.keys - self._known_keys
            if new_keys:
                write.executemany(rows.ADD_KEY, new_keys)
            if batch.refused:
                sqlite_refused.add(write, batch.refused, refused_through, self._retention)
        if new_keys and len(self._known_keys) < _MAX_KNOWN_KEYS:
            self._known_keys |= new_keys

    def _index_some(self) -> None:
        try:
            self._index.step(self._committed_item)
        except StoreError:
            # The batch is safe; whoever searches takes the step again and hears of it.
            return

    def catch_up(self) -> None:
        """Bring the search index up to what is committed; whoever reads it calls this first."""
        upto = self._committed_item
        while self._index.step(upto):
            pass

    @guarded
    def judgements(self, item_ids: Sequence[int]) -> dict[int, Judgement]:
        """What was found wrong with items, without those that were not judged."""
        return sqlite_findings.read(self._reader, item_ids)

    def judge(self, judgements: Mapping[int, Judgement]) -> None:
        """Keep judgements by item id, in place of older ones, as long as their items are kept."""
        with self._writer.transaction("what was found") as write:
            sqlite_findings.write(write, judgements)

    def add_project(self, project: str, public_key: str, created_at: float) -> None:
        """Make a project known before anything is sent to it, and commit that."""
        with self._writer.transaction(f"project {project!r}", urgent=True) as write:
            write.execute(rows.ADD_PROJECT, (text(project), micros(created_at), 0, 0))
            write.execute(rows.ADD_KEY, (text(project), text(public_key)))

    def clear(self, project: str | None = None) -> int:
        """Forget what a project, or anybody, sent, refused or not; the number of items."""
        with self._writer.transaction("the clearing", urgent=True) as write:
            set_mark(write, "last_item", self._committed_item)
            set_mark(write, "last_envelope", self._committed_envelope)
            if project is None:
                return self._clear_all(write)
            return self._clear_project(write, text(project))

    def _clear_all(self, write: sqlite3.Connection) -> int:
        self._index.remove_all(write)
        set_mark(write, "indexed", self._committed_item)
        removed: int = write.execute("SELECT coalesce(sum(items), 0) FROM projects").fetchone()[0]
        for table in ("items", "bodies", "envelopes", "clearings", "refused", *FINDINGS):
            # Without a condition, SQLite drops the pages instead of visiting the rows.
            write.execute(f"DELETE FROM {table}")
        sqlite_ledger.clear(write, None)
        write.execute("UPDATE projects SET items = 0, envelopes = 0")
        set_mark(write, "refused_evicted", 0)
        return removed

    def _clear_project(self, write: sqlite3.Connection, project: str) -> int:
        row = write.execute("SELECT items FROM projects WHERE project = ?", (project,)).fetchone()
        sqlite_ledger.clear(write, project)
        write.execute("DELETE FROM refused WHERE project = ?", (project,))
        write.execute("UPDATE projects SET items = 0, envelopes = 0 WHERE project = ?", (project,))
        upto = (self._committed_item, self._committed_envelope)
        write.execute("REPLACE INTO clearings VALUES (?,?,?)", (project, *upto))
        # What is small is gone at once; of much, this is the first step.
        remove_cleared(write, self._index)
        return 0 if row is None else int(row[0])

    def retain(self, now: float) -> int:
        """Remove what was cleared or is past a bound, in a step; how many rows it were.

        Safe in any thread. 0 means that every bound is kept, and what is old in the ledger is
        folded.
        """
        gone = self._upkeep.retain(now) or self._forget()
        if not gone:
            self._upkeep.fold(now)
        return gone

    def _forget(self) -> int:
        """Forget a few projects and names that nothing kept speaks of; how many it were."""
        with self._writer.transaction("what is forgotten") as write:
            gone = forget_projects(write, self._retention.max_projects)
            if gone:
                self._known_keys.clear()
        return gone or self._index.forget_names(self._retention.max_fields)

    @guarded
    def idle(self) -> None:
        """Do what can wait: index, compress, checkpoint. Safe in any thread."""
        self.catch_up()
        self._upkeep.pack(self._reader)
        self._reader.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()

    def position(self) -> int:
        """The id of the newest item ever stored, 0 if none."""
        return self._committed_item

    def close(self) -> None:
        """Release everything, the lock last."""
        super().close()
        self._writer.close()
        os.close(self._lock)
