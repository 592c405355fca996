"""What only the store in memory does."""

from __future__ import annotations

from typing import Any

from fake_relay.store import Selection
from fake_relay.store.memory import MemoryStore
from fake_relay.store.retention import STEP, Retention
from fake_relay.store.sqlite import SqliteStore


def test_the_oldest_envelopes_make_room_for_new_items(arrival: Any, keep: Any, titles: Any) -> None:
    store = MemoryStore(Retention(None, 3, None))
    keep(store, arrival("a", "b"), arrival("c"), arrival("d", project="2"))
    assert titles(store.find(Selection())) == ["d", "c"]
    assert (store.evicted(), store.evicted("1"), store.evicted("2")) == (2, 2, 0)
    assert {known.project: known.items for known in store.projects()} == {"1": 1, "2": 1}


def test_the_oldest_envelopes_make_room_for_new_bytes(arrival: Any, keep: Any) -> None:
    store = MemoryStore(Retention(None, None, 10_000))
    keep(store, *(arrival("x", payload=b"x" * 1000) for _ in range(50)))
    bodies = [store.body(one.id) for one in store.find_envelopes(limit=100).envelopes]
    assert 5_000 < sum(len(body.wire) for body in bodies if body) <= 10_000
    assert store.evicted() + len(bodies) == 50


def test_an_envelope_larger_than_the_bound_is_evicted_and_counted(arrival: Any, keep: Any) -> None:
    store = MemoryStore(Retention(None, None, 100))
    assert keep(store, arrival("x", payload=b"x" * 1000)) == 1
    assert store.find(Selection()).items == []
    assert store.evicted() == 1


def test_the_ledger_keeps_what_was_evicted(arrival: Any, keep: Any) -> None:
    store = MemoryStore(Retention(None, 1, None))
    keep(store, arrival("a"), arrival("b"), arrival("c"))
    assert [entry.quantity for entry in store.ledger()] == [3]


def test_old_envelopes_go_a_step_at_a_time(arrival: Any, keep: Any) -> None:
    store = MemoryStore(Retention(60.0, None, None))
    keep(store, *(arrival("x", received_at=100.0) for _ in range(STEP + 3)))
    keep(store, arrival("new", received_at=200.0))
    assert [store.retain(200.0) for _ in range(3)] == [STEP, 3, 0]


def test_pages_lead_past_evicted_and_cleared_items(arrival: Any, keep: Any, titles: Any) -> None:
    store = MemoryStore(Retention(None, 600, None))
    keep(store, *(arrival(str(n), project=str(n % 3)) for n in range(1000)))
    store.clear("1")
    seen, before = [], None
    while True:
        page = store.find(Selection(before=before, limit=70))
        seen += titles(page)
        if (before := page.next) is None:
            break
    assert seen == [str(n) for n in range(999, 399, -1) if n % 3 != 1]


def test_a_project_is_found_without_walking_the_others(arrival: Any, keep: Any) -> None:
    """Each search looks at a bounded number of items; the project's own must be among them."""
    store = MemoryStore()
    keep(store, arrival("mine", project="mine"))
    keep(store, *(arrival("x", "y", "z", project="other") for _ in range(5_000)))
    page = store.find(Selection(project="mine"))
    assert [item.title for item in page.items] == ["mine"]
    assert page.next is None


def test_both_stores_show_the_same(arrival: Any, keep: Any, path: str, filtered: Any) -> None:
    memory, sqlite = MemoryStore(), SqliteStore(path)
    sent = [arrival("a", "b", coding="gzip"), arrival("c", project="2", outcome=filtered)]
    for store in (memory, sqlite):
        keep(store, *sent)
    assert memory.find(Selection()) == sqlite.find(Selection())
    assert memory.find_envelopes() == sqlite.find_envelopes()
    assert memory.projects() == sqlite.projects()
    assert memory.ledger() == sqlite.ledger()
    assert memory.body(1) == sqlite.body(1)
    sqlite.close()
