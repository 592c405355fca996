"""Lookups: names, paths and operations, as keywords and as JSON."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fake_relay.errors import ConfigError
from fake_relay.match import ABSENT_VALUE, Candidates, Lookup, contains, fields, gt, lt, regex
from fake_relay.match.lookups import walk

VALUE = {
    "contexts": {"runtime": {"name": "CPython", "version": "3.11"}},
    "spans": [{"op": "db", "data": {"rows": 3}}, {"op": "http"}],
    "level": "error",
    "n": 5,
}


@pytest.mark.parametrize(
    ("key", "wanted"),
    [
        ("level", "error"),
        ("level__in", ["error", "fatal"]),
        ("level__not", "info"),
        ("level__not__contains", "warn"),
        ("level__exists", True),
        ("nothing__exists", False),
        ("contexts__runtime__name", "CPython"),
        ("contexts__runtime__version__startswith", "3."),
        ("contexts__runtime", {"name": "CPython"}),
        ("spans__op", "http"),
        ("spans__0__op", "db"),
        ("spans__-1__op", "http"),
        ("spans__op__not", "cache"),
        ("spans__data__rows__gte", 3),
        ("n__gt", 4),
    ],
)
def test_a_lookup_finds_its_value(key: str, wanted: Any) -> None:
    lookup = Lookup.parse(key, wanted)
    assert lookup.explain(VALUE.get(lookup.field, ABSENT_VALUE)) == ()


@pytest.mark.parametrize(
    ("key", "wanted"),
    [
        ("level", "info"),
        ("level__name", "error"),
        ("spans__5__op", "db"),
        ("spans__op", "cache"),
        ("spans__op__not", "db"),
        ("contexts__runtime__name__exists", False),
        ("nothing__contains", "x"),
    ],
)
def test_a_lookup_explains_what_is_not_there(key: str, wanted: Any) -> None:
    lookup = Lookup.parse(key, wanted)
    assert lookup.explain(VALUE.get(lookup.field, ABSENT_VALUE)) != ()


def test_a_key_asked_of_a_list_is_asked_of_each_element() -> None:
    assert walk(VALUE, ("spans", "op")) == Candidates(("db", "http"))


@pytest.mark.parametrize(
    ("key", "wanted", "problem"),
    [
        ("a__exists", 1, "a__exists needs true or false, not 1"),
        ("a__regex", "(", "is not a regular expression"),
        ("a__in", "abc", "needs a list of values"),
        ("a__gt", [], "needs a number or a string"),
        ("__a", 1, "is no lookup"),
        ("a____b", 1, "is no lookup"),
    ],
)
def test_a_lookup_that_means_nothing_is_a_config_error(key: str, wanted: Any, problem: str) -> None:
    with pytest.raises(ConfigError, match=re.escape(problem)):
        Lookup.parse(key, wanted)


@pytest.mark.parametrize(
    ("lookup", "expected"),
    [
        (Lookup.parse("a", "x"), {"a": "x"}),
        (Lookup.parse("a", contains("x")), {"a__contains": "x"}),
        (Lookup.parse("a__b", gt(1) & lt(5)), {"a__b__gt": 1, "a__b__lt": 5}),
        (Lookup.parse("a", ~regex("x")), {"a__not__regex": "x"}),
        (Lookup.parse("a", ~contains(1)), {"a__not__contains": 1}),
        (Lookup.parse("a__not", 1), {"a__not": 1}),
        (Lookup.parse("a__exists", False), {"a__exists": False}),
        (Lookup.parse("a__in", ("x", "y")), {"a__in": ["x", "y"]}),
        (Lookup.parse("a__regex", re.compile("x", re.IGNORECASE)), {"a__regex": "(?i:x)"}),
    ],
)
def test_a_lookup_has_a_json_form(lookup: Lookup, expected: dict[str, Any]) -> None:
    assert lookup.to_json() == expected


@pytest.mark.parametrize(
    "wanted",
    [
        len,
        contains("a") & contains("b"),
        contains("a") | contains("b"),
        {"a": contains("b")},
        re.compile(b"x"),
        {1: 2},
    ],
)
def test_what_json_cannot_say_is_a_config_error(wanted: Any) -> None:
    with pytest.raises(ConfigError, match="no JSON form"):
        Lookup.parse("field", wanted).to_json()


PLAIN = st.none() | st.booleans() | st.integers() | st.text(max_size=5)
WANTED: st.SearchStrategy[tuple[str, Any]] = st.one_of(
    st.tuples(st.sampled_from(["", "__not"]), PLAIN),
    st.tuples(
        st.sampled_from(["__contains", "__startswith", "__not__endswith", "__icontains"]),
        st.text(max_size=5),
    ),
    st.tuples(st.sampled_from(["__gt", "__not__gte", "__lt", "__lte"]), st.integers()),
    st.tuples(st.just("__in"), st.lists(PLAIN, max_size=3)),
    st.tuples(st.just("__exists"), st.booleans()),
)


@given(st.sampled_from(["message", "contexts__runtime__name"]), WANTED)
def test_a_lookup_read_from_its_json_is_the_same(field: str, wanted: tuple[str, Any]) -> None:
    lookup = Lookup.parse(field + wanted[0], wanted[1])
    ((key, value),) = lookup.to_json().items()
    assert Lookup.parse(key, value) == lookup


def test_fields_of_a_mapping_name_each_that_differs() -> None:
    found = fields(op="db", data__rows__gt=5).explain({"op": "http", "data": {"rows": 3}})
    assert [difference.path for difference in found] == [("op",), ("data", "rows")]
