"""The ledger in buckets of time: what was counted when, folded with age, and never lost."""

from __future__ import annotations

import sqlite3
import threading
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fake_relay.protocol.outcome import Fate
from fake_relay.records import LedgerBucket, LedgerEntry, Refusal, RefusedRequest
from fake_relay.store import Store, buckets, schema, sqlite_ledger
from fake_relay.store.buckets import DAY, HOUR, MINUTE, UNTIMED, Period, is_step
from fake_relay.store.memory import MemoryStore
from fake_relay.store.retention import Retention
from fake_relay.store.sqlite import SqliteStore

NOON = 1_795_348_800
"""Noon: minutes and hours begin at it, and days do not."""
ALL = Period(MINUTE)


def an_error(quantity: int = 1, project: str = "1", reason: str = "") -> LedgerEntry:
    fate = Fate.FILTERED if reason else Fate.ACCEPTED
    return LedgerEntry(project, "error", fate, reason, quantity)


def count(store: Store, arrival: Any, at: float, *entries: LedgerEntry) -> None:
    """Have a store count entries that were received at a moment."""
    store.add(arrival("x", received_at=at), entries or [an_error()])
    store.commit()


def settle(store: Store, now: float) -> None:
    """Take all steps that wait."""
    while store.retain(now):
        pass


def told(found: Sequence[LedgerBucket]) -> set[tuple[int, int, int]]:
    """Start relative to noon, length and quantity of each bucket."""
    return {
        (one.start - NOON if one.seconds else 0, one.seconds, one.entry.quantity) for one in found
    }


def test_units_are_counted_in_the_minute_that_they_were_received(
    store: Store, arrival: Any
) -> None:
    for at in (NOON - 0.001, NOON, NOON + 59.999, NOON + 60):
        count(store, arrival, at)
    assert told(store.ledger_over_time(ALL)) == {(-60, 60, 1), (0, 60, 2), (60, 60, 1)}
    assert store.ledger() == [an_error(4)]


def test_one_batch_counts_each_arrival_in_its_own_minute(store: Store, arrival: Any) -> None:
    for at in (NOON, NOON + 60):
        store.add(arrival("x", received_at=at), [an_error(), an_error()])
    store.commit()
    assert told(store.ledger_over_time(ALL)) == {(0, 60, 2), (60, 60, 2)}


def test_what_a_refused_request_counts_has_its_time(store: Store) -> None:
    request = RefusedRequest(
        received_at=NOON + 61.0, method="POST", path="/", status=400, reason="x", detail="x"
    )
    store.refuse(Refusal(request), [an_error()])
    store.commit()
    assert told(store.ledger_over_time(ALL)) == {(60, 60, 1)}


def test_steps_add_their_minutes_up(store: Store, arrival: Any) -> None:
    for minute in range(0, 130, 10):
        count(store, arrival, NOON + minute * 60, an_error(), an_error(5, reason="release"))
    assert told(store.ledger_over_time(Period(HOUR))) == {
        (0, 3600, 6), (3600, 3600, 6), (7200, 3600, 1),
        (0, 3600, 30), (3600, 3600, 30), (7200, 3600, 5),
    }  # fmt: skip


def test_a_period_has_the_buckets_that_reach_into_it(store: Store, arrival: Any) -> None:
    for minute in range(5):
        count(store, arrival, NOON + minute * 60)
    found = store.ledger_over_time(Period(MINUTE, NOON + 90, NOON + 180))
    assert told(found) == {(60, 60, 1), (120, 60, 1)}
    assert store.ledger_over_time(Period(MINUTE, NOON + 300)) == []
    assert store.ledger_over_time(Period(MINUTE, None, NOON)) == []


def test_a_project_is_told_alone(store: Store, arrival: Any) -> None:
    count(store, arrival, NOON, an_error(project="1"), an_error(7, project="2"))
    assert told(store.ledger_over_time(ALL, "2")) == {(0, 60, 7)}
    assert (store.ledger_begins("2"), store.ledger_begins("3")) == (NOON, None)


def test_the_ledger_begins_with_its_first_bucket(store: Store, arrival: Any) -> None:
    assert store.ledger_begins() is None
    for at in (NOON + 600, NOON + 60, NOON + 6000):
        count(store, arrival, at)
    assert store.ledger_begins() == NOON + 60
    settle(store, NOON + 10 * DAY)
    assert store.ledger_begins() == NOON


# Folding


def test_minutes_become_hours_then_days_then_one(store: Store, arrival: Any) -> None:
    for at in (NOON, NOON + 60, NOON + HOUR):
        count(store, arrival, at)
    seen = []
    for now in (
        NOON + 6 * HOUR,
        NOON + 7 * HOUR,
        NOON + 8 * HOUR,
        NOON + 16 * DAY,
        NOON + 200 * DAY,
    ):
        settle(store, now)
        seen.append(told(store.ledger_over_time(ALL)))
        assert store.ledger() == [an_error(3)]
    assert seen == [
        {(0, 60, 1), (60, 60, 1), (3600, 60, 1)},
        {(0, 3600, 2), (3600, 60, 1)},
        {(0, 3600, 2), (3600, 3600, 1)},
        {(-12 * 3600, DAY, 3)},
        {(0, UNTIMED, 3)},
    ]


