"""Reading a store in memory: finding items, opening bodies, counting.

Rule: a search looks at a bounded number of items for each page, of its own project where it
names one, so that a test that asks for its own pays nothing for those of a thousand others.
Readers in other threads take references under the lock and judge them outside of it.
May import: store, query, records, protocol.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from itertools import islice

from fake_relay.protocol import encoding
from fake_relay.query import Document
from fake_relay.query.text import fold
from fake_relay.records import (
    EvictedBucket,
    Judgement,
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
    Glimpse,
    Page,
    RefusedPage,
    Selection,
    Survey,
    as_sent,
    storable,
)
from fake_relay.store.buckets import Period
from fake_relay.store.memory_kept import Kept, ProjectInMemory
from fake_relay.store.memory_rows import ItemInMemory
from fake_relay.store.refused import RefusedInMemory
from fake_relay.store.work import Work

SCANNED = 10_000
"""Items that a search judges for one page, fewer where it opens payloads."""

_CHUNK = 256
_NO_LIMIT = 2**63


class MemoryReader:
    """The reading half of a store in memory; safe to use from any thread."""

    def __init__(self, kept: Kept, refused: RefusedInMemory) -> None:
        self._lock = threading.RLock()
        self._kept = kept
        self._refused = refused

    def position(self) -> int:
        """The id of the newest item ever stored, 0 if none."""
        return self._kept.last_item

    def find(self, selection: Selection) -> Page:
        """A page of items, newest first."""
        found: list[StoredItem] = []
        limit = max(selection.limit, 1)
        before = _NO_LIMIT if selection.before is None else selection.before
        work = Work()
        for _ in range(0, SCANNED, _CHUNK):
            candidates, last = self._candidates(selection, before)
            for item in candidates:
                if self._matches(selection, item, work):
                    if len(found) == limit:
                        return Page(found, found[-1].id)
                    found.append(item.stored)
                if work.is_enough:
                    return Page(found, item.stored.id)
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
            ids = islice(self._kept.item_ids.newest_first(0, _NO_LIMIT), SCANNED)
            items = [item for item_id in ids if (item := self._kept.items.get(item_id))]
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
            items = [item for item_id in seen if (item := self._kept.items.get(item_id))]
        return items, seen[-1] if len(seen) == _CHUNK else None

    def _ids(self, selection: Selection, before: int) -> Iterator[int]:
        if selection.event_id is not None:
            known = self._kept.by_event.get(storable.hex_id(selection.event_id), [])
            return (item_id for item_id in reversed(known) if selection.after < item_id < before)
        if selection.project is None:
            return self._kept.item_ids.newest_first(selection.after, before)
        project = self._kept.projects.get(selection.project)
        return iter(()) if project is None else project.items.newest_first(selection.after, before)

    def _matches(self, selection: Selection, item: ItemInMemory, work: Work) -> bool:
        stored = item.stored
        if selection.project is not None and stored.project != selection.project:
            return False
        if selection.type is not None and stored.type != selection.type:
            return False
        if selection.query is None:
            return True
        document = Document(stored, item.facts, payload=lambda: self.payload(stored.id) or b"")
        matches = selection.query.matches(document)
        if document.opened:
            work.open(stored.size)
            work.judge(document)
        return matches

    def item(self, item_id: int) -> StoredItem | None:
        """One item."""
        found = self._kept.items.get(item_id)
        return None if found is None else found.stored

    def items_after(self, after: int, limit: int) -> list[StoredItem]:
        """The items behind an id, oldest first."""
        with self._lock:
            ids = self._kept.item_ids.oldest_first(after)
            alive = (item for item_id in ids if (item := self._kept.items.get(item_id)))
            return [item.stored for item in islice(alive, limit)]

    def judgements(self, item_ids: Sequence[int]) -> dict[int, Judgement]:
        """What was found wrong with items, without those that were not judged."""
        with self._lock:
            judged = ((item_id, self._kept.judged.get(item_id)) for item_id in item_ids)
            return {item_id: found for item_id, found in judged if found is not None}

    def payload(self, item_id: int) -> bytes | None:
        """An item's payload exactly as it was sent."""
        found = self._kept.items.get(item_id)
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
            ids = self._kept.envelope_ids
            if project is not None:
                known = self._kept.projects.get(project)
                if known is None:
                    return EnvelopePage([])
                ids = known.envelopes
            alive = (
                self._kept.envelopes[envelope_id].stored
                for envelope_id in ids.newest_first(0, _NO_LIMIT if before is None else before)
                if envelope_id in self._kept.envelopes
            )
            found = list(islice(alive, limit + 1))
        page = found[:limit]
        return EnvelopePage(page, page[-1].id if page and len(found) > limit else None)

    def envelope(self, envelope_id: int) -> StoredEnvelope | None:
        """One envelope."""
        found = self._kept.envelopes.get(envelope_id)
        return None if found is None else found.stored

    def body(self, envelope_id: int) -> Body | None:
        """An envelope's bytes."""
        found = self._kept.envelopes.get(envelope_id)
        body = self._whole(envelope_id)
        return None if found is None or body is None else as_sent(body, found.stored.size)

    def _whole(self, envelope_id: int) -> Body | None:
        found = self._kept.envelopes.get(envelope_id)
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
                for name, known in self._named(project)
                for key, quantity in known.ledger.totals().items()
            ]

    def ledger_over_time(self, period: Period, project: str | None = None) -> list[LedgerBucket]:
        """The ledger in the steps of a period."""
        with self._lock:
            return [
                LedgerBucket(start, length, LedgerEntry(name, *key, quantity))
                for name, known in self._named(project)
                for start, length, key, quantity in known.ledger.steps(period)
            ]

    def ledger_begins(self, project: str | None = None) -> int | None:
        """The start of the first bucket that has a time; None where there is none."""
        with self._lock:
            found = [known.ledger.begins() for _, known in self._named(project)]
        return min((start for start in found if start is not None), default=None)

    def evicted(self, project: str | None = None) -> int:
        """How many items retention has removed from a project, or from all."""
        with self._lock:
            return sum(sum(known.evicted.totals().values()) for _, known in self._named(project))

    def forgotten_projects(self) -> int:
        """How many projects that held nothing were forgotten, with what their ledgers counted."""
        with self._lock:
            return self._kept.forgotten

    def evicted_over_time(self, period: Period, project: str | None = None) -> list[EvictedBucket]:
        """What retention has removed, in the steps of a period, by when it had come."""
        with self._lock:
            return [
                EvictedBucket(start, length, name, kind, quantity)
                for name, known in self._named(project)
                for start, length, kind, quantity in known.evicted.steps(period)
            ]

    def _named(self, project: str | None) -> list[tuple[str, ProjectInMemory]]:
        if project is None:
            return list(self._kept.projects.items())
        known = self._kept.projects.get(project)
        return [] if known is None else [(project, known)]

    def projects(self) -> list[ProjectSummary]:
        """All projects, the newest first."""
        with self._lock:
            known = sorted(
                self._kept.projects.items(), key=lambda row: (-row[1].created_at, row[0])
            )
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
