"""Where items rest: two small Protocols, and their implementations.

`Store` takes arrivals into an open batch and commits it; what is committed survives the
process. `Reader` gets, finds and counts; it may be used from any thread, and it sees
everything that was committed before it is asked.
May import: query, records, items, config, protocol, errors.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple, Protocol

import msgspec

from fake_relay.errors import StoreError
from fake_relay.query import Expression
from fake_relay.records import (
    Arrival,
    EvictedBucket,
    Judgement,
    LedgerBucket,
    LedgerEntry,
    ProjectSummary,
    Refusal,
    RefusedRequest,
    StoredEnvelope,
    StoredItem,
)
from fake_relay.store.buckets import Period
from fake_relay.store.retention import Retention
from fake_relay.store.spool import Spool, Ticket


@dataclass(frozen=True, slots=True)
class Selection:
    """Which items, newest first: every condition that is set must hold.

    `after` and `before` bound the id (both exclusive); `limit` bounds the page.
    """

    project: str | None = None
    type: str | None = None
    event_id: str | None = None
    query: Expression | None = None
    after: int = 0
    before: int | None = None
    limit: int = 50


class Page(msgspec.Struct, frozen=True):
    """Items, newest first, and the `before` of the next page, or None at the end.

    A page can hold fewer items than asked for and still have a next one: a search that no
    index helps looks at a bounded number of items for each page.
    """

    items: list[StoredItem]
    next: int | None = None


class EnvelopePage(msgspec.Struct, frozen=True):
    """Envelopes, newest first, and the `before` of the next page, or None at the end."""

    envelopes: list[StoredEnvelope]
    next: int | None = None


class RefusedPage(msgspec.Struct, frozen=True):
    """Refused requests, newest first, and the `before` of the next page, or None at the end.

    `evicted` is how many older ones had to make room, whatever their project.
    """

    refused: list[RefusedRequest]
    next: int | None = None
    evicted: int = 0


class Glimpse(NamedTuple):
    """What a picture of many items needs of each."""

    received_at: float
    type: str
    level: str
    project: str


class Survey(msgspec.Struct, frozen=True):
    """Glimpses of items, newest first; whether these are all is told by `complete`."""

    glimpses: list[Glimpse]
    complete: bool


@dataclass(frozen=True, slots=True)
class Body:
    """An envelope's body: as it came, and decoded.

    `converted` tells that the door made the envelope, so that it is not what is in `wire`.
    """

    wire: bytes
    coding: str
    content: bytes
    converted: bool = False


def as_sent(body: Body, size: int) -> Body:
    """The body without the items that were derived from it, which stand behind `size` bytes."""
    return body if len(body.content) <= size else replace(body, content=body.content[:size])


class Reader(Protocol):
    """Gets, finds and counts what is committed."""

    def position(self) -> int:
        """The id of the newest item ever stored, 0 if none; a cursor for waits."""

    def find(self, selection: Selection) -> Page:
        """A page of items."""

    def item(self, item_id: int) -> StoredItem | None:
        """One item, or None when there is none of that id."""

    def payload(self, item_id: int) -> bytes | None:
        """An item's payload exactly as it was sent."""

    def payloads(self, item_ids: Sequence[int]) -> dict[int, bytes]:
        """The payloads of several items by id, without those of items that are gone."""

    def find_envelopes(
        self, project: str | None = None, before: int | None = None, limit: int = 50
    ) -> EnvelopePage:
        """A page of envelopes."""

    def envelope(self, envelope_id: int) -> StoredEnvelope | None:
        """One envelope."""

    def body(self, envelope_id: int) -> Body | None:
        """An envelope's bytes."""

    def refused(
        self, project: str | None = None, before: int | None = None, limit: int = 50
    ) -> RefusedPage:
        """A page of refused requests."""

    def refused_request(self, refused_id: int) -> RefusedRequest | None:
        """One refused request."""

    def refused_body(self, refused_id: int) -> bytes | None:
        """A refused request's body as it came, as far as it is kept."""

    def ledger(self, project: str | None = None) -> list[LedgerEntry]:
        """Quantities by project, category, outcome and reason."""

    def ledger_over_time(self, period: Period, project: str | None = None) -> list[LedgerBucket]:
        """The ledger in the steps of a period; over all time, they add up to `ledger`."""

    def evicted(self, project: str | None = None) -> int:
        """How many items retention has removed from a project, or from all."""

    def forgotten_projects(self) -> int:
        """How many projects that held nothing were forgotten, with what their ledgers counted."""

    def projects(self) -> list[ProjectSummary]:
        """All projects, the newest first."""


