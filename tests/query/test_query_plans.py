"""Which index a search walks, and that SQLite walks it without sorting."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from fake_relay.query import Expression, parse_query
from fake_relay.query.sql import Plan, plan
from fake_relay.store import Selection, sqlite_find
from fake_relay.store.sqlite import SqliteStore
from fake_relay.store.sqlite_find import (
    CANDIDATES,
    ITEM_COLUMNS,
    MANY,
    NO_LIMIT,
    Search,
    choose,
    wanted,
    within_envelope,
)

NOW = 1_768_000_000.0


def planned(text: str, project: str | None = None, item_type: str | None = None) -> Plan:
    query: Expression = parse_query(text, now=NOW)
    return plan(wanted(Selection(project=project, type=item_type, query=query)))


def explained(store: SqliteStore, plan_of_search: Plan, columns: str = ITEM_COLUMNS) -> str:
    """SQLite's own words for the statement that the best index makes."""
    store.find(Selection())
    sql = plan_of_search.statement(columns, plan_of_search.index, 0, NO_LIMIT, 51)
    rows = store._reader.execute(f"EXPLAIN QUERY PLAN {sql.text}", sql.values).fetchall()
    return "\n".join(row[3] for row in rows)


@pytest.mark.parametrize(
    ("text", "walked"),
    [
        (
            "level:error",
            "d USING PRIMARY KEY (key=? AND value=? AND item_id>? AND item_id<?)",
        ),
        ("level:error !release:a", "SEARCH d USING PRIMARY KEY (key=? AND value=? AND item_id>?"),
        ("level:error title:*x*", "SEARCH d USING PRIMARY KEY (key=? AND value=? AND item_id>?"),
        ("level:error extra.x:1", "SEARCH d USING PRIMARY KEY (key=? AND value=? AND item_id>?"),
        ("checkout", "SCAN d VIRTUAL TABLE INDEX"),
        ("checkout failed !level:error", "SCAN d VIRTUAL TABLE INDEX"),
        (
            "event:" + "ab" * 16,
            "COVERING INDEX items_by_event (event_id=?",
        ),
        (
            "project:1",
            "COVERING INDEX items_by_project (project=? AND id>?",
        ),
        ("project:1 type:event", "COVERING INDEX items_by_type (project=? AND type=? AND id>?"),
        ("", "SEARCH i USING INTEGER PRIMARY KEY (rowid>? AND rowid<?)"),
        ("!level:error", "SEARCH i USING INTEGER PRIMARY KEY (rowid>? AND rowid<?)"),
        ("duration:>1s", "SEARCH i USING INTEGER PRIMARY KEY (rowid>? AND rowid<?)"),
        ("level:error OR duration:>1s", "SEARCH i USING INTEGER PRIMARY KEY (rowid>? AND rowid<?)"),
    ],
)
def test_a_search_walks_one_index_newest_first_and_sorts_nothing(
    store: SqliteStore, text: str, walked: str
) -> None:
    plan_text = explained(store, planned(text))
    assert walked in plan_text.splitlines()[0]
    assert "TEMP B-TREE" not in plan_text


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        ("!level:error", "SEARCH t USING PRIMARY KEY (key=? AND value=? AND item_id=?)"),
        ("!release:a*", "SEARCH t USING COVERING INDEX terms_by_item (item_id=? AND key=?"),
        ("!release:*a", "SEARCH t USING COVERING INDEX terms_by_item (item_id=? AND key=?"),
        ("!has:release", "SEARCH t USING COVERING INDEX terms_by_item (item_id=? AND key=?)"),
    ],
)
def test_what_an_item_has_of_a_term_is_looked_up_by_an_index(
    store: SqliteStore, text: str, asked: str
) -> None:
    assert asked in explained(store, planned(text))


@pytest.mark.parametrize(
    "text",
    ["trace:" + "ab" * 16, "level:[error,fatal]", "user:42", "plan:pro", "level:error OR checkout"],
)
def test_alternatives_with_an_index_each_are_a_union_of_indexes(
    store: SqliteStore, text: str
) -> None:
    plan_of_search = planned(text)
    assert plan_of_search.index is not None
    assert len(plan_of_search.index.walks) > 1
    plan_text = explained(store, plan_of_search)
    assert "SEARCH i USING INTEGER PRIMARY KEY (rowid=?)" in plan_text
    assert "SCAN i" not in plan_text


@pytest.mark.parametrize(
    ("text", "superfluous"),
    [
        ("level:error OR checkout", True),
        ("level:error OR (checkout release:a)", False),
        ("level:error OR (checkout (release:a OR release:b))", False),
    ],
)
def test_an_index_spares_a_condition_only_if_it_leads_to_nothing_else(
    text: str, superfluous: bool
) -> None:
    index = planned(text).index
    assert index is not None
    assert (index.covers == {0}) is superfluous


