"""Matchers as values: what they match, how they combine, what they say."""

from __future__ import annotations

import re
from functools import partial
from typing import Any
from unittest import mock

import pytest
from dirty_equals import IsInt, IsPartialDict, IsStr
from hypothesis import given
from hypothesis import strategies as st

from fake_relay.errors import ConfigError
from fake_relay.match import (
    ABSENT,
    ABSENT_VALUE,
    EXISTS,
    Candidates,
    Matcher,
    Mismatch,
    any_element,
    as_matcher,
    contains,
    endswith,
    equals,
    every_element,
    exactly,
    fields,
    gt,
    gte,
    icontains,
    instance_of,
    lt,
    lte,
    one_of,
    regex,
    satisfies,
    startswith,
)

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3)
    ),
    max_leaves=8,
)

MATCHING: list[tuple[Any, Any]] = [
    ("a", "a"),
    (1, 1.0),
    (None, None),
    (None, ABSENT_VALUE),
    ({"plan": "pro"}, {"plan": "pro", "more": 1}),
    ({"a": {"b": [1, {"c": 2}]}}, {"a": {"b": [1, {"c": 2, "d": 3}], "e": 4}}),
    ([1, 2], [1, 2]),
    ((1, 2), [1, 2]),
    ({"a": None}, {}),
    ({"a": contains("b")}, {"a": "abc"}),
    ([startswith("x"), re.compile("y$")], ["xa", "ay"]),
    (re.compile("ca.d"), "a card"),
    (re.compile(rb"\x00"), b"a\x00"),
    (mock.ANY, {"any": "thing"}),
    (IsInt, 5),
    (IsStr(regex="a.*"), "abc"),
    (IsPartialDict(a=1), {"a": 1, "b": 2}),
    ({"n": IsInt(gt=2)}, {"n": 3}),
    (str.isdigit, "12"),
    (partial(lambda low, value: value > low, 3), 4),
    (str, "text"),
    (int, 3),
    (contains("b"), "abc"),
    (contains(2), [1, 2]),
    (contains({"a": 1}), [{"a": 1, "b": 2}]),
    (contains("key"), {"key": 1}),
    (contains(b"b"), b"abc"),
    (icontains("CARD"), "a card"),
    (icontains("card"), ["x", "A CARD"]),
    (regex("^a"), "abc"),
    (startswith("a"), "abc"),
    (endswith(b"c"), b"abc"),
    (one_of(1, "a"), "a"),
    (one_of(startswith("b")), "bc"),
    (gt(1), 2),
    (gte(2), 2),
    (lt("b"), "a"),
    (lte(2.5), 2),
    (EXISTS, 0),
    (ABSENT, None),
    (ABSENT, ABSENT_VALUE),
    (any_element(gt(2)), [1, 3]),
    (every_element(gt(2)), [3, 4]),
    (every_element(gt(2)), []),
    (exactly({"a": 1}), {"a": 1}),
    (satisfies(len), "x"),
    (instance_of(float), 1.5),
    (fields(op="db", description__contains="SELECT"), {"op": "db", "description": "SELECT 1"}),
    (contains("a") & contains("b"), "ab"),
    (contains("a") | contains("z"), "ab"),
    (~contains("z"), "ab"),
    (~contains("z"), ABSENT_VALUE),
    (contains("a") & "ab", "ab"),
    (equals("ValueError"), Candidates(("KeyError", "ValueError"))),
    (~equals("TypeError"), Candidates(("KeyError", "ValueError"))),
    (ABSENT, Candidates(())),
]

DIFFERING: list[tuple[Any, Any]] = [
    ("a", "b"),
    (True, 1),
    (1, True),
    (0, False),
    ("1", 1),
    (None, 0),
    ({"plan": "pro"}, {"plan": "free"}),
    ({"plan": "pro"}, {}),
    ({"plan": "pro"}, [["plan", "pro"]]),
    ([1, 2], [1, 2, 3]),
    ([1], [2]),
    (mock.ANY, ABSENT_VALUE),
    ({"plan": mock.ANY}, {}),
    (IsInt, "5"),
    (int, True),
    (contains("b"), "xyz"),
    (contains("b"), 5),
    (contains("b"), b"b"),
    (contains("b"), ABSENT_VALUE),
    (icontains("x"), 5),
    (regex("a"), None),
    (regex(b"a"), "a"),
    (startswith("a"), 5),
    (one_of(1, 2), 3),
    (gt(1), "2"),
    (gt(1), None),
    (gt(0), True),
    (gt("a"), 1),
    (EXISTS, None),
    (EXISTS, ABSENT_VALUE),
    (ABSENT, ""),
    (any_element(1), []),
    (any_element(1), "1"),
    (every_element(1), [1, 2]),
    (exactly({"a": 1}), {"a": 1, "b": 2}),
    (exactly(1), True),
    (fields(op="db"), "db"),
    (~contains("a"), "ab"),
    (contains("a") & contains("z"), "ab"),
    (contains("y") | contains("z"), "ab"),
    (~equals("ValueError"), Candidates(("KeyError", "ValueError"))),
    (EXISTS, Candidates(())),
]


