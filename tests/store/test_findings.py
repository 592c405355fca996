"""What every store does with findings; each test runs against both."""

from __future__ import annotations

import sqlite3
from typing import Any

import pytest

from fake_relay.records import Finding, Judgement
from fake_relay.store import Selection, Store
from fake_relay.store.retention import Retention
from fake_relay.store.sqlite import SqliteStore


def judgement(item: int, *codes: str, settings: str = "s") -> Judgement:
    found = (Finding(item, "extra.a", code, "warning", "cut", "d") for code in codes)
    return Judgement(settings, tuple(found))


def test_judgements_come_back_as_they_were_kept(store: Store, arrival: Any, keep: Any) -> None:
    keep(store, arrival("a", "b", "c"))
    kept = {1: judgement(1, "z", "a"), 2: judgement(2)}
    store.judge(kept)
    assert store.judgements([1, 2, 3, 4]) == kept
    assert store.judgements([]) == {}


def test_a_new_judgement_replaces_the_old_one(store: Store, arrival: Any, keep: Any) -> None:
    keep(store, arrival("a"))
    store.judge({1: judgement(1, "a", "b", "c")})
    store.judge({1: judgement(1, "d", settings="other")})
    assert store.judgements([1]) == {1: judgement(1, "d", settings="other")}


def test_findings_go_with_their_item(store: Store, arrival: Any, keep: Any) -> None:
    keep(store, arrival("a", project="1"), arrival("b", project="2"), arrival("c", project="2"))
    store.judge({number: judgement(number, "a") for number in (1, 2, 3)})
    store.clear("1")
    assert set(store.judgements([1, 2, 3])) == {2, 3}
    store.clear()
    assert store.judgements([1, 2, 3]) == {}


def test_a_judgement_of_what_is_gone_is_not_kept(store: Store, arrival: Any, keep: Any) -> None:
    keep(store, arrival("a"))
    store.clear()
    store.judge({1: judgement(1, "a"), 99: judgement(99, "a")})
    assert store.judgements([1, 99]) == {}


def test_a_lone_surrogate_in_a_path_is_kept_as_text(store: Store, arrival: Any, keep: Any) -> None:
    keep(store, arrival("a"))
    store.judge({1: Judgement("s", (Finding(1, "extra.\udc00", "a", "info", "m"),))})
    (found,) = store.judgements([1])[1].findings
    assert found.path.encode("utf-8", "replace")


def test_items_behind_an_id_come_oldest_first(store: Store, arrival: Any, keep: Any) -> None:
    keep(store, arrival("a", "b"), arrival("c", project="2"), arrival("d"))
    assert [item.title for item in store.items_after(0, 10)] == ["a", "b", "c", "d"]
    assert [item.id for item in store.items_after(1, 2)] == [2, 3]
    store.clear("2")
    assert [item.id for item in store.items_after(1, 10)] == [2, 4]
    assert store.items_after(4, 10) == []


def rows(path: str) -> list[int]:
    file = sqlite3.connect(path)
    try:
        return [
            file.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
            for table in ("judged", "findings")
        ]
    finally:
        file.close()


@pytest.mark.parametrize("way", ["retention", "clearing", "one project"])
def test_no_row_stays_behind_when_an_item_goes(
    path: str, arrival: Any, keep: Any, way: str
) -> None:
    store = SqliteStore(path, retention=Retention(max_items=0) if way == "retention" else None)
    keep(store, arrival("a", "b"))
    store.judge({1: judgement(1, "a", "b"), 2: judgement(2)})
    assert rows(path) == [2, 2]
    if way != "retention":
        store.clear("1" if way == "one project" else None)
    while store.retain(0.0):
        pass
    assert store.find(Selection()).items == []
    assert rows(path) == [0, 0]
    store.close()


def test_judgements_survive_a_restart(path: str, arrival: Any, keep: Any) -> None:
    first = SqliteStore(path)
    keep(first, arrival("a"))
    first.judge({1: judgement(1, "a")})
    first.close()
    second = SqliteStore(path)
    assert second.judgements([1]) == {1: judgement(1, "a")}
    second.close()
