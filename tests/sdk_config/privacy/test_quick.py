"""The quick look and the memory of what was clean change nothing but the time it takes."""

from __future__ import annotations

import copy
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from sdk_config.privacy.items import Items
from sdk_config.privacy.keys import Keys
from sdk_config.privacy.patterns import PLACEHOLDER, Patterns
from sdk_config.privacy.text import Text
from sdk_config.privacy.tree import Tree
from sdk_config.privacy.users import Users

DEPTH = 8


class Kind(StrEnum):
    """A string of an application's own kind, equal to a plain one."""

    PLAIN = "route"


def a_text() -> Text:
    return Text(Keys(), Patterns(PLACEHOLDER), PLACEHOLDER)


ITEMS = Items(Users())
USED = a_text()


def quickly(method: str, payload: Any, *, live: bool) -> Any:
    """By what has seen every example before this one."""
    tree = Tree(USED.keys, USED, PLACEHOLDER, DEPTH, live=live)
    return getattr(ITEMS, method)(payload, tree)


def thoroughly(method: str, payload: Any, *, live: bool) -> Any:
    """By what has seen nothing, and takes no quick look."""
    text = a_text()
    tree = Tree(text.keys, text, PLACEHOLDER, DEPTH, live=live, quick=False)
    return getattr(ITEMS, method)(payload, tree)


HARMLESS = [
    "",
    "route",
    "user.py",
    "SELECT a FROM t WHERE b = %s",
    "'value 4-1'",
    "return x",
    "/a/b",
]
SECRET = [
    "a@b.example", "4111111111111111", "536-22-1234", "Bearer abc123x", "token=x y",
    "{'password': 'x'}", "https://u:p@h/?token=x", "SELECT a FROM t WHERE b = 'x'", "--pin", "-p 1",
    "password = 'x'", "/reset/aB3x", "eyJhbGciOiJIUzI1NiJ9.e30.c2ln", "db_password",
    "sk_live_abcdefghij",
]  # fmt: skip
NAMES = [
    "data", "message", "category", "type", "name", "value", "op", "description", "vars", "filename",
    "frames", "values", "user.id", "url", "db.statement", "gen_ai.prompt", "trace_id", "tags",
    "headers", "'headers'", "HTTP_X", "HTTP_HOST", "cache.key", "http.request.header.host", "pin",
]  # fmt: skip
TEXTS = st.sampled_from(HARMLESS + SECRET) | st.text(max_size=12)
NAMES_OF_ALL = st.sampled_from(NAMES + SECRET) | TEXTS
LEAVES = (
    TEXTS | st.none() | st.booleans() | st.floats(allow_nan=False)
    | st.integers(-20, 20) | st.integers(10**11, 10**20) | st.just(4111111111111111)
    | st.just(Kind.PLAIN) | st.just(datetime(2026, 11, 22, tzinfo=UTC)) | st.binary(max_size=6)
    | st.builds(object)
)  # fmt: skip
TREES = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=4) | st.tuples(TEXTS, inner)
    | st.dictionaries(NAMES_OF_ALL | st.integers(0, 3) | st.just(Kind.PLAIN), inner, max_size=4),
    max_leaves=10,
)  # fmt: skip
FLAT = st.dictionaries(NAMES_OF_ALL, TREES, max_size=3)
SOURCE = st.lists(TEXTS, max_size=3) | TREES
FRAMES = st.fixed_dictionaries(
    {}, optional={"vars": FLAT, "pre_context": SOURCE, "context_line": TEXTS | TREES,
                  "filename": TEXTS, "function": TEXTS, "lineno": st.integers(), "x": TREES},
)  # fmt: skip
CRUMBS = st.fixed_dictionaries(
    {}, optional={"category": st.sampled_from(["query", "redis", "http"]) | LEAVES,
                  "message": TEXTS | TREES, "data": FLAT | TREES, "level": TEXTS, "x": TREES},
)  # fmt: skip
SPANS = st.fixed_dictionaries(
    {}, optional={"op": st.sampled_from(["db", "db.redis", "http.client"]) | LEAVES,
                  "description": TEXTS | TREES, "data": FLAT, "attributes": FLAT | TREES,
                  "tags": FLAT | TREES, "x": TREES},
)  # fmt: skip
EVENTS = st.fixed_dictionaries(
    {}, optional={
        "exception": st.fixed_dictionaries({"values": st.lists(st.fixed_dictionaries(
            {"stacktrace": st.fixed_dictionaries({"frames": st.lists(FRAMES, max_size=3)})}),
            max_size=2)}),
        "breadcrumbs": st.fixed_dictionaries({"values": st.lists(CRUMBS, max_size=3)}),
        "spans": st.lists(SPANS, max_size=3), "extra": FLAT, "contexts": FLAT, "tags": FLAT,
    },
)  # fmt: skip
SHAPES = {"event": EVENTS, "breadcrumb": CRUMBS, "span": SPANS, "log": SPANS, "metric": SPANS}


