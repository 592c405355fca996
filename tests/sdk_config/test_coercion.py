"""From text to a value, and the exact words where that cannot be."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sdk_config import coercion as to


@pytest.mark.parametrize("word", ["1", "true", "True", " TRUE ", "yes", "on", "y", "t"])
def test_words_that_mean_true(word: str) -> None:
    assert to.flag(word) is True


@pytest.mark.parametrize("word", ["0", "false", "False", "no", "off", "n", "f"])
def test_words_that_mean_false(word: str) -> None:
    assert to.flag(word) is False


@pytest.mark.parametrize(("text", "value"), [("0", 0.0), ("1", 1.0), (" 0.25 ", 0.25), (1, 1.0)])
def test_rates(text: Any, value: float) -> None:
    assert to.rate(text) == value


@pytest.mark.parametrize(
    ("coercion", "value", "text"),
    [
        (to.flag, "maybe", "expected true or false, got 'maybe'"),
        (to.flag, 1, "expected true or false, got 1"),
        (to.rate, "10", "expected a rate from 0.0 to 1.0, got '10'; for 10 per cent write 0.1"),
        (to.rate, "10%", "expected a rate from 0.0 to 1.0, got '10%'; write 0.1"),
        (to.rate, "-1", "expected a rate from 0.0 to 1.0, got '-1'"),
        (to.rate, "nan", "expected a rate from 0.0 to 1.0, got 'nan'"),
        (to.rate, True, "expected a rate from 0.0 to 1.0, got True"),
        (to.rate, None, "expected a rate from 0.0 to 1.0, got None"),
        (to.rate, "500", "expected a rate from 0.0 to 1.0, got '500'"),
        (to.count, "-1", "expected a whole number of 0 or more, got '-1'"),
        (to.count, "1.5", "expected a whole number of 0 or more, got '1.5'"),
        (to.count, True, "expected a whole number of 0 or more, got True"),
        (to.seconds, "-2", "expected seconds of 0 or more, got '-2'"),
        (to.seconds, "soon", "expected seconds, got 'soon'"),
        (to.text, 5, "expected text, got 5"),
        (to.secret, b"hush", "expected text, got a value of type bytes"),
        (to.words, 5, "expected words divided by commas, got 5"),
        (to.numbers, "404,x", "expected a whole number of 0 or more, got 'x'"),
        (to.pairs, "team", "expected key=value divided by commas, got 'team'"),
        (to.one_of("a", "b"), "c", "expected one of a, b, got 'c'"),
    ],
)
def test_what_cannot_be_read_says_what_is_expected(
    coercion: to.Coercion, value: Any, text: str
) -> None:
    with pytest.raises(ValueError) as error:
        coercion(value)

    assert str(error.value) == text


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ("a=1, b=2", (("a", "1"), ("b", "2"))),
        ('{"a": 1}', (("a", "1"),)),
        ({"a": True}, (("a", "True"),)),
        ((("a", "1"),), (("a", "1"),)),
        ("", ()),
    ],
)
def test_pairs_come_in_three_spellings(value: Any, found: Any) -> None:
    assert to.pairs(value) == found


def test_words_lose_their_spaces_and_the_empty_ones() -> None:
    assert to.words(" a, ,b ") == ("a", "b")
    assert to.words(["a", "b"]) == ("a", "b")
    assert to.numbers("404, 405") == (404, 405)
    assert to.numbers([404]) == (404,)


@given(st.text() | st.integers() | st.floats() | st.none() | st.booleans() | st.lists(st.text()))
def test_any_value_is_read_or_refused_with_a_value_error(value: Any) -> None:
    for coercion in (to.flag, to.rate, to.count, to.seconds, to.words, to.numbers, to.pairs):
        try:
            coercion(value)
        except ValueError:
            continue


@given(st.floats(0, 1))
def test_every_rate_survives_its_own_text(rate: float) -> None:
    assert to.rate(repr(rate)) == rate
