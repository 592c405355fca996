"""The store of tests and of `memory:`: everything in this process, gone with it.

Rule: what is committed is immutable and found through its project, so that a test that
asks for its own items pays nothing for those of a thousand other tests. Readers in other
threads take references under the lock and judge them outside of it.
May import: store, query, records, items, config, protocol, errors.
"""

from __future__ import annotations

import threading
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import islice
from typing import Any

from fake_relay.protocol import encoding
from fake_relay.protocol.envelope import serialize
from fake_relay.protocol.outcome import Fate
from fake_relay.query import Document
from fake_relay.query.document import decode_json
from fake_relay.query.text import fold
from fake_relay.records import (
    Arrival,
    Judgement,
    LedgerEntry,
    ProjectSummary,
    Refusal,
    RefusedRequest,
    StoredEnvelope,
    StoredItem,
)
from fake_relay.store import (
    Body,
    EnvelopePage,
    Glimpse,
    Page,
    RefusedPage,
    Selection,
    Survey,
    as_sent,
    storable,
)
from fake_relay.store.memory_rows import ItemInMemory, stored_envelope, stored_item
from fake_relay.store.memory_spool import SpoolInMemory
from fake_relay.store.refused import RefusedInMemory
from fake_relay.store.retention import KEYS, STEP, Retention
from fake_relay.store.spool import Ticket

DEFAULT = Retention(max_age=None, max_items=100_000, max_bytes=64 * 1024 * 1024)
SCANNED = 10_000
"""Items that a search judges for one page."""

_CHUNK = 256
_NO_LIMIT = 2**63


@dataclass(frozen=True, slots=True)
class _Envelope:
    stored: StoredEnvelope
    item_ids: range
    wire: bytes
    converted: bytes | None

    @property
    def weight(self) -> int:
        return len(self.wire) + len(self.converted or b"")


class _Ids:
    """Growing ids, newest first; removed ones stay until they are half of the list."""

    def __init__(self) -> None:
        self._ids: list[int] = []
        self._removed = 0

    def add(self, new_id: int) -> None:
        self._ids.append(new_id)

    def removed(self, count: int, alive: dict[int, Any]) -> None:
        self._removed += count
        if self._removed * 2 > len(self._ids):
            self._ids = [known for known in self._ids if known in alive]
            self._removed = 0

    def newest_first(self, after: int, before: int) -> Iterator[int]:
        first, end = bisect_right(self._ids, after), bisect_left(self._ids, before)
        return (self._ids[index] for index in range(end - 1, first - 1, -1))

    def oldest_first(self, after: int) -> Iterator[int]:
        return (self._ids[index] for index in range(bisect_right(self._ids, after), len(self._ids)))

    def __iter__(self) -> Iterator[int]:
        return iter(self._ids)


@dataclass(slots=True)
class _Project:
    created_at: int
    keys: dict[str, None] = field(default_factory=dict)
    items: _Ids = field(default_factory=_Ids)
    envelopes: _Ids = field(default_factory=_Ids)
    item_count: int = 0
    envelope_count: int = 0
    evicted: int = 0
    ledger: Counter[tuple[str, Fate, str]] = field(default_factory=Counter)


