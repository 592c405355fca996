"""Stores of both kinds, and what arrives at them."""

from __future__ import annotations

import gzip
import uuid
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, Protocol

import brotli
import msgspec
import pytest
import zstandard

from fake_relay.items import Facts
from fake_relay.protocol.category import Category
from fake_relay.protocol.envelope import make_envelope, make_item, serialize
from fake_relay.protocol.outcome import ACCEPTED, Fate, Outcome, Quantity
from fake_relay.records import Arrival, LedgerEntry, ReceivedItem, Submission
from fake_relay.store import Store
from fake_relay.store.memory import MemoryStore
from fake_relay.store.sqlite import SqliteStore

NOW = 1_795_312_800.0

ENCODE: dict[str, Callable[[bytes], bytes]] = {
    "": lambda body: body,
    "gzip": gzip.compress,
    "br": brotli.compress,
    "zstd": zstandard.ZstdCompressor().compress,
}


class MakeArrival(Protocol):
    """Builds an arrival of events, one for each title."""

    def __call__(
        self,
        *titles: str,
        project: str = "1",
        coding: str = "",
        item_type: str = "event",
        received_at: float = NOW,
        facts: Facts | None = None,
        payload: bytes | None = None,
        user_agent: str = "an sdk/1.0",
        outcome: Outcome = ACCEPTED,
        event_id: str | None = None,
    ) -> Arrival: ...


@pytest.fixture(scope="session")
def arrival() -> MakeArrival:
    def make(
        *titles: str,
        project: str = "1",
        coding: str = "",
        item_type: str = "event",
        received_at: float = NOW,
        facts: Facts | None = None,
        payload: bytes | None = None,
        user_agent: str = "an sdk/1.0",
        outcome: Outcome = ACCEPTED,
        event_id: str | None = None,
    ) -> Arrival:
        event_id = event_id or uuid.uuid4().hex
        items = [
            make_item(
                item_type,
                msgspec.json.encode({"message": title, "level": "error"})
                if payload is None
                else payload,
            )
            for title in titles
        ]
        envelope = make_envelope({"event_id": event_id}, items)
        body = serialize(envelope)
        known = [
            Facts(title=title, terms=(("level", "error"), ("message", title)), text=title)
            if facts is None
            else facts
            for title in titles
        ]
        return Arrival(
            Submission(
                project=project,
                public_key="a" * 32,
                client="an sdk/1.0",
                door="envelope",
                envelope=envelope,
                wire=ENCODE[coding](body),
                coding=coding,
                size=len(body),
            ),
            received_at,
            "127.0.0.1",
            user_agent,
            tuple(
                (ReceivedItem(item, fact, (Quantity(Category.ERROR, 1),)), outcome)
                for item, fact in zip(envelope.items, known, strict=True)
            ),
        )

    return make


class Keep(Protocol):
    """Adds arrivals to a store with one error in the ledger for each item, and commits."""

    def __call__(self, store: Store, *arrivals: Arrival) -> int: ...


@pytest.fixture(scope="session")
def keep() -> Keep:
    def keep_all(store: Store, *arrivals: Arrival) -> int:
        for one in arrivals:
            store.add(one, ledger_of(one))
        return store.commit()

    return keep_all


def ledger_of(arrival: Arrival) -> Sequence[LedgerEntry]:
    return [
        LedgerEntry(arrival.submission.project, "error", outcome.fate, outcome.reason, 1)
        for _, outcome in arrival.items
    ]


@pytest.fixture
def path(tmp_path: Path) -> str:
    return str(tmp_path / "store.sqlite")


@pytest.fixture(params=["memory", "sqlite"])
def store(request: pytest.FixtureRequest, path: str) -> Iterator[Store]:
    made: Store = MemoryStore() if request.param == "memory" else SqliteStore(path)
    yield made
    made.close()


@pytest.fixture
def sqlite(path: str) -> Iterator[SqliteStore]:
    made = SqliteStore(path)
    yield made
    made.close()


@pytest.fixture(scope="session")
def filtered() -> Outcome:
    return Outcome(Fate.FILTERED, "release")


@pytest.fixture(scope="session")
def titles() -> Callable[[Any], list[str]]:
    """The titles of a page of items."""
    return lambda page: [item.title for item in page.items]
