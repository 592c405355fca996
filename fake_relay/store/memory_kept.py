"""What a store in memory keeps: items, envelopes and projects, with the ways to find them.

Rule: what is kept is immutable, and removing it costs no walk through what stays.
May import: store, records, items, protocol.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from fake_relay.protocol.envelope import serialize
from fake_relay.protocol.outcome import Fate
from fake_relay.records import Arrival, Judgement, LedgerEntry, StoredEnvelope, StoredItem
from fake_relay.store import buckets, storable
from fake_relay.store.buckets import MINUTE, minute_of
from fake_relay.store.memory_ledger import CountsOverTime
from fake_relay.store.memory_rows import ItemInMemory, stored_envelope, stored_item
from fake_relay.store.retention import KEYS, Retention


@dataclass(frozen=True, slots=True)
class EnvelopeInMemory:
    """An envelope, the ids of its items, and its bytes."""

    stored: StoredEnvelope
    item_ids: range
    wire: bytes
    converted: bytes | None

    @property
    def weight(self) -> int:
        """Bytes that it occupies."""
        return len(self.wire) + len(self.converted or b"")


class Ids:
    """Growing ids, newest first; removed ones stay until they are half of the list."""

    def __init__(self) -> None:
        self._ids: list[int] = []
        self._removed = 0

    def add(self, new_id: int) -> None:
        """Take an id that is larger than all before."""
        self._ids.append(new_id)

    def removed(self, count: int, alive: dict[int, Any]) -> None:
        """Hear that so many are not alive any more."""
        self._removed += count
        if self._removed * 2 > len(self._ids):
            self._ids = [known for known in self._ids if known in alive]
            self._removed = 0

    def newest_first(self, after: int, before: int) -> Iterator[int]:
        """Those between two ids, both exclusive."""
        first, end = bisect_right(self._ids, after), bisect_left(self._ids, before)
        return (self._ids[index] for index in range(end - 1, first - 1, -1))

    def oldest_first(self, after: int) -> Iterator[int]:
        """Those behind an id."""
        return (self._ids[index] for index in range(bisect_right(self._ids, after), len(self._ids)))

    def __iter__(self) -> Iterator[int]:
        return iter(self._ids)


@dataclass(slots=True)
class ProjectInMemory:
    """A project: its keys, the ids of what it has, and what was counted of it."""

    created_at: int
    keys: dict[str, None] = field(default_factory=dict)
    items: Ids = field(default_factory=Ids)
    envelopes: Ids = field(default_factory=Ids)
    item_count: int = 0
    envelope_count: int = 0
    evicted: CountsOverTime[str] = field(default_factory=CountsOverTime)
    ledger: CountsOverTime[tuple[str, Fate, str]] = field(default_factory=CountsOverTime)


class Kept:
    """Everything that is kept; whoever uses it holds the store's lock."""

    def __init__(self, retention: Retention) -> None:
        self._retention = retention
        self.projects: dict[str, ProjectInMemory] = {}
        self.items: dict[int, ItemInMemory] = {}
        self.envelopes: dict[int, EnvelopeInMemory] = {}
        self.item_ids = Ids()
        self.envelope_ids = Ids()
        self.by_event: dict[str, list[int]] = {}
        self.judged: dict[int, Judgement] = {}
        self.last_item = 0
        self.forgotten = 0
        self._last_envelope = 0
        self._weight = 0

    def project(self, name: str, created_at: float) -> ProjectInMemory:
        """A project, made if it is not known."""
        known = self.projects.get(name)
        if known is None:
            known = self.projects[name] = ProjectInMemory(storable.micros(created_at))
        return known

    def keep(self, arrival: Arrival) -> StoredEnvelope:
        """Keep an arrival, as the envelope that is answered."""
        submission = arrival.submission
        self._last_envelope += 1
        stored = stored_envelope(self._last_envelope, arrival)
        project = self.project(stored.project, arrival.received_at)
        if len(project.keys) < KEYS:
            project.keys[stored.public_key] = None
        first = self.last_item + 1
        self.last_item += len(arrival.items)
        kept = EnvelopeInMemory(
            stored,
            range(first, self.last_item + 1),
            submission.wire,
            serialize(submission.envelope) if submission.converted else None,
        )
        self.envelopes[kept.stored.id] = kept
        self.envelope_ids.add(kept.stored.id)
        project.envelopes.add(kept.stored.id)
        project.envelope_count += 1
        project.item_count += len(arrival.items)
        self._weight += kept.weight
        for item_id, (received, outcome) in zip(kept.item_ids, arrival.items, strict=True):
            self._keep_item(project, stored_item(item_id, kept.stored, received, outcome))
        return stored

    def _keep_item(self, project: ProjectInMemory, item: ItemInMemory) -> None:
        item_id, event_id = item.stored.id, item.stored.event_id
        self.items[item_id] = item
        self.item_ids.add(item_id)
        project.items.add(item_id)
        if event_id:
            self.by_event.setdefault(event_id, []).append(item_id)

    def count(self, entries: Sequence[LedgerEntry], received_at: float) -> None:
        """Add entries to their projects' ledgers, at a moment that a store can hold."""
        minute = int(received_at // MINUTE) * MINUTE
        for entry in entries:
            key = (entry.category, entry.outcome, entry.reason)
            project = self.project(entry.project, received_at)
            project.ledger.add(minute, key, entry.quantity)

    def make_room(self) -> None:
        """Remove the oldest envelopes until the bounds of number and bytes are kept."""
        most_items, most_bytes = self._retention.max_items, self._retention.max_bytes
        while self.envelopes and (
            (most_bytes is not None and self._weight > most_bytes)
            or (most_items is not None and len(self.items) > most_items)
        ):
            self._evict(next(iter(self.envelopes.values())))

    def remove_old(self, limit: float, most: int) -> int:
        """Remove envelopes that came before a moment, so many at most; how many."""
        oldest = list(islice(self.envelopes.values(), most))
        old = [kept for kept in oldest if kept.stored.received_at < limit]
        for kept in old:
            self._evict(kept)
        return len(old)

    def _evict(self, envelope: EnvelopeInMemory) -> None:
        project = self.projects[envelope.stored.project]
        minute = minute_of(storable.micros(envelope.stored.received_at))
        for item_id in envelope.item_ids:
            project.evicted.add(minute, self.items[item_id].stored.type, 1)
        self._forget(project, envelope)

    def _forget(self, project: ProjectInMemory, envelope: EnvelopeInMemory) -> None:
        del self.envelopes[envelope.stored.id]
        self._drop(envelope)
        gone = len(envelope.item_ids)
        project.item_count -= gone
        project.envelope_count -= 1
        for ids in (self.item_ids, project.items):
            ids.removed(gone, self.items)
        for ids in (self.envelope_ids, project.envelopes):
            ids.removed(1, self.envelopes)

    def _drop(self, envelope: EnvelopeInMemory) -> None:
        self._weight -= envelope.weight
        for item_id in envelope.item_ids:
            self._forget_event(self.items.pop(item_id).stored)
            self.judged.pop(item_id, None)

    def _forget_event(self, item: StoredItem) -> None:
        if item.event_id:
            ids = self.by_event[item.event_id]
            ids.remove(item.id)
            if not ids:
                del self.by_event[item.event_id]

    def clear(self, project: ProjectInMemory) -> int:
        """Forget what a project has and counted; how many items."""
        removed, envelopes = project.item_count, project.envelope_count
        for envelope_id in project.envelopes:
            if (kept := self.envelopes.pop(envelope_id, None)) is not None:
                self._drop(kept)
        self.item_ids.removed(removed, self.items)
        self.envelope_ids.removed(envelopes, self.envelopes)
        project.items, project.envelopes = Ids(), Ids()
        project.item_count = project.envelope_count = 0
        project.evicted.clear()
        project.ledger.clear()
        return removed

    def forget_projects(self) -> int:
        """Forget the oldest projects that hold nothing, beyond so many; how many it were."""
        most = self._retention.max_projects
        excess = 0 if most is None else len(self.projects) - most
        empty = (name for name, held in self.projects.items() if not held.envelope_count)
        gone = list(islice(empty, max(excess, 0)))
        for name in gone:
            del self.projects[name]
        self.forgotten += len(gone)
        return len(gone)

    def fold(self, now: float) -> None:
        """Fold what is old in the ledgers, and more of it where there are too many rows."""
        projects = self.projects.values()
        counters = [counts for held in projects for counts in (held.ledger, held.evicted)]
        for fold in buckets.due(now):
            for counts in counters:
                counts.fold(fold)
        for fold in buckets.crowded():
            if sum(map(len, counters)) <= buckets.ROWS:
                return
            for counts in counters:
                counts.fold(fold)
