"""SQL finds exactly what the predicate finds, whole and in pages, for any items and searches."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fake_relay.query import Document, Expression, parse_query
from fake_relay.query.fields import FIELDS
from fake_relay.records import StoredItem
from fake_relay.store import Selection, sqlite_find
from fake_relay.store.sqlite import SqliteStore

Send = Callable[..., None]
Sender = Callable[[SqliteStore], Send]

NOW = 1_700_000_000.0

# Few values, so that searches meet them; odd ones, where SQLite and Python could differ.
ODD_TEXTS = (
    *("a", "A", "ab", "aB c", "b", "é", "É", "a%b", "a_b", "a*b", 'q"q', "back\\slash"),
    *("a\0b", "a\0c", "", " a", "a.b", "~", "@", "[", "z", "Z", "{", "ñandú 7 a"),
    *("\ufffd", "\ufffe", "\uffffx", "\U0010ffff", "a" * 199 + "bcd"),
    *("5", "300", "-1", "1e3", "true", "shop@2.0", "Shop@2.1-x"),
)
TEXTS = st.sampled_from(ODD_TEXTS)
NUMBERS = st.sampled_from([0, 1, 5, 300, 0.5, -1, 12345.678, NOW, NOW - 60, NOW - 7200, 10**15])
IDS = st.sampled_from(["ab" * 16, "AB" * 16, "cd" * 16, "not an id", ""])
SCALARS = TEXTS | NUMBERS | st.booleans() | st.none()
VALUES = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abc"), inner, max_size=3)
    ),
    max_leaves=5,
)


def record(**fields: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    """Objects that have some of the fields."""
    return st.fixed_dictionaries({}, optional=fields)


EVENTS = record(
    event_id=IDS,
    level=TEXTS,
    message=TEXTS,
    release=TEXTS,
    environment=SCALARS,
    transaction=TEXTS,
    timestamp=NUMBERS,
    start_timestamp=NUMBERS,
    tags=st.dictionaries(st.sampled_from(["plan", "a.b", "x"]), SCALARS, max_size=2),
    user=record(id=SCALARS, email=TEXTS, username=TEXTS),
    contexts=record(trace=record(trace_id=IDS, op=TEXTS), runtime=record(name=TEXTS)),
    exception=record(values=st.lists(record(type=TEXTS, value=TEXTS), max_size=2)),
    extra=VALUES,
)
LOGS = st.lists(record(level=TEXTS, body=TEXTS, trace_id=IDS, timestamp=NUMBERS), max_size=3)
ITEMS = st.one_of(
    st.tuples(st.sampled_from(["event", "transaction", "security"]), EVENTS),
    LOGS.map(lambda records: ("log", {"items": records}, {"item_count": len(records)})),
    st.tuples(st.just("session"), record(sid=TEXTS, status=TEXTS, duration=NUMBERS, did=TEXTS)),
    st.tuples(st.just("check_in"), record(monitor_slug=TEXTS, status=TEXTS, duration=NUMBERS)),
    st.tuples(st.just("client_report"), record(discarded_events=st.just([]), timestamp=NUMBERS)),
    st.tuples(st.sampled_from(["attachment", "own", "Own", "o\0wn"]), st.binary(max_size=20)),
    st.tuples(st.just("span"), record(op=TEXTS, description=TEXTS, trace_id=IDS)),
    st.tuples(st.just("feedback"), record(contexts=record(feedback=record(message=TEXTS)))),
    st.tuples(st.just("event"), st.sampled_from([b"{", b"[]", b"null", b'"x"', b"\xff"])),
)
ENVELOPES = st.lists(
    st.tuples(st.lists(ITEMS, min_size=1, max_size=4), st.sampled_from(["1", "2"])),
    min_size=1,
    max_size=5,
)


def quoted(text: str) -> str:
    """A value in quotes; NUL cannot be searched for."""
    plain = text.replace("\0", "").replace("\\", "\\\\").replace('"', '\\"')
    return f'"{plain}"'


def starred(text: str, place: int) -> str:
    """A quoted value with a wildcard instead of its literal asterisks, and one more."""
    whole = quoted(text)[1:-1]
    place = min(place, len(whole))
    return f'"{whole[:place]}*{whole[place:]}"' if "\\" not in whole else f'"{whole}*"'


TEXT_KEYS = ["level", "release", "message", "environment", "transaction", "tags[plan]", "tags[x]"]
TEXT_KEYS += ["a.b", "plan", "user", "user.id", "exception.type", "error.value", "op", "status"]
TEXT_KEYS += ["type", "project", "title", "trace", "event", "outcome", "monitor", "public_key"]
TEXT_KEYS += ["runtime.name", "payload.extra.a", "extra.b", "extra", "exception.values.0.type"]
KEYS = [name for field in FIELDS for name in (field.name, *field.aliases)]

TEXT_VALUES = st.one_of(
    TEXTS.map(quoted),
    st.builds(starred, TEXTS, st.integers(0, 6)),
    st.lists(TEXTS.map(quoted), min_size=1, max_size=3).map(lambda v: f"[{','.join(v)}]"),
    st.sampled_from(["*", "event", "EVENT", "log", "own", "o*", "1", "2", "ab" * 16, "ab*", "a*c*"])
    | st.sampled_from(["accepted", "invalid", '"invalid(*"', "id:a", "a*b*c"]),
)
COMPARISONS = st.sampled_from(["", ">", ">=", "<", "<="])
CONDITIONS = st.one_of(
    st.builds("{}:{}".format, st.sampled_from(TEXT_KEYS), TEXT_VALUES),
    st.builds("has:{}".format, st.sampled_from(KEYS + TEXT_KEYS)),
    st.builds(
        "{}:{}{}".format,
        st.sampled_from(["count", "size", "id", "timestamp", "received", "duration", "envelope"]),
        COMPARISONS,
        st.sampled_from(["0", "1", "5", "300", "1700000000", "12345.678", "1000000000000000"]),
    ),
    st.sampled_from(["duration:>300ms", "duration:<1h", "size:>10b", "count:<1k"])
    | st.sampled_from(["timestamp:-1h", "timestamp:+1h", "received:2023-11-14", "spotlight:no"])
    | st.sampled_from(["errors:>0", "tags[x]:>=5", "extra.a:<10", "release:>0"]),
    TEXTS.map(quoted),
    st.sampled_from(["a", "A*", '"a b"', '"aB c"', "é*", "ñandú", '"7 a*"', "--", "a.b", "ab*"]),
)
SEARCHES = st.recursive(
    CONDITIONS,
    lambda inner: st.one_of(
        st.builds("!{}".format, inner),
        st.lists(inner, min_size=2, max_size=3).map(lambda all_of: f"({' '.join(all_of)})"),
        st.lists(inner, min_size=2, max_size=3).map(lambda any_of: f"({' OR '.join(any_of)})"),
    ),
    max_leaves=4,
)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SqliteStore]:
    store = SqliteStore(str(tmp_path_factory.mktemp("agrees") / "store.sqlite"))
    yield store
    store.close()


def pages(store: SqliteStore, query: Expression, limit: int) -> list[int]:
    """The ids of all pages."""
    found: list[int] = []
    before: int | None = None
    while True:
        page = store.find(Selection(query=query, before=before, limit=limit))
        found += [item.id for item in page.items]
        before = page.next
        if before is None:
            return found


def document(store: SqliteStore, item: StoredItem) -> Document:
    return Document.read(item, store.payload(item.id) or b"")


def everything(store: SqliteStore) -> list[Document]:
    return [document(store, item) for item in store.find(Selection(limit=1000)).items]


# Nothing but a failure takes long: hypothesis then looks for the smallest one.
@pytest.mark.timeout(400)
@settings(max_examples=40, suppress_health_check=list(HealthCheck))
@given(ENVELOPES, st.lists(SEARCHES, min_size=5, max_size=15))
def test_sql_and_predicate_find_the_same_items_in_pages_of_any_size(
    store: SqliteStore,
    sender: Sender,
    envelopes: list[tuple[list[tuple[Any, ...]], str]],
    searches: list[str],
) -> None:
    store.clear()
    send = sender(store)
    for items, project in envelopes:
        send(*items, project=project, received_at=NOW)
    documents = everything(store)
    for search in searches:
        query = parse_query(search, now=NOW)
        expected = [found.item.id for found in documents if query.matches(found)]
        assert pages(store, query, 1000) == expected, search
        assert pages(store, query, 2) == expected, search


@pytest.mark.timeout(400)
@settings(max_examples=250, suppress_health_check=list(HealthCheck))
@given(SEARCHES, st.sampled_from([(10, 20), sqlite_find.CANDIDATES]))
def test_any_search_finds_the_same_odd_items_however_far_a_page_looks(
    odd: tuple[SqliteStore, list[Document]], search: str, candidates: tuple[int, ...]
) -> None:
    """Items that stay leave time for many more searches."""
    store, documents = odd
    query = parse_query(search, now=NOW)
    expected = [found.item.id for found in documents if query.matches(found)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sqlite_find, "CANDIDATES", candidates)
        assert pages(store, query, 20) == expected


@pytest.mark.parametrize("form", ["{}", "{}*", "*{}", "{}*{}", "*{}*"])
@pytest.mark.parametrize("key", ["release", "title", "!transaction", "", "!"])
def test_every_odd_text_is_found_alike_by_every_odd_text(
    odd: tuple[SqliteStore, list[Document]], key: str, form: str
) -> None:
    """With `*` only at the end, a search without a key looks for words."""
    store, documents = odd
    colon = ":" if key.strip("!") else ""
    for text in ODD_TEXTS:
        for part in {text, text[:1], text[:2], text[1:]}:
            value = form.replace("{}", quoted(part)[1:-1])
            query = parse_query(f'{key}{colon}"{value}"', now=NOW)
            expected = [found.item.id for found in documents if query.matches(found)]
            assert pages(store, query, 1000) == expected, value


@pytest.fixture(scope="module")
def odd(
    tmp_path_factory: pytest.TempPathFactory, sender: Sender
) -> Iterator[tuple[SqliteStore, list[Document]]]:
    """A store with an event for each odd text, and with items that have some of its fields."""
    store = SqliteStore(str(tmp_path_factory.mktemp("odd") / "store.sqlite"))
    send = sender(store)
    for text in ODD_TEXTS:
        fields = {"release": text, "transaction": text, "message": text, "tags": {"x": text}}
        send(("event", fields), ("own\0" + text, b""))
        level = {"level": text, "message": ODD_TEXTS[len(text) % 7]}
        send(("event", level), ("check_in", {"monitor_slug": text, "status": "a"}), project="2")
        send(("span", {"op": "b", "description": text, "trace_id": "ab" * 16}), received_at=NOW)
    yield store, everything(store)
    store.close()