class MemoryStore:
    """A bounded store in memory: the oldest envelopes make room, and are counted."""

    def __init__(self, retention: Retention = DEFAULT) -> None:
        self._retention = retention
        self._lock = threading.RLock()
        self._batch: list[tuple[Arrival, Sequence[LedgerEntry], Sequence[Ticket]]] = []
        self.spool = SpoolInMemory()
        self._refusals: list[tuple[Refusal, Sequence[LedgerEntry]]] = []
        self._refused = RefusedInMemory(retention)
        self._projects: dict[str, _Project] = {}
        self._items: dict[int, ItemInMemory] = {}
        self._envelopes: dict[int, _Envelope] = {}
        self._item_ids = _Ids()
        self._envelope_ids = _Ids()
        self._by_event: dict[str, list[int]] = {}
        self._judged: dict[int, Judgement] = {}
        self._weight = 0
        self._last_item = 0
        self._last_envelope = 0

    # Writing

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
                first = self._last_item + 1
                kept = self._keep(arrival)
                for ticket in tickets:
                    self.spool.add(ticket, kept.project, kept.id, first, kept.received_at)
                for entry in ledger:
                    self._count(entry)
            for refusal, ledger in refusals:
                self._refused.add(refusal)
                for entry in ledger:
                    self._project(entry.project, refusal.request.received_at)
                    self._count(entry)
            self._make_room()
            return self._last_item

    def add_project(self, project: str, public_key: str, created_at: float) -> None:
        """Make a project known before anything is sent to it."""
        with self._lock:
            self._project(project, created_at).keys[public_key] = None

    def clear(self, project: str | None = None) -> int:
        """Forget what a project, or anybody, sent, refused or not; the number of items."""
        with self._lock:
            self._refused.clear(project)
            names = list(self._projects) if project is None else [project]
            return sum(
                self._clear(self._projects[name]) for name in names if name in self._projects
            )

    def retain(self, now: float) -> int:
        """Remove what is too old or empty, a few at a time; for the rest every commit cares."""
        forgotten = self._forget_projects()
        if forgotten or self._retention.max_age is None:
            return forgotten
        limit = now - self._retention.max_age
        with self._lock:
            oldest = list(islice(self._envelopes.values(), STEP))
            old = [kept for kept in oldest if kept.stored.received_at < limit]
            for kept in old:
                self._evict(kept)
            return len(old) + self._refused.remove_old(limit)

    def _forget_projects(self) -> int:
        """Forget the oldest projects that hold nothing, beyond so many; how many it were."""
        most = self._retention.max_projects
        with self._lock:
            excess = 0 if most is None else len(self._projects) - most
            empty = (name for name, held in self._projects.items() if not held.envelope_count)
            gone = list(islice(empty, max(excess, 0)))
            for name in gone:
                del self._projects[name]
        return len(gone)

    def idle(self) -> None:
        """Nothing to do."""

    def close(self) -> None:
        """Forget everything."""
        self.clear()

    def judge(self, judgements: Mapping[int, Judgement]) -> None:
        """Keep judgements by item id, in place of older ones, as long as their items are kept."""
        with self._lock:
            for item_id, judgement in judgements.items():
                if item_id in self._items:
                    self._judged[item_id] = judgement

    def _project(self, name: str, created_at: float) -> _Project:
        known = self._projects.get(name)
        if known is None:
            known = self._projects[name] = _Project(storable.micros(created_at))
        return known

    def _keep(self, arrival: Arrival) -> StoredEnvelope:
        submission = arrival.submission
        self._last_envelope += 1
        stored = stored_envelope(self._last_envelope, arrival)
        project = self._project(stored.project, arrival.received_at)
        if len(project.keys) < KEYS:
            project.keys[stored.public_key] = None
        first = self._last_item + 1
        self._last_item += len(arrival.items)
        kept = _Envelope(
            stored,
            range(first, self._last_item + 1),
            submission.wire,
            serialize(submission.envelope) if submission.converted else None,
        )
        self._envelopes[kept.stored.id] = kept
        self._envelope_ids.add(kept.stored.id)
        project.envelopes.add(kept.stored.id)
        project.envelope_count += 1
        project.item_count += len(arrival.items)
        self._weight += kept.weight
        for item_id, (received, outcome) in zip(kept.item_ids, arrival.items, strict=True):
            self._keep_item(project, stored_item(item_id, kept.stored, received, outcome))
        return stored

    def _keep_item(self, project: _Project, item: ItemInMemory) -> None:
        item_id, event_id = item.stored.id, item.stored.event_id
        self._items[item_id] = item
        self._item_ids.add(item_id)
        project.items.add(item_id)
        if event_id:
            self._by_event.setdefault(event_id, []).append(item_id)

    def _count(self, entry: LedgerEntry) -> None:
        known = self._projects.get(entry.project) or self._project(entry.project, 0)
        key = (entry.category, entry.outcome, entry.reason)
        known.ledger[key] = storable.integer(known.ledger[key] + entry.quantity)

    def _make_room(self) -> None:
        most_items, most_bytes = self._retention.max_items, self._retention.max_bytes
        while self._envelopes and (
            (most_bytes is not None and self._weight > most_bytes)
            or (most_items is not None and len(self._items) > most_items)
        ):
            self._evict(next(iter(self._envelopes.values())))

    def _evict(self, envelope: _Envelope) -> None:
        project = self._projects[envelope.stored.project]
        project.evicted += len(envelope.item_ids)
        self._forget(project, envelope)

    def _forget(self, project: _Project, envelope: _Envelope) -> None:
        del self._envelopes[envelope.stored.id]
        self._drop(envelope)
        gone = len(envelope.item_ids)
        project.item_count -= gone
        project.envelope_count -= 1
        for ids in (self._item_ids, project.items):
            ids.removed(gone, self._items)
        for ids in (self._envelope_ids, project.envelopes):
            ids.removed(1, self._envelopes)

    def _drop(self, envelope: _Envelope) -> None:
        self._weight -= envelope.weight
        for item_id in envelope.item_ids:
            self._forget_event(self._items.pop(item_id).stored)
            self._judged.pop(item_id, None)

    def _forget_event(self, item: StoredItem) -> None:
        if item.event_id:
            ids = self._by_event[item.event_id]
            ids.remove(item.id)
            if not ids:
                del self._by_event[item.event_id]

    def _clear(self, project: _Project) -> int:
        removed, envelopes = project.item_count, project.envelope_count
        for envelope_id in project.envelopes:
            if (kept := self._envelopes.pop(envelope_id, None)) is not None:
                self._drop(kept)
        self._item_ids.removed(removed, self._items)
        self._envelope_ids.removed(envelopes, self._envelopes)
        project.items, project.envelopes = _Ids(), _Ids()
        project.item_count = project.envelope_count = project.evicted = 0
        project.ledger.clear()
        return removed

    # Reading

    def position(self) -> int:
        """The id of the newest item ever stored, 0 if none."""
        return self._last_item

    def find(self, selection: Selection) -> Page:
        """A page of items, newest first."""
        found: list[StoredItem] = []
        limit = max(selection.limit, 1)
        before = _NO_LIMIT if selection.before is None else selection.before
        for _ in range(0, SCANNED, _CHUNK):
            candidates, last = self._candidates(selection, before)
            for item in candidates:
                if self._matches(selection, item):
                    if len(found) == limit:
                        return Page(found, found[-1].id)
                    found.append(item.stored)
            if last is None:
                return Page(found)
            before = last
        return Page(found, before)

    def survey(self, selection: Selection) -> Survey:
        """Glimpses of a selection's newest items."""
        page = self.find(selection)
        glimpses = [
            Glimpse(item.received_at, item.type, item.level, item.project) for item in page.items
        ]
        return Survey(glimpses, page.next is None)

    def values(self, key: str, prefix: str, limit: int) -> list[str]:
        """Values that a term has had and that begin so, of the newest items."""
        with self._lock:
            ids = islice(self._item_ids.newest_first(0, _NO_LIMIT), SCANNED)
            items = [item for item_id in ids if (item := self._items.get(item_id))]
        start = fold(prefix)
        found = {
            fold(value): value
            for item in items
            for name, value in item.facts.terms
            if name == key and fold(value).startswith(start)
        }
        return [found[name] for name in sorted(found)][:limit]

    def _candidates(
        self, selection: Selection, before: int
    ) -> tuple[list[ItemInMemory], int | None]:
        """The next few items that may match, and the id to go on before, or None."""
        with self._lock:
            ids = self._ids(selection, before)
            seen = list(islice(ids, _CHUNK))
            items = [item for item_id in seen if (item := self._items.get(item_id))]
        return items, seen[-1] if len(seen) == _CHUNK else None

    def _ids(self, selection: Selection, before: int) -> Iterator[int]:
        if selection.event_id is not None:
            known = self._by_event.get(storable.hex_id(selection.event_id), [])
            return (item_id for item_id in reversed(known) if selection.after < item_id < before)
        if selection.project is None:
            return self._item_ids.newest_first(selection.after, before)
        project = self._projects.get(selection.project)
        return iter(()) if project is None else project.items.newest_first(selection.after, before)

    def _matches(self, selection: Selection, item: ItemInMemory) -> bool:
        stored = item.stored
        if selection.project is not None and stored.project != selection.project:
            return False
        if selection.type is not None and stored.type != selection.type:
            return False
        if selection.query is None:
            return True
        return selection.query.matches(
            Document(stored, item.facts, lambda: decode_json(self.payload(stored.id) or b""))
        )

    def item(self, item_id: int) -> StoredItem | None:
        """One item."""
        found = self._items.get(item_id)
        return None if found is None else found.stored

    def items_after(self, after: int, limit: int) -> list[StoredItem]:
        """The items behind an id, oldest first."""
        with self._lock:
            ids = self._item_ids.oldest_first(after)
            alive = (item for item_id in ids if (item := self._items.get(item_id)))
            return [item.stored for item in islice(alive, limit)]

    def judgements(self, item_ids: Sequence[int]) -> dict[int, Judgement]:
        """What was found wrong with items, without those that were not judged."""
        with self._lock:
            judged = ((item_id, self._judged.get(item_id)) for item_id in item_ids)
            return {item_id: found for item_id, found in judged if found is not None}

    def payload(self, item_id: int) -> bytes | None:
        """An item's payload exactly as it was sent."""
        found = self._items.get(item_id)
        if found is None or (body := self._whole(found.stored.envelope_id)) is None:
            return None
        return body.content[found.start : found.start + found.stored.size]

    def payloads(self, item_ids: Sequence[int]) -> dict[int, bytes]:
        """The payloads of several items by id, without those of items that are gone."""
        found = ((item_id, self.payload(item_id)) for item_id in item_ids)
        return {item_id: data for item_id, data in found if data is not None}

    def find_envelopes(
        self, project: str | None = None, before: int | None = None, limit: int = 50
    ) -> EnvelopePage:
        """A page of envelopes, newest first."""
        with self._lock:
            ids = self._envelope_ids
            if project is not None:
                known = self._projects.get(project)
                if known is None:
                    return EnvelopePage([])
                ids = known.envelopes
            alive = (
                self._envelopes[envelope_id].stored
                for envelope_id in ids.newest_first(0, _NO_LIMIT if before is None else before)
                if envelope_id in self._envelopes
            )
            found = list(islice(alive, limit + 1))
        page = found[:limit]
        return EnvelopePage(page, page[-1].id if page and len(found) > limit else None)

    def envelope(self, envelope_id: int) -> StoredEnvelope | None:
        """One envelope."""
        found = self._envelopes.get(envelope_id)
        return None if found is None else found.stored

    def body(self, envelope_id: int) -> Body | None:
        """An envelope's bytes."""
        found = self._envelopes.get(envelope_id)
        body = self._whole(envelope_id)
        return None if found is None or body is None else as_sent(body, found.stored.size)

    def _whole(self, envelope_id: int) -> Body | None:
        found = self._envelopes.get(envelope_id)
        if found is None:
            return None
        coding, content = found.stored.content_encoding, found.converted
        if content is None:
            content = encoding.decode(found.wire, coding, found.stored.size)
        return Body(found.wire, coding, content, found.converted is not None)

    def refused(
        self, project: str | None = None, before: int | None = None, limit: int = 50
    ) -> RefusedPage:
        """A page of refused requests, newest first."""
        with self._lock:
            return self._refused.page(project, before, limit)

    def refused_request(self, refused_id: int) -> RefusedRequest | None:
        """One refused request."""
        return self._refused.one(refused_id)

    def refused_body(self, refused_id: int) -> bytes | None:
        """A refused request's body as it came, as far as it is kept."""
        return self._refused.body(refused_id)

    def ledger(self, project: str | None = None) -> list[LedgerEntry]:
        """Quantities by project, category, outcome and reason."""
        with self._lock:
            return [
                LedgerEntry(name, *key, quantity)
                for name, known in self._projects.items()
                if project is None or name == project
                for key, quantity in known.ledger.items()
            ]

    def evicted(self, project: str | None = None) -> int:
        """How many items retention has removed from a project, or from all."""
        with self._lock:
            return sum(
                known.evicted
                for name, known in self._projects.items()
                if project is None or name == project
            )

    def projects(self) -> list[ProjectSummary]:
        """All projects, the newest first."""
        with self._lock:
            known = sorted(self._projects.items(), key=lambda row: (-row[1].created_at, row[0]))
            return [
                ProjectSummary(
                    project=name,
                    public_keys=tuple(sorted(project.keys)),
                    created_at=project.created_at / 1e6,
                    items=project.item_count,
                    envelopes=project.envelope_count,
                )
                for name, project in known
            ]
