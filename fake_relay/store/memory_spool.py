"""The spool of a store in memory: gone with its process, like everything there.

May import: store, records.
"""

from __future__ import annotations

import secrets
import threading
from collections.abc import Collection, Sequence

import msgspec

from fake_relay.store.spool import (
    REMEMBERED,
    STEP,
    Counts,
    DeadLetter,
    ForwardEntry,
    ForwardFate,
    KnownUpstream,
    Parcel,
    Settlement,
    SpoolBounds,
    SpoolTotals,
    Ticket,
    counted,
    entries_of,
    past_bounds,
)

_Key = tuple[str, str, str, ForwardFate, str]


class SpoolInMemory:
    """Parcels by upstream, in the order of their ids."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._instance = secrets.token_hex(8)
        self._last = 0
        self._waiting: dict[str, dict[int, Parcel]] = {}
        self._dead: dict[int, DeadLetter] = {}
        self._forwarded: dict[tuple[str, str], float] = {}
        self._ledger: dict[_Key, ForwardEntry] = {}
        self._known: dict[str, KnownUpstream] = {}
        self._counts: dict[str, Counts] = {}

    def instance(self) -> str:
        """The id of this store, 16 hex digits, as others see it in chains."""
        return self._instance

    def add(
        self, ticket: Ticket, project: str, envelope_id: int, first_item: int, received_at: float
    ) -> None:
        """Queue what an arrival sends, its places as ids, and count what stays behind."""
        parts = tuple(
            msgspec.structs.replace(part, item=first_item + part.item) for part in ticket.parts
        )
        with self._lock:
            if parts:
                self.queue(
                    Parcel(
                        upstream=ticket.upstream,
                        project=project,
                        envelope_id=envelope_id,
                        parts=parts,
                        queued_at=received_at,
                    )
                )
            self._count(ticket.entries)

    def queue(self, parcel: Parcel) -> int:
        """Queue something by hand; its id."""
        with self._lock:
            self._last += 1
            self._put(msgspec.structs.replace(parcel, id=self._last))
            return self._last

    def _put(self, parcel: Parcel) -> None:
        self._waiting.setdefault(parcel.upstream, {})[parcel.id] = parcel
        self._add(parcel.upstream, Counts(selected=1))

    def _add(self, upstream: str, more: Counts) -> None:
        before = msgspec.structs.astuple(self._counts.get(upstream, Counts()))
        sums = map(sum, zip(before, msgspec.structs.astuple(more), strict=True))
        named = zip(Counts.__struct_fields__, sums, strict=True)
        self._counts[upstream] = Counts(**dict(named))

    def _of(self, upstream: str) -> list[Parcel]:
        # A dead letter that is queued again comes behind in the dictionary.
        return sorted(self._waiting.get(upstream, {}).values(), key=lambda parcel: parcel.id)

    def due(self, upstream: str, now: float, limit: int, *, by_hand: bool = False) -> list[Parcel]:
        """The oldest parcels that may go now; with `by_hand` only such."""
        with self._lock:
            found = (
                parcel
                for parcel in self._of(upstream)
                if parcel.due_at <= now and (parcel.by_hand or not by_hand)
            )
            return [parcel for parcel, _ in zip(found, range(limit), strict=False)]

    def parcel(self, parcel_id: int) -> Parcel | None:
        """A parcel that waits."""
        with self._lock:
            of_all = (waiting.get(parcel_id) for waiting in self._waiting.values())
            return next((parcel for parcel in of_all if parcel is not None), None)

    def next_due(self, upstream: str, now: float) -> float | None:
        """When the next parcel may go of those that may not go now."""
        with self._lock:
            later = (parcel.due_at for parcel in self._of(upstream) if parcel.due_at > now)
            return min(later, default=None)

    def settle(self, settlement: Settlement) -> None:
        """Keep what became of parcels, all of it or nothing."""
        with self._lock:
            waiting = self._waiting.get(settlement.upstream, {})
            ids = [*settlement.done, *(parcel.id for parcel in settlement.kept)]
            there = all(parcel_id in waiting for parcel_id in ids)
            for parcel_id in settlement.attempted:
                if (tried := waiting.get(parcel_id)) is not None:
                    more = tried.attempts + 1
                    waiting[parcel_id] = msgspec.structs.replace(tried, attempts=more)
            for parcel_id in settlement.done:
                waiting.pop(parcel_id, None)
            for parcel in settlement.kept:
                if parcel.id in waiting:
                    waiting[parcel.id] = parcel
            if there:
                # What was evicted on its way is counted already.
                self._bury(settlement)
                self._count(settlement.entries)
            self._add(settlement.upstream, counted(settlement, there=there))
            for event_id in settlement.event_ids:
                self._forwarded[settlement.upstream, event_id] = settlement.at
            for entry in settlement.reported:
                key = _key(entry)
                known = self._ledger[key]
                reported = known.reported + entry.quantity
                self._ledger[key] = msgspec.structs.replace(known, reported=reported)
            if settlement.state is not None:
                known_one = self._known.get(settlement.upstream, KnownUpstream(settlement.upstream))
                kept = msgspec.structs.replace(known_one, state=settlement.state)
                self._known[settlement.upstream] = kept

    def _bury(self, settlement: Settlement) -> None:
        """Make dead letters; one of a part of a parcel gets an id of its own."""
        free = set(settlement.done)
        for letter in settlement.dead:
            parcel = letter.parcel
            if parcel.id in free:
                free.remove(parcel.id)
            else:
                self._last += 1
                parcel = msgspec.structs.replace(parcel, id=self._last)
            self._dead[parcel.id] = msgspec.structs.replace(letter, parcel=parcel)

    def _count(self, entries: Sequence[ForwardEntry], sign: int = 1) -> None:
        for entry in entries:
            key = _key(entry)
            known = self._ledger.get(key) or msgspec.structs.replace(entry, quantity=0)
            quantity = known.quantity + sign * entry.quantity
            self._ledger[key] = msgspec.structs.replace(known, quantity=quantity)

    def forwarded(self, upstream: str, event_ids: Collection[str]) -> set[str]:
        """Those of the event ids that the upstream has."""
        with self._lock:
            return {found for found in event_ids if (upstream, found) in self._forwarded}

    def evict(self, upstream: str, now: float, bounds: SpoolBounds) -> int:
        """Remove and count a few of the oldest parcels that are past a bound; how many."""
        with self._lock:
            gone = past_bounds(self._of(upstream)[:STEP], self.totals(upstream), now, bounds)
            for parcel, reason in gone:
                del self._waiting[upstream][parcel.id]
                self._count(entries_of(parcel, "evicted", reason))
            dead = sorted(one for one, x in self._dead.items() if x.parcel.upstream == upstream)
            buried = dead[: max(0, len(dead) - bounds.max_dead)]
            for parcel_id in buried:
                del self._dead[parcel_id]
            self._add(upstream, Counts(evicted=len(gone), dropped=len(buried)))
            for key in [k for k, at in self._forwarded.items() if at < now - REMEMBERED]:
                del self._forwarded[key]
            return len(gone) + len(buried)

    def totals(self, upstream: str) -> SpoolTotals:
        """How much waits."""
        with self._lock:
            waiting = self._of(upstream)
            dead = sum(letter.parcel.upstream == upstream for letter in self._dead.values())
            held = sum(parcel.size for parcel in waiting)
            oldest = waiting[0].queued_at if waiting else None
            counts = self._counts.get(upstream, Counts())
            return SpoolTotals(len(waiting), held, oldest, dead, counts)

    def dead_letters(
        self, upstream: str | None = None, before: int | None = None, limit: int = 50
    ) -> list[DeadLetter]:
        """A page of dead letters, newest first, below an id."""
        with self._lock:
            newest_first = sorted(self._which(upstream, None), reverse=True)
            below = [one for one in newest_first if before is None or one < before]
            return [self._dead[one] for one in below[:limit]]

    def _which(self, upstream: str | None, ids: Sequence[int] | None) -> list[int]:
        return [
            parcel_id
            for parcel_id, letter in self._dead.items()
            if (upstream is None or letter.parcel.upstream == upstream)
            and (ids is None or parcel_id in ids)
        ]

    def dead_letter(self, parcel_id: int) -> DeadLetter | None:
        """One dead letter."""
        return self._dead.get(parcel_id)

    def revive(self, upstream: str | None, ids: Sequence[int] | None = None) -> int:
        """Queue dead letters again, at their old places; how many."""
        with self._lock:
            found = self._which(upstream, ids)
            for parcel_id in found:
                letter = self._dead.pop(parcel_id)
                self._put(msgspec.structs.replace(letter.parcel, due_at=0.0, attempts=0))
                # It was selected once, and queueing it has counted it again.
                self._add(letter.parcel.upstream, Counts(selected=-1))
                self._count(entries_of(letter.parcel, "dead", letter.reason), -1)
            return len(found)

    def drop_dead(self, upstream: str | None, ids: Sequence[int] | None = None) -> int:
        """Forget dead letters, which stay counted; how many."""
        with self._lock:
            found = self._which(upstream, ids)
            for parcel_id in found:
                letter = self._dead.pop(parcel_id)
                self._add(letter.parcel.upstream, Counts(dropped=1))
            return len(found)

    def forward_ledger(self, upstream: str | None = None) -> list[ForwardEntry]:
        """What became of what was to be forwarded."""
        with self._lock:
            entries = self._ledger.values()
            return [entry for entry in entries if upstream in (None, entry.upstream)]

    def upstreams(self) -> list[KnownUpstream]:
        """What is remembered of upstreams."""
        with self._lock:
            return [self._known[name] for name in sorted(self._known)]

    def remember(self, known: KnownUpstream) -> None:
        """Remember settings and state of an upstream."""
        with self._lock:
            self._known[known.name] = known

    def forget(self, upstream: str) -> None:
        """Forget an upstream with all that waits for it, its dead letters and its counts."""
        with self._lock:
            self._waiting.pop(upstream, None)
            self._known.pop(upstream, None)
            self._counts.pop(upstream, None)
            for parcel_id in self._which(upstream, None):
                del self._dead[parcel_id]
            for key in [key for key in self._ledger if key[0] == upstream]:
                del self._ledger[key]
            for pair in [pair for pair in self._forwarded if pair[0] == upstream]:
                del self._forwarded[pair]


def _key(entry: ForwardEntry) -> _Key:
    return entry.upstream, entry.project, entry.category, entry.fate, entry.reason
