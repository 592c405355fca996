"""The spool: what waits to be forwarded, what could not be, and what has been.

Rule: a parcel names items and holds no bytes. It is written in the transaction that stores its
items, and goes in the transaction that says what became of it; so nothing is lost by a crash,
and nothing counts twice.
May import: records, msgspec.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Final, Literal, Protocol

import msgspec

STEP: Final = 500
"""Parcels that one call of `evict` removes at most."""
REMEMBERED: Final = 30 * 86_400.0
"""Seconds that an event id is remembered as forwarded."""

ForwardFate = Literal["sent", "dead", "evicted", "duplicate", "left_out"]

Quantities = tuple[tuple[str, int], ...]
"""Data categories by name, and how much of each."""


class Part(msgspec.Struct, frozen=True, array_like=True):
    """An item of a parcel: its id (its place, until it is stored), and what it counts.

    `role` is `leads` for what makes an event, `follows` for what goes where the event goes,
    and empty for everything else.
    """

    item: int
    size: int
    quantities: Quantities = ()
    role: Literal["", "leads", "follows"] = ""


class ForwardEntry(msgspec.Struct, frozen=True):
    """So many units of a category with one fate on their way to an upstream.

    `reported` is how much of it client reports have told the upstream.
    """

    upstream: str
    project: str
    category: str
    fate: ForwardFate
    reason: str
    quantity: int
    reported: int = 0


class Ticket(msgspec.Struct, frozen=True):
    """What an arrival sends to one upstream: the places of its items, and what stays behind."""

    upstream: str
    parts: tuple[Part, ...]
    entries: tuple[ForwardEntry, ...] = ()


class Parcel(msgspec.Struct, frozen=True, kw_only=True):
    """Items of one envelope on their way to one upstream; times are in seconds since 1970.

    `id` grows in the order of arrival and is 0 until the spool gives one. What is sent `by_hand`
    goes though the upstream is off. `attempts` are the answers 500 that it got.
    """

    id: int = 0
    upstream: str
    project: str
    envelope_id: int
    parts: tuple[Part, ...]
    queued_at: float
    due_at: float = 0.0
    by_hand: bool = False
    attempts: int = 0

    @property
    def size(self) -> int:
        """The bytes of its items, as they were sent."""
        return sum(part.size for part in self.parts)


class DeadLetter(msgspec.Struct, frozen=True, kw_only=True):
    """A parcel that cannot be delivered: the answer's status (0 for none), why, and its words."""

    parcel: Parcel
    died_at: float
    status: int
    reason: str
    detail: str = ""


class Counts(msgspec.Struct, frozen=True, kw_only=True):
    """How often something happened on the way to an upstream, ever; of envelopes and of reports.

    `dropped` are dead letters that were forgotten.
    """

    selected: int = 0
    sent: int = 0
    evicted: int = 0
    duplicates: int = 0
    dropped: int = 0
    retried: int = 0
    reports: int = 0


class Settlement(msgspec.Struct, frozen=True, kw_only=True):
    """What became of parcels, in one transaction.

    `done` are ids of parcels that go; `kept` stay with fewer parts, or until later; `attempted`
    are ids of those that were tried in vain; `event_ids` are those that `upstream` has now;
    `reported` are quantities that it was told. `counts` are of envelopes, dead letters not among
    them: what goes in parts counts as so many.
    """

    upstream: str
    at: float
    done: tuple[int, ...] = ()
    kept: tuple[Parcel, ...] = ()
    dead: tuple[DeadLetter, ...] = ()
    event_ids: tuple[str, ...] = ()
    entries: tuple[ForwardEntry, ...] = ()
    reported: tuple[ForwardEntry, ...] = ()
    attempted: tuple[int, ...] = ()
    counts: Counts = Counts()
    state: bytes | None = None

    @property
    def split(self) -> int:
        """How many envelopes came of the parcels that go beyond one of each."""
        fates = self.counts.sent + self.counts.evicted + self.counts.duplicates + len(self.dead)
        return fates - len(self.done)


class SpoolTotals(msgspec.Struct, frozen=True):
    """How much waits for an upstream, since when, and how many dead letters there are.

    What was selected is waiting, sent, evicted, a duplicate, dead, or a dead letter dropped.
    """

    envelopes: int = 0
    bytes: int = 0
    oldest: float | None = None
    dead: int = 0
    counts: Counts = Counts()


