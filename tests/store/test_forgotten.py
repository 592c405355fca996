"""Names that strangers choose do not fill a store: projects, their keys, names of fields."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from fake_relay.items import Facts
from fake_relay.query import parse_query
from fake_relay.store import Selection, Store
from fake_relay.store.memory import MemoryStore
from fake_relay.store.retention import KEYS, Retention
from fake_relay.store.sqlite import SqliteStore

NOW = 1_795_312_800.0


@pytest.fixture(params=["memory", "sqlite"])
def bounded(request: pytest.FixtureRequest, tmp_path: Path) -> Any:
    """Makes a store with bounds, of each kind."""
    made: list[Store] = []

    def make(**bounds: Any) -> Store:
        retention = Retention(max_age=100.0, **bounds)
        if request.param == "memory":
            made.append(MemoryStore(retention))
        else:
            made.append(SqliteStore(str(tmp_path / "a.sqlite"), retention=retention))
        return made[-1]

    yield make
    for store in made:
        store.close()


def settle(store: Store, now: float = NOW) -> None:
    """Take all steps that wait."""
    while store.retain(now):
        pass


def names(store: Store) -> set[str]:
    """The projects that a store knows."""
    return {summary.project for summary in store.projects()}


def test_the_oldest_projects_that_hold_nothing_are_forgotten(
    bounded: Any, arrival: Any, keep: Any
) -> None:
    store = bounded(max_projects=3)
    for number in range(10):
        store.add_project(str(number), "a" * 32, NOW + number)
    keep(store, arrival("kept", project="0"))
    settle(store)
    assert names(store) == {"0", "8", "9"}
    assert store.forgotten_projects() == 7


def test_a_project_goes_once_its_items_have_gone_and_its_ledger_with_it(
    bounded: Any, arrival: Any, keep: Any
) -> None:
    store = bounded(max_projects=1)
    keep(store, *(arrival("x", project=str(number)) for number in range(5)))
    settle(store)
    assert len(names(store)) == 5
    settle(store, NOW + 200)
    assert (len(names(store)), store.forgotten_projects()) == (1, 4)
    assert {entry.project for entry in store.ledger()} <= names(store)


def test_a_forgotten_project_that_is_heard_of_again_is_known_with_its_key(
    bounded: Any, arrival: Any, keep: Any
) -> None:
    store = bounded(max_projects=0)
    keep(store, arrival("x", project="7"))
    settle(store, NOW + 200)
    assert names(store) == set()
    keep(store, arrival("y", project="7", received_at=NOW + 200))
    (summary,) = store.projects()
    assert (summary.project, summary.items, len(summary.public_keys)) == ("7", 1, 1)


def test_of_many_public_keys_so_many_are_listed_and_each_envelope_has_its_own(
    bounded: Any, arrival: Any, keep: Any
) -> None:
    store = bounded()
    one = arrival("x")
    for number in range(KEYS + 5):
        sender = replace(one.submission, public_key=f"{number:032x}")
        keep(store, replace(one, submission=sender))
    (summary,) = store.projects()
    assert len(summary.public_keys) == KEYS
    assert store.envelope(KEYS + 5).public_key == f"{KEYS + 4:032x}"


def tagged(key: str) -> Facts:
    """The facts of an item with one tag."""
    return Facts(title=key, terms=((f"tags[{key}]", "v"),))


def found(store: Store, key: str) -> int:
    """How many items a search for a tag finds."""
    search = parse_query(f"tags[{key}]:v", now=NOW)
    return len(store.find(Selection(query=search)).items)


def test_names_of_fields_go_with_the_last_item_that_has_them(
    tmp_path: Path, arrival: Any, keep: Any
) -> None:
    path = str(tmp_path / "a.sqlite")
    store = SqliteStore(path, retention=Retention(max_age=100.0, max_fields=5))
    count = "SELECT count(*) FROM term_keys"
    with sqlite3.connect(path) as reader:
        keep(store, *(arrival("x", facts=tagged(f"old{n}")) for n in range(50)))
        store.catch_up()
        settle(store)
        assert (found(store, "old7"), reader.execute(count).fetchone()[0] >= 50) == (1, True)
        keep(store, arrival("x", facts=tagged("new"), received_at=NOW + 200))
        store.catch_up()
        # Names are looked at in rounds, of which a server takes a step each second.
        for _ in range(3):
            settle(store, NOW + 200)
        assert reader.execute(count).fetchone()[0] <= 6
        # The same names again, though what was known of them is other by now.
        keep(store, *(arrival("x", facts=tagged(f"old{n}"), received_at=NOW + 200) for n in (7, 8)))
        assert [found(store, key) for key in ("old7", "old8", "new", "old9")] == [1, 1, 1, 0]
    reader.close()
    store.close()