@pytest.mark.parametrize(("wanted", "value"), MATCHING)
def test_a_value_that_is_wanted_matches(wanted: Any, value: Any) -> None:
    assert as_matcher(wanted).explain(value) == ()


@pytest.mark.parametrize(("wanted", "value"), DIFFERING)
def test_a_value_that_differs_is_explained(wanted: Any, value: Any) -> None:
    assert as_matcher(wanted).explain(value) != ()


@given(JSON)
def test_every_json_value_equals_itself(value: Any) -> None:
    assert equals(value).matches(value)


@given(st.dictionaries(st.text(max_size=3), JSON, min_size=1, max_size=4), st.data())
def test_a_mapping_is_matched_by_any_part_of_it(value: dict[str, Any], data: st.DataObject) -> None:
    part = data.draw(st.sets(st.sampled_from(sorted(value))))
    assert equals({key: value[key] for key in part}).matches(value)


@given(JSON, JSON)
def test_and_or_not_are_those_of_logic(wanted: Any, value: Any) -> None:
    one, other = equals(wanted), equals(5)
    assert (one & other).matches(value) == (one.matches(value) and other.matches(value))
    assert (one | other).matches(value) == (one.matches(value) or other.matches(value))
    assert (~one).matches(value) != one.matches(value)


def test_a_difference_names_its_path_what_was_wanted_and_what_was_there() -> None:
    wanted = {"user": {"plans": ["pro", contains("x")]}}
    found = equals(wanted).explain({"user": {"plans": ["pro", "abc"]}})
    assert found == (Mismatch(("user", "plans", 1), "contains 'x'", "abc"),)


def test_a_function_that_raises_is_not_a_mismatch() -> None:
    with pytest.raises(ZeroDivisionError):
        as_matcher(lambda value: 1 / 0).matches(1)


def test_a_function_is_not_asked_about_nothing() -> None:
    assert not satisfies(lambda value: 1 / 0).matches(ABSENT_VALUE)


def test_matchers_are_values() -> None:
    assert contains("a") & ~gt(3) == contains("a") & ~gt(3)
    assert contains("a") != contains("b")


@pytest.mark.parametrize(
    ("matcher", "text"),
    [
        (contains("a") & ~gt(3), "(contains('a') & ~gt(3))"),
        (one_of(1, "b") | equals({"a": 1}), "(in(1, 'b') | equals({'a': 1}))"),
        (regex("a.b"), "regex(/a.b/)"),
        (any_element(EXISTS), "any_element(EXISTS)"),
        (instance_of(str), "instance_of(str)"),
        (satisfies(len), "satisfies(len)"),
        (exactly(1), "exactly(1)"),
    ],
)
def test_a_matcher_shows_how_it_is_written(matcher: Matcher, text: str) -> None:
    assert repr(matcher) == text


@pytest.mark.parametrize(
    ("matcher", "text"),
    [
        (contains("a") & lt(3), "contains 'a' and < 3"),
        (~startswith("x"), "not (starts with 'x')"),
        (one_of(1, 2), "is one of 1, 2"),
        (ABSENT, "is absent"),
        (every_element(gte(1)), "has only elements >= 1"),
    ],
)
def test_a_matcher_says_what_it_wants_in_words(matcher: Matcher, text: str) -> None:
    assert matcher.describe() == text


@pytest.mark.parametrize(
    "build",
    [
        lambda: regex("("),
        lambda: regex(5),  # type: ignore[arg-type]
        lambda: startswith(5),  # type: ignore[arg-type]
        lambda: icontains(None),  # type: ignore[arg-type]
        lambda: gt(None),  # type: ignore[arg-type]
        lambda: gt(True),
    ],
)
def test_an_operand_that_cannot_be_taken_is_a_config_error(build: Any) -> None:
    with pytest.raises(ConfigError, match=r"needs|regular expression"):
        build()
