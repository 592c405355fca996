"""Expectations from JSON: every key, and a clear error for everything else."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fake_relay.errors import ConfigError
from fake_relay.expect import AT_LEAST_ONE, NONE, Count, Expectation
from fake_relay.testing import sentences

FULL = {
    "project": "42",
    "type": ["event"],
    "q": "level:error",
    "where": {"message__contains": "card", "tags": {"plan": "pro"}},
    "count": {"min": 1, "max": 3},
    "since": 17,
    "within": 0.5,
    "quiet": 0.2,
}


def test_an_expectation_written_as_json_is_read_back_the_same() -> None:
    assert Expectation.from_json(FULL, reader_position=0).to_json() == FULL


def test_an_empty_object_expects_one_item_of_any_kind_from_now_on() -> None:
    assert Expectation.from_json({}, reader_position=9) == Expectation(since=9)


@pytest.mark.parametrize(
    ("given_count", "count"),
    [
        (None, AT_LEAST_ONE),
        (0, NONE),
        (2, Count(2, 2)),
        ({"min": 2}, Count(2, None)),
        ({"max": 2}, Count(0, 2)),
        ({}, Count(0, None)),
        ({"min": None, "max": None}, Count(0, None)),
    ],
)
def test_a_count_is_a_number_or_bounds(given_count: Any, count: Count) -> None:
    assert Expectation.from_json({"count": given_count}, reader_position=0).count == count


def test_a_negative_waits_for_quiet() -> None:
    assert Expectation.from_json({"count": 0}, reader_position=0).quiet > 0


def test_a_session_is_expected_in_both_of_its_forms() -> None:
    found = Expectation.from_json({"type": "session"}, reader_position=0)
    assert found.types == ("session", "sessions")


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        ([], "an expectation is an object, not []"),
        ({"typ": "event"}, "an expectation has no key 'typ'; it has project, type"),
        ({"type": 5}, "type needs an item type or a list of them, not 5"),
        ({"type": ["event", 1]}, "type needs an item type"),
        ({"project": 1.5}, "project needs a project's id, not 1.5"),
        ({"q": 5}, "q needs a str, not 5"),
        ({"where": "x"}, "where is an object, not 'x'"),
        ({"where": {"a__gt": None}}, "where: a__gt: gt needs a number or a string, not None"),
        ({"where": {"": 1}}, "where: '' is no lookup"),
        ({"count": -1}, "count needs whole numbers from 0 on, not -1"),
        ({"count": True}, "count needs whole numbers from 0 on, not True"),
        ({"count": "1"}, "count needs whole numbers from 0 on, not '1'"),
        ({"count": {"least": 1}}, "count has no key 'least'; it has min, max"),
        ({"count": {"min": 3, "max": 1}}, "count asks for at least 3 and at most 1"),
        ({"count": {"max": 1.5}}, "count needs whole numbers from 0 on, not 1.5"),
        ({"since": -1}, "since needs a whole number from 0 on, not -1"),
        ({"within": "2"}, "within needs seconds from 0 to 86400, not '2'"),
        ({"quiet": float("nan")}, "quiet needs seconds"),
        ({"q": "level:("}, "q: "),
    ],
)
def test_a_wrong_key_or_value_is_named(data: Any, problem: str) -> None:
    with pytest.raises(ConfigError, match=re.escape(problem)):
        Expectation.from_json(data, reader_position=0)


ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=12), inner, max_size=3)
    ),
    max_leaves=6,
)
KEYS = st.sampled_from(["project", "type", "q", "where", "count", "within", "since", "quiet"])
LOOKUPS = st.dictionaries(
    st.sampled_from(["a__regex", "a__in", "a__gt", "a__not__exists", "a__b", "__", "a__not"]),
    ANY_JSON,
    max_size=3,
)


@given(
    ANY_JSON
    | st.dictionaries(KEYS, ANY_JSON, max_size=4)
    | st.fixed_dictionaries({"where": LOOKUPS})
)
def test_any_json_is_an_expectation_or_a_config_error(data: Any) -> None:
    try:
        Expectation.from_json(data, reader_position=0)
    except ConfigError:
        return


def test_keywords_and_json_make_the_same_expectation() -> None:
    where: dict[str, Any] = {
        "exception": "ValueError",
        "message__contains": "card",
        "tags": {"plan": "pro"},
    }
    by_words = sentences.event(**where)
    assert by_words == Expectation.from_json({"type": "event", "where": where}, reader_position=0)


@pytest.mark.parametrize(
    ("expectation", "text"),
    [
        (Expectation(), "at least 1 item"),
        (Expectation(("sessions", "feedback"), count=Count(2)), "at least 2 sessions or feedback"),
        (sentences.session(status="ok"), "at least 1 session with status = 'ok'"),
        (Expectation(("event",), count=NONE), "no event"),
        (Expectation(("event", "log"), count=Count(2, 2)), "exactly 2 events or logs"),
        (Expectation(count=Count(1, 3)), "1 to 3 items"),
        (sentences.log(q="level:warn"), "at least 1 log found by 'level:warn'"),
    ],
)
def test_an_expectation_says_what_it_wants(expectation: Expectation, text: str) -> None:
    assert expectation.describe() == text