def test_only_what_sql_cannot_say_is_left_to_the_predicate() -> None:
    left = {
        text: planned(text).residual is not None
        for text in (
            "level:error !release:a* (duration:>1s OR checkout) has:user title:*x*",
            "spotlight:true outcome:invalid timestamp:-1h",
            "payload.culprit:x",
            "level:error OR extra.x:1",
            "errors:>0",
        )
    }
    assert list(left.values()) == [False, False, True, True, True]


def test_what_the_predicate_judges_is_narrowed_by_the_rest_of_the_search() -> None:
    narrowed = planned("level:error payload.culprit:x")
    assert narrowed.residual == parse_query("payload.culprit:x", now=NOW)
    assert narrowed.index is not None
    assert narrowed.index.ordered


def test_a_term_that_is_compared_as_a_number_is_looked_for_where_there_is_that_term() -> None:
    assert planned("errors:>0").index is not None


@pytest.fixture(scope="module")
def mixed(
    tmp_path_factory: pytest.TempPathFactory, sender: Callable[..., Callable[..., None]]
) -> Iterator[SqliteStore]:
    """Many errors in one project, one of them fatal; a few items in another project."""
    store = SqliteStore(str(tmp_path_factory.mktemp("mixed") / "store.sqlite"))
    send = sender(store)
    for start in range(0, MANY + 500, 500):
        send(*(("event", {"level": "error", "message": f"n{start}"}) for _ in range(500)))
    send(("event", {"level": "fatal", "message": "n0", "release": "old"}), project="2")
    store.catch_up()
    yield store
    store.close()


@pytest.mark.parametrize(
    ("text", "project", "rarest"),
    [
        ("level:error release:old", None, "release:old"),
        ("release:old level:error", None, "release:old"),
        ("level:error release:o*", None, "release:o*"),
        ("level:error nothing", None, "nothing"),
        ("level:error", "2", "project:2"),
        ("n0 level:fatal", None, "level:fatal"),
    ],
)
def test_of_several_indexes_the_one_with_the_fewest_candidates_is_walked(
    mixed: SqliteStore, text: str, project: str | None, rarest: str
) -> None:
    index = choose(mixed._reader, planned(text, project), 0, NO_LIMIT)
    wanted_index = planned(rarest).index
    assert index is not None
    assert wanted_index is not None
    assert index.walks == wanted_index.walks


def test_where_all_have_many_candidates_the_items_are_walked_in_order(mixed: SqliteStore) -> None:
    walked = choose(mixed._reader, planned("level:error project:1"), 0, NO_LIMIT)
    assert walked is not None
    assert walked.ordered
    assert choose(mixed._reader, planned("level:[error,fatal]"), 0, NO_LIMIT) is None
    assert choose(mixed._reader, planned("level:e*"), 0, NO_LIMIT) is None


def test_only_candidates_between_the_bounds_count(mixed: SqliteStore) -> None:
    index = choose(mixed._reader, planned("level:[error,fatal]"), mixed.position() - 3, NO_LIMIT)
    assert index is not None


def test_a_wildcard_with_too_many_values_to_compare_is_asked_of_each_item_instead(
    mixed: SqliteStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    rare = planned("level:*x*")
    assert choose(mixed._reader, rare, 0, NO_LIMIT) is rare.index
    monkeypatch.setattr(sqlite_find, "SCANNED", MANY)
    assert choose(mixed._reader, rare, 0, NO_LIMIT) is None


@pytest.mark.parametrize(
    ("text", "heavy"),
    [
        ("!basket", True),
        ("basket", False),
        ("!level:error", True),
        ("level:error", False),
        ("!id:1", False),
    ],
)
def test_fewer_candidates_are_looked_at_where_each_takes_longer(
    store: SqliteStore, text: str, heavy: bool
) -> None:
    plan_of_search = planned(text)
    search = Search(store._reader, plan_of_search, plan_of_search.index, 0)
    assert (search.candidates < CANDIDATES) is heavy


@pytest.mark.parametrize(
    ("text", "asked"),
    [("level:error", False), ("!level:error", False), ("spotlight:true", True), ("key:a", True)],
)
def test_envelopes_are_read_only_for_what_they_say(
    store: SqliteStore, text: str, asked: bool
) -> None:
    assert ("SEARCH e " in explained(store, planned(text), "i.id")) is asked


def test_items_of_an_envelope_are_found_between_their_ids(mixed: SqliteStore) -> None:
    last = mixed.position()
    (newest,) = mixed.find(Selection(limit=1)).items
    query = parse_query(f"envelope:{newest.envelope_id - 7}", now=NOW)
    narrowed, before = within_envelope(mixed._reader, Selection(query=query), NO_LIMIT)
    assert (narrowed.after, before) == (last - 8, last - 6)
    assert [item.id for item in mixed.find(Selection(query=query)).items] == [last - 7]
    gone = parse_query(f"envelope:{newest.envelope_id + 1}", now=NOW)
    assert mixed.find(Selection(query=gone)).items == []