class SpoolBounds(msgspec.Struct, frozen=True):
    """What may wait for an upstream: seconds, envelopes, bytes, dead letters."""

    max_age: float
    max_envelopes: int
    max_bytes: int
    max_dead: int


class KnownUpstream(msgspec.Struct, frozen=True):
    """What the store remembers of an upstream, as JSON; `settings` of one made at run time."""

    name: str
    settings: bytes = b""
    state: bytes = b""


class Spool(Protocol):
    """What waits to be forwarded; safe in any thread. What writes raises `StoreError`."""

    def instance(self) -> str:
        """The id of this store, 16 hex digits, as others see it in chains."""

    def queue(self, parcel: Parcel) -> int:
        """Queue something by hand; its id."""

    def due(self, upstream: str, now: float, limit: int, *, by_hand: bool = False) -> list[Parcel]:
        """The oldest parcels that may go now; with `by_hand` only such."""

    def parcel(self, parcel_id: int) -> Parcel | None:
        """A parcel that waits."""

    def next_due(self, upstream: str, now: float) -> float | None:
        """When the next parcel may go of those that may not go now."""

    def settle(self, settlement: Settlement) -> None:
        """Keep what became of parcels, all of it or nothing."""

    def forwarded(self, upstream: str, event_ids: Collection[str]) -> set[str]:
        """Those of the event ids that the upstream has."""

    def evict(self, upstream: str, now: float, bounds: SpoolBounds) -> int:
        """Remove and count a few of the oldest parcels that are past a bound; how many.

        Call it again until it answers 0.
        """

    def totals(self, upstream: str) -> SpoolTotals:
        """How much waits."""

    def dead_letters(
        self, upstream: str | None = None, before: int | None = None, limit: int = 50
    ) -> list[DeadLetter]:
        """A page of dead letters, newest first, below an id."""

    def dead_letter(self, parcel_id: int) -> DeadLetter | None:
        """One dead letter."""

    def revive(self, upstream: str | None, ids: Sequence[int] | None = None) -> int:
        """Queue dead letters again, at their old places; how many."""

    def drop_dead(self, upstream: str | None, ids: Sequence[int] | None = None) -> int:
        """Forget dead letters, which stay counted; how many."""

    def forward_ledger(self, upstream: str | None = None) -> list[ForwardEntry]:
        """What became of what was to be forwarded."""

    def upstreams(self) -> list[KnownUpstream]:
        """What is remembered of upstreams."""

    def remember(self, known: KnownUpstream) -> None:
        """Remember settings and state of an upstream."""

    def forget(self, upstream: str) -> None:
        """Forget an upstream with all that waits for it, its dead letters and its counts."""


def counted(settlement: Settlement, *, there: bool) -> Counts:
    """What a settlement adds to the counts; only tries, where its parcels were evicted before."""
    counts = settlement.counts
    if not there:
        return Counts(retried=counts.retried, reports=counts.reports)
    return msgspec.structs.replace(counts, selected=settlement.split)


def entries_of(
    parcel: Parcel, fate: ForwardFate, reason: str, parts: Sequence[Part] | None = None
) -> list[ForwardEntry]:
    """What a parcel, or some parts of it, count with a fate."""
    sums: dict[str, int] = {}
    for part in parcel.parts if parts is None else parts:
        for category, amount in part.quantities:
            sums[category] = sums.get(category, 0) + amount
    return [
        ForwardEntry(parcel.upstream, parcel.project, category, fate, reason, amount)
        for category, amount in sums.items()
    ]


def past_bounds(
    oldest: Sequence[Parcel], totals: SpoolTotals, now: float, bounds: SpoolBounds
) -> list[tuple[Parcel, str]]:
    """The parcels, of the oldest ones, that are past a bound, each with the bound."""
    gone: list[tuple[Parcel, str]] = []
    envelopes, held = totals.envelopes, totals.bytes
    for parcel in oldest:
        if parcel.queued_at < now - bounds.max_age:
            reason = "age"
        elif envelopes > bounds.max_envelopes:
            reason = "count"
        elif held > bounds.max_bytes:
            reason = "bytes"
        else:
            break
        gone.append((parcel, reason))
        envelopes, held = envelopes - 1, held - parcel.size
    return gone