class Store(Reader, Protocol):
    """A reader that also adds and clears; one thread adds, commits and clears.

    `retain` and `idle` are for a background task and safe in any thread: they give way to
    commits, and each step that they take is small.
    """

    @property
    def spool(self) -> Spool:
        """What is to be forwarded, beside the items that it names."""

    def add(
        self, arrival: Arrival, ledger: Sequence[LedgerEntry], tickets: Sequence[Ticket] = ()
    ) -> None:
        """Take an arrival, what it counts and where it goes on to into the open batch."""

    def refuse(self, refusal: Refusal, ledger: Sequence[LedgerEntry] = ()) -> None:
        """Take a refused request, and what it counts where its items were known."""

    def refused_position(self) -> int:
        """The id of the newest committed refusal ever, 0 if none."""

    def items_after(self, after: int, limit: int) -> list[StoredItem]:
        """The items behind an id, oldest first."""

    def survey(self, selection: Selection) -> Survey:
        """Glimpses of a selection's newest items, at most its `limit`."""

    def ledger_begins(self, project: str | None = None) -> int | None:
        """The start of the ledger's first bucket that has a time; None where there is none."""

    def evicted_over_time(self, period: Period, project: str | None = None) -> list[EvictedBucket]:
        """What retention has removed, in the steps of a period, by when it had come."""

    def values(self, key: str, prefix: str, limit: int) -> list[str]:
        """Values that a term has had and that begin so, in any case of letters, in order.

        Those of items that are gone may be among them.
        """

    def judgements(self, item_ids: Sequence[int]) -> dict[int, Judgement]:
        """What was found wrong with items, without those that were not judged."""

    def judge(self, judgements: Mapping[int, Judgement]) -> None:
        """Keep judgements by item id, in place of older ones, as long as their items are kept.

        Safe in any thread. Raises `StoreError`.
        """

    def add_project(self, project: str, public_key: str, created_at: float) -> None:
        """Make a project known before anything is sent to it, and commit that."""

    def commit(self) -> int:
        """Commit the open batch; the position after it. Raises `StoreError`, keeping nothing."""

    def seal(self) -> Callable[[], int]:
        """Close the open batch and open a new one; what it returns commits it as `commit` does.

        That may run in any thread while others add, but before anything else is committed.
        """

    def clear(self, project: str | None = None) -> int:
        """Forget what a project, or anybody, sent, refused or not; the number of items.

        Nobody sees them from now on; the rows of a large project go later, by `retain`.
        """

    def retain(self, now: float) -> int:
        """Remove a few envelopes: what was cleared, then the oldest past a bound; how many.

        Call it again until it answers 0. With nothing to remove, it folds what is old in the
        ledger.
        """

    def idle(self) -> None:
        """Do what can wait until nobody does: index, compress, checkpoint."""

    def close(self) -> None:
        """Release everything; a store is not used afterwards."""


def open_store(url: str, *, durable: bool = False, retention: Retention | None = None) -> Store:
    """Open `memory:` or an SQLite file (`FILE.sqlite` or `sqlite:FILE`); raises `StoreError`.

    `durable` makes each commit survive a loss of power; without `retention` the defaults hold.
    """
    from fake_relay.store.memory import MemoryStore
    from fake_relay.store.sqlite import SqliteStore

    if url == "memory:":
        return MemoryStore() if retention is None else MemoryStore(retention)
    scheme, separator, _ = url.partition("://")
    other = separator and scheme.isalnum() and scheme != "sqlite"
    if other or url.endswith(":"):
        raise StoreError(
            f"{scheme}{separator} is not a store that this version knows; use memory:, or a file"
            " as FILE.sqlite or sqlite:FILE"
        )
    return SqliteStore(url.removeprefix("sqlite:"), durable=durable, retention=retention)
