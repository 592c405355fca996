"""What every store does with refused requests; and what an SQLite file does with its bounds."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

import msgspec
import pytest

from fake_relay.protocol.outcome import Fate
from fake_relay.records import LedgerEntry, Refusal, RefusedRequest
from fake_relay.store import Store, schema
from fake_relay.store.memory import MemoryStore
from fake_relay.store.retention import Retention
from fake_relay.store.sqlite import SqliteStore

NOW = 1_795_312_800.0


def a_refusal(detail: str = "no", *, wire: bytes = b"", **fields: Any) -> Refusal:
    known: dict[str, Any] = {
        "received_at": NOW,
        "method": "POST",
        "path": "/api/1/envelope/",
        "project": "1",
        "status": 400,
        "reason": "invalid_envelope",
        "detail": detail,
    }
    return Refusal(RefusedRequest(**(known | fields)), wire)


def refuse(store: Store, *refusals: Refusal) -> None:
    for refusal in refusals:
        store.refuse(refusal)
    store.commit()


def details(store: Store, **asked: Any) -> list[str]:
    return [found.detail for found in store.refused(**asked).refused]


@pytest.fixture(params=["memory", "sqlite"])
def bounded(request: pytest.FixtureRequest, tmp_path: Path) -> Any:
    made: list[Store] = []

    def make(**bounds: Any) -> Store:
        retention = Retention(**bounds)
        store: Store = (
            MemoryStore(retention)
            if request.param == "memory"
            else SqliteStore(str(tmp_path / "bounded.sqlite"), retention=retention)
        )
        made.append(store)
        return store

    yield make
    for store in made:
        store.close()


def test_a_refusal_comes_back_as_it_went_in(store: Store) -> None:
    given = a_refusal(
        query="sentry_key=k",
        door="envelope",
        public_key="k",
        causes=("this", "and that"),
        remote_addr="10.0.0.1",
        user_agent="an sdk",
        client="sentry.python/2",
        headers={"content-type": "text/plain"},
        coding="gzip",
        wire_size=70_000,
        wire=b"\x1f\x8b\x00",
    )
    refuse(store, given)
    (found,) = store.refused().refused
    assert found == msgspec.structs.replace(given.request, id=1, kept=3)
    assert store.refused_request(1) == found
    assert store.refused_body(1) == b"\x1f\x8b\x00"


def test_nothing_is_seen_before_the_commit_nor_of_unknown_ids(store: Store) -> None:
    store.refuse(a_refusal())
    assert details(store) == []
    assert store.refused_position() == 0
    assert (store.refused_request(1), store.refused_body(1)) == (None, None)
    store.commit()
    assert store.refused_position() == 1


def test_refusals_do_not_move_the_position_of_items(store: Store, arrival: Any, keep: Any) -> None:
    refuse(store, a_refusal())
    assert store.position() == 0
    assert keep(store, arrival("a")) == 1
    assert store.projects()[0].items == 1


def test_pages_go_from_the_newest_to_the_oldest_of_a_project(store: Store) -> None:
    refuse(store, *(a_refusal(f"{n}", project=str(n % 2)) for n in range(6)))
    page = store.refused(project="1", limit=2)
    assert [found.detail for found in page.refused] == ["5", "3"]
    rest = store.refused(project="1", limit=2, before=page.next)
    assert ([found.detail for found in rest.refused], rest.next) == (["1"], None)
    assert details(store) == ["5", "4", "3", "2", "1", "0"]
    assert store.refused(limit=6).next is None


def test_what_no_store_can_hold_is_brought_to_what_it_can(store: Store) -> None:
    refuse(store, a_refusal("caf\udce9", path="/\udc00", wire_size=10**30, headers={"a": "\ud800"}))
    (found,) = store.refused().refused
    assert (found.detail, found.path) == ("caf\ufffd", "/\ufffd")
    assert found.headers == {"a": "\ufffd"}
    assert found.wire_size == 2**63 - 1


def test_known_items_of_a_refused_envelope_stand_in_the_ledger_and_nowhere_else(
    store: Store,
) -> None:
    entry = LedgerEntry("1", "error", Fate.INVALID, "too_large:event", 1)
    store.refuse(a_refusal(), [entry])
    store.refuse(a_refusal(), [entry])
    store.commit()
    assert store.ledger("1") == [msgspec.structs.replace(entry, quantity=2)]
    (project,) = store.projects()
    assert (project.project, project.items, project.envelopes) == ("1", 0, 0)
    assert project.created_at == NOW


def test_clearing_a_project_forgets_its_refusals_and_no_others(store: Store) -> None:
    refuse(store, a_refusal("mine"), a_refusal("theirs", project="2"), a_refusal("?", project=""))
    store.clear("1")
    assert details(store) == ["?", "theirs"]
    store.clear()
    assert details(store) == []
    refuse(store, a_refusal("new"))
    assert store.refused_position() == 4


def test_the_newest_are_kept_under_a_bound_of_number(bounded: Any) -> None:
    store = bounded(max_refused=3)
    for n in range(5):
        refuse(store, a_refusal(f"{n}"))
    assert details(store) == ["4", "3", "2"]
    assert store.refused().evicted == 2
    refuse(store, *(a_refusal(f"more {n}") for n in range(10)))
    assert details(store) == ["more 9", "more 8", "more 7"]
    assert store.refused().evicted == 12


def test_the_newest_are_kept_under_a_bound_of_bytes(bounded: Any) -> None:
    store = bounded(max_refused_bytes=10_000)
    refuse(store, *(a_refusal(f"{n}", wire=bytes(4000)) for n in range(5)))
    assert details(store) == ["4", "3"]
    assert store.refused().evicted == 3


def test_refusals_never_take_more_than_a_quarter_of_the_store(bounded: Any) -> None:
    store = bounded(max_bytes=40_000, max_refused_bytes=1_000_000)
    refuse(store, *(a_refusal(f"{n}", wire=bytes(4000)) for n in range(5)))
    assert details(store) == ["4", "3"]


def test_refusals_past_the_bound_of_age_go(bounded: Any) -> None:
    store = bounded(max_age=60.0)
    refuse(store, a_refusal("old", received_at=NOW - 100), a_refusal("new"))
    while store.retain(NOW):
        pass
    assert details(store) == ["new"]
    assert store.refused().evicted == 1


def test_refusals_outlive_the_process_and_their_ids_are_not_given_again(path: str) -> None:
    store = SqliteStore(path, retention=Retention(max_refused=2))
    refuse(store, *(a_refusal(f"{n}", wire=b"wire") for n in range(4)))
    store.close()
    store = SqliteStore(path, retention=Retention(max_refused=2))
    assert store.refused_position() == 4
    assert details(store) == ["3", "2"]
    refuse(store, a_refusal("4"))
    assert [found.id for found in store.refused().refused] == [5, 4]
    assert store.refused().evicted == 3
    store.close()


def test_a_file_from_before_refusals_takes_them(path: str) -> None:
    old = sqlite3.connect(path, isolation_level=None)
    schema.upgrade(old, path, newest=4)
    old.execute("INSERT INTO projects(project, created_at) VALUES ('1', 5000000)")
    old.close()
    store = SqliteStore(path)
    refuse(store, a_refusal("first"))
    assert details(store) == ["first"]
    assert [project.project for project in store.projects()] == ["1"]
    store.close()