def test_what_comes_late_joins_what_was_folded_before(store: Store, arrival: Any) -> None:
    for now in (NOON + 7 * HOUR, NOON + 7 * HOUR + buckets.LOOKED):
        count(store, arrival, NOON + 60)
        settle(store, now)
    assert told(store.ledger_over_time(ALL)) == {(0, HOUR, 2)}


def test_what_has_no_time_belongs_to_all_time_alone(store: Store, arrival: Any) -> None:
    count(store, arrival, NOON)
    settle(store, NOON + 200 * DAY)
    assert told(store.ledger_over_time(ALL)) == {(0, UNTIMED, 1)}
    assert store.ledger_over_time(Period(MINUTE, 0.0)) == []
    assert store.ledger_begins() is None


def test_too_many_rows_are_folded_whatever_their_age(
    store: Store, arrival: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(buckets, "ROWS", 10)
    for minute in range(0, 60 * 40, 12):
        count(store, arrival, NOON + minute * 60)
    settle(store, float(NOON))
    found = store.ledger_over_time(ALL)
    assert len(found) <= 10
    assert {one.seconds for one in found} == {DAY}
    assert store.ledger() == [an_error(200)]


def test_a_long_life_leaves_few_rows(sqlite: SqliteStore, arrival: Any) -> None:
    for day in range(0, 120, 3):
        for at in range(NOON + day * DAY, NOON + day * DAY + 3 * HOUR, 20 * 60):
            sqlite.add(arrival("x", received_at=at), [an_error()])
        sqlite.commit()
        settle(sqlite, NOON + day * DAY + 4 * HOUR)
    with sqlite3.connect(sqlite.path) as reader:
        rows = reader.execute("SELECT count(*) FROM ledger").fetchone()[0]
    reader.close()
    assert rows < 9 + 14 * 3 + 120
    assert sqlite.ledger() == [an_error(40 * 9)]


def test_readers_miss_nothing_and_count_nothing_twice_while_rows_are_folded(
    sqlite: SqliteStore, arrival: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite_ledger, "FOLDED", 5)
    for minute in range(200):
        sqlite.add(arrival("x", received_at=NOON + minute * 60), [an_error()])
    sqlite.commit()
    sums: set[int] = set()
    done = threading.Event()

    def read() -> None:
        while not done.is_set():
            found = sqlite.ledger_over_time(ALL)
            sums.add(sum(one.entry.quantity for one in found))

    reader = threading.Thread(target=read)
    reader.start()
    settle(sqlite, NOON + 30 * HOUR)
    done.set()
    reader.join()
    assert sums == {200}
    assert told(sqlite.ledger_over_time(ALL)) == {
        (0, HOUR, 60), (HOUR, HOUR, 60), (2 * HOUR, HOUR, 60), (3 * HOUR, HOUR, 20)
    }  # fmt: skip


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    counted=st.lists(
        st.tuples(
            st.integers(NOON, NOON + 120 * DAY),
            st.sampled_from(("1", "2")),
            st.sampled_from(("", "release")),
            st.integers(1, 2**40),
        ),
        max_size=12,
    ),
    nows=st.lists(st.integers(NOON, NOON + 250 * DAY), max_size=3),
    step=st.sampled_from((MINUTE, 300, HOUR, 6 * HOUR, DAY, 3 * DAY)),
    period=st.tuples(st.integers(NOON, NOON + 120 * DAY), st.integers(1, 30 * DAY)),
)
def test_the_sum_of_the_buckets_is_the_total_is_what_came_in(
    sqlite: SqliteStore,
    arrival: Any,
    counted: list[tuple[int, str, str, int]],
    nows: list[int],
    step: int,
    period: tuple[int, int],
) -> None:
    """Whatever was counted when, however it was folded; and both stores tell the same."""
    memory = MemoryStore(Retention(max_age=None, max_projects=None))
    sqlite.clear()
    units: Counter[tuple[str, str]] = Counter()
    for at, project, reason, quantity in counted:
        units[project, reason] += quantity
        for store in (memory, sqlite):
            entry = an_error(quantity, project, reason)
            store.add(arrival("x", project=project, received_at=at), [entry])
            store.commit()
    for now in nows:
        memory._kept.fold(now)
        with sqlite._writer.transaction("a test") as write:
            while sqlite_ledger.fold_some(write, now):
                pass
    wanted = Period(step, period[0], period[0] + period[1])
    for store in (memory, sqlite):
        sums: Counter[tuple[str, str]] = Counter()
        for bucket in store.ledger_over_time(Period(step)):
            sums[bucket.entry.project, bucket.entry.reason] += bucket.entry.quantity
        assert sums == units
        assert {(e.project, e.reason): e.quantity for e in store.ledger()} == units
    for asked in (Period(step), wanted):
        assert set(map(repr, memory.ledger_over_time(asked))) == set(
            map(repr, sqlite.ledger_over_time(asked))
        )


