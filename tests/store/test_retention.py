"""Bounds of age, count and bytes, and what upkeep leaves behind."""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from fake_relay.query import parse_query
from fake_relay.store import Selection
from fake_relay.store.retention import DAY, STEP, Retention
from fake_relay.store.sqlite import SqliteStore
from fake_relay.store.sqlite_upkeep import Upkeep, used_bytes

NOW = 1_795_312_800.0


@pytest.fixture
def other(sqlite: SqliteStore) -> Iterator[sqlite3.Connection]:
    """A connection that looks at the file from outside."""
    connection = sqlite3.connect(sqlite.path)
    yield connection
    connection.close()


def keep_bounds(store: SqliteStore, retention: Retention, now: float = NOW) -> int:
    upkeep = Upkeep(store._writer, store._index, retention)
    total = 0
    while step := upkeep.retain(now):
        total += step
    return total


def test_by_default_ninety_days_and_two_gibibytes_are_kept() -> None:
    assert Retention() == Retention(90 * 86_400, None, 2 * 2**30)


def test_a_store_evicts_what_is_older_than_its_retention(
    path: str, arrival: Any, keep: Any, titles: Any
) -> None:
    store = SqliteStore(path)
    keep(store, arrival("old", received_at=NOW - 91 * DAY), arrival("young", received_at=NOW))
    assert store.retain(NOW) == 1
    assert store.retain(NOW) == 0
    assert titles(store.find(Selection())) == ["young"]
    assert store.body(1) is None
    store.close()


def test_one_call_evicts_a_step_at_most(sqlite: SqliteStore, arrival: Any, keep: Any) -> None:
    keep(sqlite, *(arrival("x", received_at=1.0) for _ in range(STEP + 3)))
    assert [sqlite.retain(NOW) for _ in range(3)] == [STEP, 3, 0]


def test_the_bound_of_items_is_met_and_never_undercut_by_much(
    sqlite: SqliteStore, arrival: Any, keep: Any, titles: Any
) -> None:
    keep(sqlite, *(arrival(str(n), project=str(n % 2)) for n in range(20)))
    assert keep_bounds(sqlite, Retention(None, 7, None)) == 13
    assert titles(sqlite.find(Selection())) == [str(n) for n in range(19, 12, -1)]


def test_evicted_items_are_counted_by_project_and_the_ledger_stays(
    sqlite: SqliteStore, arrival: Any, keep: Any
) -> None:
    keep(sqlite, arrival("a", "b", project="1"), arrival("c", project="2"), arrival("d"))
    assert keep_bounds(sqlite, Retention(None, 1, None)) == 2
    assert (sqlite.evicted("1"), sqlite.evicted("2"), sqlite.evicted()) == (2, 1, 3)
    assert {known.project: known.items for known in sqlite.projects()} == {"1": 1, "2": 0}
    assert {entry.project: entry.quantity for entry in sqlite.ledger()} == {"1": 3, "2": 1}


def test_the_bound_of_bytes_is_met_and_space_is_used_again(
    sqlite: SqliteStore, arrival: Any, keep: Any, other: sqlite3.Connection
) -> None:
    bound = 1_000_000
    for _ in range(6):
        keep(sqlite, *(arrival("x", payload=os.urandom(10_000)) for _ in range(60)))
        keep_bounds(sqlite, Retention(None, None, bound))
        assert bound * 0.7 < used_bytes(other) <= bound or sqlite.position() == 60
    sqlite.idle()
    assert Path(sqlite.path).stat().st_size < 2 * bound
    assert sqlite.find(Selection()).items[0].id == 360


def test_eviction_takes_terms_and_text_out_of_the_index(
    sqlite: SqliteStore, arrival: Any, keep: Any, other: sqlite3.Connection
) -> None:
    sent = arrival("needle", coding="gzip")
    keep(sqlite, sent, arrival("hay"))
    sqlite.idle()
    keep(sqlite, arrival("not indexed yet"))
    assert keep_bounds(sqlite, Retention(None, 1, None)) == 2
    sqlite.idle()
    assert other.execute("SELECT DISTINCT item_id FROM terms").fetchall() == [(3,)]
    other.execute("INSERT INTO search(search, rank) VALUES ('integrity-check', 1)")


def test_items_that_were_not_indexed_can_be_evicted(
    sqlite: SqliteStore, arrival: Any, keep: Any, other: sqlite3.Connection
) -> None:
    keep(sqlite, arrival("a"), arrival("b"), arrival("needle"))
    assert keep_bounds(sqlite, Retention(None, 1, None)) == 2
    found = sqlite.find(Selection(query=parse_query("needle", now=NOW)))
    assert [item.id for item in found.items] == [3]
    other.execute("INSERT INTO search(search, rank) VALUES ('integrity-check', 1)")


def test_ids_are_not_used_again_when_all_was_evicted(path: str, arrival: Any, keep: Any) -> None:
    store = SqliteStore(path, retention=Retention(1.0, None, None))
    keep(store, arrival("a"), arrival("b"), arrival())
    assert store.retain(NOW + 60) == 3
    assert store.retain(NOW + 60) == 0
    store.close()
    store = SqliteStore(path)
    assert keep(store, arrival("c")) == 3
    assert store.find_envelopes().envelopes[0].id == 4
    store.close()


def test_an_empty_store_is_never_past_a_bound(sqlite: SqliteStore) -> None:
    assert keep_bounds(sqlite, Retention(0.0, 0, 0)) == 0