@pytest.mark.parametrize("method", SHAPES)
@settings(max_examples=60)
@given(data=st.data(), live=st.booleans())
def test_the_quick_way_and_the_thorough_way_give_the_same(
    method: str, data: st.DataObject, live: bool
) -> None:
    payload = data.draw(SHAPES[method] | TREES)

    expected = thoroughly(method, payload, live=live)

    for _ in range(2):
        found = quickly(method, payload, live=live)
        assert repr(found) == repr(expected)
        assert (found is payload) is (expected is payload)


@pytest.mark.parametrize(
    ("method", "payload"),
    [
        ("breadcrumb", {"data": {"user.email": "route"}}),
        ("breadcrumb", {"data": {"gen_ai.prompt": "route", "name": "route"}}),
        ("breadcrumb", {"data": {"cache.key": "route"}}),
        ("breadcrumb", {"category": "query", "message": "SELECT a FROM t WHERE b = 1234567"}),
        ("breadcrumb", {"category": "redis", "message": "GET route"}),
        ("span", {"op": "db", "description": "SELECT a FROM t WHERE b = 1234567"}),
        ("span", {"op": "db.redis", "description": "GET route"}),
        ("span", {"x": {"headers": {"name": "route"}}}),
        ("span", {"x": {"HTTP_X": "route", "HTTP_HOST": "route"}}),
        ("span", {"x": [["pin", "route"], ["name", "route"]]}),
        ("span", {"x": ["--pin", "route", "x"]}),
        ("span", {"x": {"pin": "route"}}),
    ],
)
def test_where_a_harmless_text_goes_for_its_place_both_ways_see_it(
    method: str, payload: Any
) -> None:
    expected = thoroughly(method, payload, live=False)

    assert expected != payload
    assert quickly(method, payload, live=False) == expected


@settings(max_examples=40)
@given(depth=st.integers(DEPTH - 4, DEPTH + 4), broad=st.booleans())
@example(depth=DEPTH, broad=True)
def test_the_quick_way_looks_no_deeper_than_the_thorough_one(depth: int, broad: bool) -> None:
    deep: Any = "route"
    for _ in range(depth):
        deep = [deep, deep] if broad else {"data": deep}
    payload = {
        "extra": deep,
        "exception": {"values": [{"stacktrace": {"frames": [{"vars": deep}]}}]},
    }

    assert quickly("event", payload, live=False) == thoroughly("event", payload, live=False)


def test_a_cycle_ends_the_quick_look() -> None:
    cycle: dict[str, Any] = {"name": "route"}
    cycle["data"] = [cycle]

    found = quickly("event", {"extra": {"value": cycle}}, live=False)

    assert found == {"extra": {"value": {"name": "route", "data": [PLACEHOLDER]}}}


@pytest.mark.parametrize("spread", [1, 1000])
def test_more_nodes_than_are_looked_at_are_redacted_in_both_ways(spread: int) -> None:
    many = [["x"] * (100_000 // spread)] * spread
    payload = {"extra": {"value": [many, copy.copy(many), copy.copy(many)]}}

    found = quickly("event", payload, live=False)

    assert found == thoroughly("event", payload, live=False)
    assert PLACEHOLDER in repr(found)


def test_a_secret_is_never_remembered() -> None:
    text = a_text()
    tree = Tree(text.keys, text, PLACEHOLDER, DEPTH)
    crumb = {"message": "paid with 4111111111111111", "data": {"ann@clinic.example": "x"}}

    ITEMS.breadcrumb(crumb, tree)

    assert "4111" not in repr((text.known, text.known_names, text.known_source))
    assert "clinic" not in repr((text.known, text.known_names, text.known_source))
