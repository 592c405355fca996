"""Searches as people write them, and which of a few well-known items each finds."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from fake_relay.query import combine, parse_query
from fake_relay.store import Selection, Store, open_store
from fake_relay.store.sqlite import SqliteStore

NOW = 1_768_000_000.0

CHECKOUT_FAILED = {
    "event_id": "5f2c" * 8,
    "timestamp": NOW - 60,
    "release": "shop@2.1.0",
    "environment": "Production",
    "level": "error",
    "culprit": "shop.cart in total",
    "message": "checkout failed: 100% of disk full",
    "exception": {
        "values": [
            {"type": "KeyError", "value": "'sku'", "mechanism": {"type": "django"}},
            {"type": "ValueError", "value": "no such sku", "mechanism": {"handled": False}},
        ]
    },
    "user": {"id": 42, "email": "ada@example.com"},
    "tags": {"plan": "pro", "cart.size": "7", "my tag": "x"},
    "contexts": {
        "runtime": {"name": "CPython", "version": "3.12.1"},
        "trace": {"trace_id": "ab" * 16, "op": "http.server"},
    },
    "extra": {"carts": [{"id": 1, "sku.name": "tea"}, {"id": 2}], "nothing": None},
}
SLOW_PAGE = {
    "event_id": "beef" * 8,
    "type": "transaction",
    "transaction": "/checkout/",
    "start_timestamp": NOW - 7200.5,
    "timestamp": NOW - 7200,
    "release": "shop@1.9",
    "environment": "staging",
    "contexts": {
        "trace": {
            "trace_id": "cd" * 16,
            "span_id": "ef" * 8,
            "op": "http.server",
            "status": "ok",
        }
    },
    "spans": [
        {"trace_id": "cd" * 16, "span_id": digit * 16, "start_timestamp": NOW - 7200}
        for digit in "12"
    ],
}
LOGS = {
    "items": [
        {"level": "info", "body": "cart opened", "trace_id": "ab" * 16, "timestamp": NOW - 1},
        {"level": "warn", "body": "cart is slow", "trace_id": "cd" * 16, "timestamp": NOW},
    ]
}
CRASHED = {
    "sid": "7c7b6585-f901-4351-bf8d-02711b721929",
    "started": "2026-01-07T23:06:00Z",
    "status": "crashed",
    "errors": 2,
    "duration": 90,
    "attrs": {"release": "shop@2.1.0"},
}


@pytest.fixture(scope="module", params=["memory:", "store.sqlite"])
def shop(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    sender: Callable[[Store], Callable[..., None]],
) -> Iterator[Callable[[str], set[str]]]:
    """Searches five items; answers the names of those found."""
    url = request.param
    store = open_store(url if url == "memory:" else str(tmp_path_factory.mktemp("shop") / url))
    send = sender(store)
    send(("event", CHECKOUT_FAILED), event_id="5f2c" * 8, received_at=NOW - 50)
    send(("transaction", SLOW_PAGE), event_id="beef" * 8, received_at=NOW - 40)
    send(("log", LOGS, {"item_count": 2}), project="2", received_at=NOW - 30)
    send(("session", CRASHED), ("event", b"{broken"), received_at=NOW - 20)
    names = {1: "error", 2: "page", 3: "logs", 4: "session", 5: "broken"}

    def search(text: str) -> set[str]:
        found = store.find(Selection(query=parse_query(text, now=NOW))).items
        return {names[item.id] for item in found}

    yield search
    store.close()


EVERYTHING = {"error", "page", "logs", "session", "broken"}
SEARCHES: list[tuple[str, set[str]]] = [
    ("", EVERYTHING),
    ("  \n ", EVERYTHING),
    ("level:error", {"error"}),
    ("level:ERROR", {"error"}),
    ("level:[error,info]", {"error", "page", "logs"}),
    ('level:[ "error" , warn ]', {"error", "logs"}),
    ("!level:error", {"page", "logs", "session", "broken"}),
    ('level:""', {"session", "broken"}),
    ("level:*", {"error", "page", "logs"}),
    ("release:shop@2.*", {"error", "session"}),
    ("release:shop*0", {"error", "session"}),
    ("release:*@*", {"error", "page", "session"}),
    ("!release:shop@2.*", {"page", "logs", "broken"}),
    ("environment:production", {"error"}),
    ("env:production", {"error"}),
    ("exception.type:ValueError", {"error"}),
    ("exception.type:[KeyError,Nothing]", {"error"}),
    ("error.value:*sku*", {"error"}),
    ("error.mechanism:django", {"error"}),
    ("error.handled:false", {"error"}),
    ("user:42", {"error"}),
    ("user:ada@*", {"error"}),
    ('user:"email:ada@example.com"', {"error"}),
    ('user:"id:ada@example.com"', set()),
    ("user.email:*@example.com", {"error"}),
    ("tags[plan]:pro", {"error"}),
    ("plan:pro", {"error"}),
    ("tags[cart.size]:7", {"error"}),
    ("cart.size:7", {"error"}),
    ("cart.size:>5", {"error"}),
    ("tags[cart.size]:<5", set()),
    ('tags["my tag"]:x', {"error"}),
    ("tags[release]:shop@2.1.0", set()),
    ("has:plan", {"error"}),
    ("!has:plan", {"page", "logs", "session", "broken"}),
    ("has:trace_id", {"error", "page", "logs"}),
    ("has:timestamp", {"error", "page", "logs", "session"}),
    ("has:[plan,duration]", {"error", "page", "session"}),
    ("trace:" + "ab" * 16, {"error", "logs"}),
    ("trace.id:" + "AB" * 16, {"error", "logs"}),
    ("trace:cdcd*", {"page", "logs"}),
    ("event:" + "5f2c" * 8, {"error"}),
    ("id:5f2c5f2c-5f2c-5f2c-5f2c-5f2c5f2c5f2c", {"error"}),
    ("event_id:beef*", {"page"}),
    ("id:2", {"page"}),
    ("id:>3", {"session", "broken"}),
    ("envelope:4", {"session", "broken"}),
    ("project:1 type:session", {"session"}),
    ("project:1", {"error", "page", "session", "broken"}),
    ("type:Transaction", {"page"}),
    ("type:[log,session]", {"logs", "session"}),
    ("type:trans*", {"page"}),
    ("outcome:invalid", {"broken"}),
    ('outcome:"invalid(invalid_json)"', {"broken"}),
    ("outcome:accepted", {"error", "page", "logs", "session"}),
    ("count:2", {"logs"}),
    ("count:>=2", {"page", "logs"}),
    ("size:<10b", {"broken"}),
    ("size:>1gb", set()),
    ("duration:>300ms", {"page", "session"}),
    ("duration:500", {"page"}),
    ("duration:1.5m", {"session"}),
    ("!duration:>1s", {"error", "page", "logs", "broken"}),
    ("transaction.duration:<1s", {"page"}),
    ("timestamp:-1h", {"error", "logs"}),
    ("timestamp:+1h", {"page", "session"}),
    ("timestamp:>-1h", {"error", "logs"}),
    ("timestamp:<-1h", {"page", "session"}),
    ("timestamp:2026-01-09", {"error", "page", "logs"}),
    ("timestamp:>2026-01-09T23:06:40Z", set()),
    ("timestamp:>=2026-01-10T00:06:40+01:00", {"logs"}),
    ("timestamp:2026-01-09T23:05:40", {"error"}),
    ("received:+35s", {"error", "page"}),
    ("received_at:-1m", EVERYTHING),
    ("spotlight:false", EVERYTHING),
    ("errors:>0", {"session"}),
    ("status:crashed OR op:http.server", {"error", "page", "session"}),
    ("level:error OR status:crashed release:shop@2.1.0", {"error", "session"}),
    ("(level:error OR status:crashed) !has:plan", {"session"}),
    ("!(level:error OR type:log)", {"page", "session", "broken"}),
    ("nowhere OR (checkout level:fatal)", set()),
    ("nowhere OR (checkout level:error)", {"error"}),
    ("level:fatal OR (op:http.server has:plan)", {"error"}),
    ("level:fatal OR (release:shop@* (slow OR op:http.server status:ok))", {"page"}),
    ("level:error AND has:user", {"error"}),
    ("!!level:error", {"error"}),
    ("payload.culprit:shop.cart*", {"error"}),
    ("payload.level:error", {"error"}),
    ("contexts.runtime.name:cpython", {"error"}),
    ("runtime.version:3.12*", {"error"}),
    ("exception.values.0.type:KeyError", {"error"}),
    ("exception.values[0].type:ValueError", set()),
    ("exception.values.type:ValueError", {"error"}),
    ("extra.carts.id:2", {"error"}),
    ("extra.carts.id:>1", {"error"}),
    ('extra.carts["sku.name"]:tea', {"error"}),
    ("has:payload.extra", {"error"}),
    ("has:extra.nothing", set()),
    ("payload.items.body:*slow*", {"logs"}),
    ("checkout", {"error", "page"}),
    ("CHECKOUT failed", {"error"}),
    ('"checkout failed"', {"error"}),
    ('"failed checkout"', set()),
    ("check*", {"error", "page"}),
    ("check", set()),
    ('"disk ful*"', {"error"}),
    ("100%", {"error"}),
    ("failed -- disk", {"error"}),
    ("!checkout", {"logs", "session", "broken"}),
    ("or", set()),
    ('"OR"', set()),
    ('message:"checkout failed: 100% of disk full"', {"error"}),
    ("message:checkout", set()),
    ('message:"*100% of*"', {"error"}),
    ('message:"*100_ of*"', set()),
    (r'message:"*100\* of*"', set()),
    ('title:"ValueError: no such sku"', {"error"}),
    ("title:session*crashed*", {"session"}),
]


@pytest.mark.parametrize(("text", "expected"), SEARCHES)
def test_a_search_finds(shop: Callable[[str], set[str]], text: str, expected: set[str]) -> None:
    assert shop(text) == expected


def test_a_long_value_is_found_by_what_is_indexed_of_it(
    store: SqliteStore, send: Callable[..., None]
) -> None:
    """Values are cut to 200 characters, in the index and in the search."""
    send(("event", {"transaction": "x" * 250}))
    for length, found in ((250, 1), (201, 1), (200, 1), (199, 0)):
        query = parse_query(f"transaction:{'x' * length}", now=NOW)
        assert len(store.find(Selection(query=query)).items) == found


def test_combined_searches_find_what_all_of_them_find(
    store: SqliteStore, send: Callable[..., None]
) -> None:
    send(("event", {"level": "error"}), ("event", {"level": "error", "release": "a"}))
    query = combine(*(parse_query(text, now=NOW) for text in ("", "level:error", "release:a")))
    assert [item.id for item in store.find(Selection(query=query)).items] == [2]


@pytest.mark.parametrize("payload", [b"[" * 900 + b"1" + b"]" * 900, b"1", b"\xff", b""])
def test_a_path_is_looked_for_in_any_payload(
    store: SqliteStore, send: Callable[..., None], payload: bytes
) -> None:
    send(("own", payload))
    query = parse_query("payload.a.b:1", now=NOW)
    assert store.find(Selection(query=query)).items == []


def test_a_search_sees_a_selection_and_its_bounds(
    store: SqliteStore, send: Callable[..., None]
) -> None:
    for project in ("1", "2", "1", "1"):
        send(("event", {"level": "error"}), ("session", {"level": "error"}), project=project)
    query = parse_query("level:error OR payload.level:error", now=NOW)

    def ids(**bounds: Any) -> list[int]:
        return [item.id for item in store.find(Selection(query=query, **bounds)).items]

    assert ids(project="1", type="event") == [7, 5, 1]
    assert ids(project="1", after=2, before=7) == [6, 5]
    assert ids(event_id="1" * 32) == []
    assert ids(project="3") == []
