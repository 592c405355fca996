"""The store of tests and of `memory:`: everything in this process, gone with it.

Rule: what is committed is immutable; commits, clearing and retention take the lock that
readers take.
May import: store, query, records, items, config, protocol, errors.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial

from fake_relay.records import Arrival, Judgement, LedgerEntry, Refusal
from fake_relay.store import storable
from fake_relay.store.buckets import LOOKED
from fake_relay.store.memory_kept import Kept
from fake_relay.store.memory_reader import MemoryReader
from fake_relay.store.memory_spool import SpoolInMemory
from fake_relay.store.refused import RefusedInMemory
from fake_relay.store.retention import STEP, Retention
from fake_relay.store.spool import Ticket

DEFAULT = Retention(max_age=None, max_items=100_000, max_bytes=64 * 1024 * 1024)


class MemoryStore(MemoryReader):
    """A bounded store in memory: the oldest envelopes make room, and are counted."""

    def __init__(self, retention: Retention = DEFAULT) -> None:
        super().__init__(Kept(retention), RefusedInMemory(retention))
        self._retention = retention
        self._batch: list[tuple[Arrival, Sequence[LedgerEntry], Sequence[Ticket]]] = []
        self._refusals: list[tuple[Refusal, Sequence[LedgerEntry]]] = []
        self._folded_at = float("-inf")
        self.spool = SpoolInMemory()

    def add(
        self, arrival: Arrival, ledger: Sequence[LedgerEntry], tickets: Sequence[Ticket] = ()
    ) -> None:
        """Take an arrival, what it counts and where it goes on to into the open batch."""
        self._batch.append((arrival, ledger, tickets))

    def refuse(self, refusal: Refusal, ledger: Sequence[LedgerEntry] = ()) -> None:
        """Take a refused request, and what it counts where its items were known."""
        self._refusals.append((refusal, ledger))

    def refused_position(self) -> int:
        """The id of the newest refusal ever, 0 if none."""
        return self._refused.last_id

    def commit(self) -> int:
        """Commit the open batch; the position after it."""
        return self.seal()()

    def seal(self) -> Callable[[], int]:
        """Close the open batch; what it returns commits that one, in any thread."""
        batch, self._batch = self._batch, []
        refusals, self._refusals = self._refusals, []
        return partial(self._commit, batch, refusals)

    def _commit(
        self,
        batch: Sequence[tuple[Arrival, Sequence[LedgerEntry], Sequence[Ticket]]],
        refusals: Sequence[tuple[Refusal, Sequence[LedgerEntry]]],
    ) -> int:
        with self._lock:
            for arrival, ledger, tickets in batch:
                first = self._kept.last_item + 1
                kept = self._kept.keep(arrival)
                for ticket in tickets:
                    self.spool.add(ticket, kept.project, kept.id, first, kept.received_at)
                self._kept.count(ledger, kept.received_at)
            for refusal, ledger in refusals:
                self._refused.add(refusal)
                received_at = storable.micros(refusal.request.received_at) / 1e6
                self._kept.count(ledger, received_at)
            self._kept.make_room()
            return self._kept.last_item

    def add_project(self, project: str, public_key: str, created_at: float) -> None:
        """Make a project known before anything is sent to it."""
        with self._lock:
            self._kept.project(project, created_at).keys[public_key] = None

    def clear(self, project: str | None = None) -> int:
        """Forget what a project, or anybody, sent, refused or not; the number of items."""
        with self._lock:
            self._refused.clear(project)
            return sum(self._kept.clear(known) for _, known in self._named(project))

    def retain(self, now: float) -> int:
        """Remove what is too old or empty, a few at a time; for the rest every commit cares."""
        with self._lock:
            gone = self._kept.forget_projects() or self._remove_old(now)
            if not gone and not 0 <= now - self._folded_at < LOOKED:
                self._kept.fold(now)
                self._folded_at = now
        return gone

    def _remove_old(self, now: float) -> int:
        if self._retention.max_age is None:
            return 0
        limit = now - self._retention.max_age
        return self._kept.remove_old(limit, STEP) + self._refused.remove_old(limit)

    def idle(self) -> None:
        """Nothing to do."""

    def close(self) -> None:
        """Forget everything."""
        self.clear()

    def judge(self, judgements: Mapping[int, Judgement]) -> None:
        """Keep judgements by item id, in place of older ones, as long as their items are kept."""
        with self._lock:
            for item_id, judgement in judgements.items():
                if item_id in self._kept.items:
                    self._kept.judged[item_id] = judgement