def test_sums_that_leave_64_bits_are_cut(store: Store, arrival: Any) -> None:
    for minute in range(3):
        count(store, arrival, NOON + minute * 60, an_error(2**62))
    assert store.ledger() == [an_error(2**63 - 1)]
    assert told(store.ledger_over_time(Period(HOUR))) == {(0, HOUR, 2**63 - 1)}
    settle(store, NOON + DAY)
    assert store.ledger() == [an_error(2**63 - 1)]


# What goes


def test_clearing_a_project_forgets_its_ledger_over_time(store: Store, arrival: Any) -> None:
    count(store, arrival, NOON, an_error(project="1"), an_error(2, project="2"))
    store.clear("1")
    assert told(store.ledger_over_time(ALL)) == {(0, 60, 2)}
    store.clear()
    assert store.ledger_over_time(ALL) == []


@pytest.fixture(params=["memory", "sqlite"])
def small(request: pytest.FixtureRequest, tmp_path: Path) -> Any:
    """A store that keeps two items."""
    retention = Retention(max_age=None, max_items=2)
    if request.param == "memory":
        made: Store = MemoryStore(retention)
    else:
        made = SqliteStore(str(tmp_path / "small.sqlite"), retention=retention)
    yield made
    made.close()


def test_what_made_room_is_told_by_its_type_and_when_it_had_come(
    small: Store, arrival: Any
) -> None:
    small.add(arrival("a", "b", received_at=NOON), [])
    small.add(arrival("c", item_type="log", project="2", received_at=NOON + 61), [])
    small.add(arrival("d", "e", received_at=NOON + 120), [])
    small.commit()
    settle(small, float(NOON + 120))
    found = small.evicted_over_time(ALL)
    assert {(one.start - NOON, one.project, one.type, one.quantity) for one in found} == {
        (0, "1", "event", 2), (60, "2", "log", 1),
    }  # fmt: skip
    assert [one.quantity for one in small.evicted_over_time(Period(HOUR), "1")] == [2]
    assert small.evicted_over_time(Period(MINUTE, NOON + 120)) == []


def test_what_made_room_is_folded_like_the_ledger(small: Store, arrival: Any) -> None:
    small.add(arrival("a", "b", "c", received_at=NOON), [])
    small.add(arrival("d", "e", "f", received_at=NOON + 60), [])
    small.commit()
    settle(small, float(NOON + DAY))
    assert {(one.start, one.seconds, one.quantity) for one in small.evicted_over_time(ALL)} == {
        (NOON, HOUR, 6)
    }
    assert small.evicted() == 6


# Files


def test_a_file_that_is_opened_again_tells_the_same_over_time(path: str, arrival: Any) -> None:
    store = SqliteStore(path)
    count(store, arrival, NOON)
    store.close()
    again = SqliteStore(path)
    assert told(again.ledger_over_time(ALL)) == {(0, 60, 1)}
    again.close()


def test_an_older_file_keeps_its_totals_as_counted_before(path: str, arrival: Any) -> None:
    old = sqlite3.connect(path, isolation_level=None)
    schema.upgrade(old, path, newest=9)
    old.execute("INSERT INTO projects VALUES ('1', 5000000, 0, 0, 7), ('2', 5000000, 0, 0, 0)")
    old.execute("INSERT INTO ledger VALUES ('1', 'error', 'accepted', '', 12)")
    old.close()
    store = SqliteStore(path)
    assert (store.ledger(), store.evicted(), store.evicted("1")) == ([an_error(12)], 7, 7)
    count(store, arrival, NOON)
    assert told(store.ledger_over_time(ALL)) == {(0, UNTIMED, 12), (0, 60, 1)}
    assert store.ledger() == [an_error(13)]
    assert [(one.seconds, one.quantity) for one in store.evicted_over_time(ALL)] == [(UNTIMED, 7)]
    store.close()


@pytest.mark.parametrize(
    ("seconds", "fits"),
    [(60, True), (300, True), (420, False), (90, False), (1800, True), (5400, False),
     (7200, True), (5 * HOUR, False), (DAY, True), (36 * HOUR, False), (7 * DAY, True),
     (0, False), (-60, False), (float("inf"), False), (float("nan"), False), (10**9 * DAY, False)],
)  # fmt: skip
def test_steps_hold_whole_buckets(seconds: float, fits: bool) -> None:
    assert is_step(seconds) is fits