@pytest.fixture
def large(sqlite: SqliteStore, arrival: Any, keep: Any) -> list[str]:
    """Project 1 with more than a step removes, and two items of project 2 around it."""
    titles = [f"large {n}" for n in range(30)]
    keep(sqlite, arrival("before", project="2"))
    for _ in range(5):
        keep(sqlite, *(arrival(*titles) for _ in range(10)))
    keep(sqlite, arrival("behind", project="2"))
    sqlite.catch_up()
    return titles


def test_a_large_project_is_gone_for_readers_before_its_rows_are(
    sqlite: SqliteStore, arrival: Any, keep: Any, other: sqlite3.Connection, large: Any, titles: Any
) -> None:
    assert sqlite.clear("1") == 1500
    left = other.execute("SELECT max(id), max(envelope_id) FROM items WHERE project = '1'")
    (item_id, envelope_id) = left.fetchone()
    query = parse_query("large OR before OR behind", now=NOW)
    assert titles(sqlite.find(Selection(query=query))) == ["behind", "before"]
    assert titles(sqlite.find(Selection())) == ["behind", "before"]
    assert sqlite.find(Selection(project="1")).items == []
    assert [kept.project for kept in sqlite.find_envelopes().envelopes] == ["2", "2"]
    assert sqlite.find_envelopes("1").envelopes == []
    assert (sqlite.item(item_id), sqlite.payload(item_id)) == (None, None)
    assert (sqlite.envelope(envelope_id), sqlite.body(envelope_id)) == (None, None)
    assert [entry.project for entry in sqlite.ledger()] == ["2"]
    assert {known.project: known.items for known in sqlite.projects()} == {"1": 0, "2": 2}


def test_what_was_cleared_is_removed_in_steps_and_what_came_after_stays(
    sqlite: SqliteStore, arrival: Any, keep: Any, other: sqlite3.Connection, large: Any, titles: Any
) -> None:
    sqlite.add(arrival("in the open batch"), [])
    sqlite.clear("1")
    sqlite.commit()
    keep(sqlite, arrival("after"))
    steps = []
    while removed := sqlite.retain(NOW):
        steps.append(removed)
    assert len(steps) > 1
    assert max(steps) <= STEP
    assert titles(sqlite.find(Selection(project="1"))) == ["after", "in the open batch"]
    assert other.execute("SELECT count(*) FROM items").fetchone() == (4,)
    assert other.execute("SELECT count(*) FROM envelopes").fetchone() == (4,)
    assert other.execute("SELECT count(*) FROM bodies").fetchone() == (4,)
    sqlite.catch_up()
    kept = [item.id for item in sqlite.find(Selection()).items]
    indexed = other.execute("SELECT DISTINCT item_id FROM terms ORDER BY 1 DESC").fetchall()
    assert indexed == [(item_id,) for item_id in kept]
    other.execute("INSERT INTO search(search, rank) VALUES ('integrity-check', 1)")
    assert sqlite.evicted() == 0


def test_a_clearing_that_a_kill_cut_short_goes_on(
    sqlite: SqliteStore, large: Any, tmp_path: Path, titles: Any
) -> None:
    sqlite.clear("1")
    copy = str(tmp_path / "killed.sqlite")
    for suffix in ("", "-wal"):
        shutil.copy(sqlite.path + suffix, copy + suffix)
    killed = SqliteStore(copy, retention=Retention(None, 1, None))
    assert titles(killed.find(Selection())) == ["behind", "before"]
    while killed.retain(NOW):
        pass
    assert titles(killed.find(Selection())) == ["behind"]
    assert killed.evicted("1") == 0
    assert killed.clear("1") == 0
    killed.close()


def test_a_step_ends_early_where_envelopes_hold_many_items(
    sqlite: SqliteStore, arrival: Any, keep: Any
) -> None:
    keep(sqlite, *(arrival(*"x" * 400) for _ in range(5)))
    upkeep = Upkeep(sqlite._writer, sqlite._index, Retention(max_age=1.0))
    assert [upkeep.retain(NOW + 60) for _ in range(4)] == [2, 2, 1, 0]
    assert sqlite.evicted() == 2000


def test_an_envelope_is_opened_once_to_index_all_its_items(
    path: str, arrival: Any, keep: Any
) -> None:
    store = SqliteStore(path)
    keep(store, arrival(*"x" * 50, coding="gzip"))
    store.close()
    store = SqliteStore(path)
    statements: list[str] = []
    store._writer._connection.set_trace_callback(statements.append)
    store.catch_up()
    assert sum("FROM bodies" in statement for statement in statements) == 1
    assert len(store.find(Selection(query=parse_query("message:x", now=NOW))).items) == 50
    store.close()


def test_the_log_is_moved_into_the_file_when_idle(
    sqlite: SqliteStore, arrival: Any, keep: Any
) -> None:
    log = Path(sqlite.path + "-wal")
    for _ in range(20):
        keep(sqlite, arrival("x", payload=os.urandom(50_000)))
    sqlite.idle()
    grown = log.stat().st_size
    for _ in range(20):
        sqlite.idle()
        keep(sqlite, arrival("x", payload=os.urandom(50_000)))
    assert log.stat().st_size <= grown


def test_large_plain_bodies_are_compressed_when_idle(
    sqlite: SqliteStore, arrival: Any, keep: Any, other: sqlite3.Connection
) -> None:
    keep(sqlite, *(arrival("x", payload=b"0123456789" * 20_000) for _ in range(3)))
    assert other.execute("SELECT DISTINCT packed FROM bodies").fetchall() == [("",)]
    sqlite.idle()
    assert (
        other.execute("SELECT packed, length(wire) < 2000 FROM bodies").fetchall()
        == [("zstd", 1)] * 3
    )
