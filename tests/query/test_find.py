"""A page of a search that only the predicate can judge takes a bounded amount of work."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable

import pytest

from fake_relay.query import parse_query, sql
from fake_relay.store import Page, Selection, sqlite_find, work
from fake_relay.store.sqlite import SqliteStore


def ids(page: Page) -> list[int]:
    return [item.id for item in page.items]


def search(store: SqliteStore, text: str, limit: int = 50, before: int | None = None) -> Page:
    query = parse_query(text, now=0.0)
    return store.find(Selection(query=query, limit=limit, before=before))


def test_a_page_ends_after_so_much_work_and_says_where_to_go_on(
    store: SqliteStore, send: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, cost in {
        "OPENING": 0,
        "INFLATING": 0,
        "DECODING": 0,
        "MOST": 9.5 * work.JUDGING,
    }.items():
        monkeypatch.setattr(work, name, cost)
    send(*(("event", {"extra": {"n": n}}) for n in range(1, 26)))
    first = search(store, "extra.n:[1,20,25]")
    assert (ids(first), first.next) == ([25, 20], 16)
    second = search(store, "extra.n:[1,20,25]", before=first.next)
    assert (ids(second), second.next) == ([], 6)
    third = search(store, "extra.n:[1,20,25]", before=second.next)
    assert (ids(third), third.next) == ([1], None)


@pytest.mark.parametrize(
    ("text", "pages"),
    [
        ("release:b", [([12, 1], None)]),
        ("!release:a", [([12], 8), ([], 3), ([1], None)]),
        ("level:error !release:a", [([12], 8), ([], 3), ([1], None)]),
        ("!release:a !payload.release:a", [([12], 10), ([], 7), ([], 4), ([1], None)]),
    ],
)
def test_a_page_ends_after_so_many_candidates_however_few_of_them_sql_finds(
    store: SqliteStore,
    send: Callable[..., None],
    monkeypatch: pytest.MonkeyPatch,
    text: str,
    pages: list[tuple[list[int], int | None]],
) -> None:
    monkeypatch.setattr(sqlite_find, "CANDIDATES", (2, 3))
    monkeypatch.setattr(sql, "TERMS", 1)
    send(*(("event", {"release": "b" if n in {1, 12} else "a"}) for n in range(1, 13)))
    found: list[tuple[list[int], int | None]] = []
    before: int | None = None
    for _ in pages:
        page = search(store, text, before=before)
        found.append((ids(page), page.next))
        before = page.next
    assert found == pages


@pytest.mark.parametrize(
    ("text", "first"), [("extra.n:1", 3), ("extra.m:1", 1), ("extra.n:absent", 1)]
)
def test_what_is_decoded_counts_as_more_work_than_what_its_bytes_rule_out(
    store: SqliteStore,
    send: Callable[..., None],
    monkeypatch: pytest.MonkeyPatch,
    text: str,
    first: int,
) -> None:
    for name, cost in {
        "OPENING": 0,
        "INFLATING": 0,
        "JUDGING": 1,
        "MOST": 5000 * work.DECODING,
    }.items():
        monkeypatch.setattr(work, name, cost)
    send(*(("event", {"extra": {"n": n, "long": "x" * 2000}}) for n in range(1, 6)))
    page = search(store, text)
    assert page.next == (first if first > 1 else None)


@pytest.mark.parametrize("text", ["extra.n:>0", "level:error"])
def test_pages_of_one_follow_each_other_to_the_end(
    store: SqliteStore, send: Callable[..., None], text: str
) -> None:
    send(*(("event", {"extra": {"n": n}}) for n in (1, 2, 3)))
    found: list[tuple[list[int], int | None]] = []
    before: int | None = None
    for _ in range(3):
        page = search(store, text, limit=1, before=before)
        found.append((ids(page), page.next))
        before = page.next
    assert found == [([3], 3), ([2], 2), ([1], None)]


def test_an_item_whose_body_is_broken_or_gone_is_passed_over(
    store: SqliteStore, send: Callable[..., None]
) -> None:
    for n in (1, 2, 3):
        send(("event", {"extra": {"n": n}}))
    store.idle()
    with sqlite3.connect(store.path) as other:
        other.execute("UPDATE bodies SET wire = x'00', packed = 'zstd' WHERE envelope_id = 1")
        other.execute("DELETE FROM bodies WHERE envelope_id = 2")
    other.close()
    assert ids(search(store, "extra.n:>0")) == [3]


def test_an_empty_store_has_an_empty_page(store: SqliteStore) -> None:
    for text in ("", "level:error", "extra.n:1", "word", "!word", "has:release"):
        assert search(store, text) == Page([])
