"""A wrong search says in which column, and what was expected there."""

from __future__ import annotations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from fake_relay.errors import QueryError
from fake_relay.query import parse_query

ERRORS: list[tuple[str, int, str]] = [
    ("level:", 7, "expected a value right after level:"),
    ("level: error", 7, "expected a value right after level:"),
    ("a level:", 9, "expected a value right after level:"),
    ("(level:)", 8, "expected a value right after level:"),
    ("level: >5", 7, "expected a value right after level:"),
    ("duration:>", 11, "expected a value after >"),
    ("duration:>=)", 12, "expected a value after >="),
    ("(a", 3, "expected ) to close a parenthesis"),
    ("(a OR (b c)", 12, "expected ) to close a parenthesis"),
    ("a)", 2, "there is no ( that it closes"),
    ("()", 2, "expected a condition before )"),
    ('"abc', 1, "this quote is not closed"),
    ('a b"c d', 4, "this quote is not closed"),
    ('level:"err', 7, "this quote is not closed"),
    ("a OR", 5, "expected a condition after OR"),
    ("a AND", 6, "expected a condition after AND"),
    ("a OR )", 6, "expected a condition after OR"),
    ("OR a", 1, "expected a condition before OR"),
    ("a AND OR b", 7, "expected a condition before OR"),
    ("!", 2, "expected a condition after !"),
    ("a ! ", 4, "expected a condition after !"),
    ("level:[error", 13, "the list that begins at column 7 is not closed"),
    ('level:[error "fatal"]', 14, "expected , or ]"),
    ("level:[]", 8, "expected a value in the list"),
    ("level:[a,]", 10, "expected a value in the list"),
    ("level:[a,", 10, "expected a value in the list"),
    ("level:[,a]", 8, "expected a value in the list"),
    ("duration:long", 10, "duration cannot be 'long'; expected a duration such as 300ms"),
    ("duration:>5x", 11, "duration cannot be '5x'"),
    ("duration:5*", 10, "duration cannot be '5*'"),
    ("duration:[5ms,x]", 15, "duration cannot be 'x'"),
    ("size:1tb", 6, "expected a size such as"),
    ("count:many", 7, "expected a number such as 5"),
    ("count:\u0665", 7, "expected a number such as 5"),
    ("id:abc", 4, "the number of an item, or an event id"),
    ("timestamp:yesterday", 11, "expected a time such as"),
    ("timestamp:2026-02-30", 11, "expected a time such as"),
    ("timestamp:>-5q", 12, "expected a time such as"),
    ("spotlight:maybe", 11, "expected true or false"),
    ("title:>a", 8, "title is text, > compares numbers"),
    ("event:>a", 8, "event is text"),
    ("release:>new", 10, "release cannot be 'new'; expected a number"),
    ("has:", 5, "expected a value right after has:"),
    ("has:>a", 6, "has: expects the name of a field"),
    ("has:rel*", 5, "has: expects the name of a field"),
    ("payload.:1", 10, "payload. names no field of the payload"),
    ("a\0b", 2, "'\\x00' cannot be searched for"),
    ("ab \ud800", 4, "'\\ud800' cannot be searched for"),
    ("a\n\nlevel:\n", 10, "expected a value right after level:"),
    ("x" * 10_001, 10_001, "the search has 10001 characters; at most 10000 are read"),
    ("a " * 101, 201, "at most 100 values and words"),
    (f"level:[{'a,' * 100}a]", 208, "at most 100 values and words"),
    ("(" * 31 + "a" + ")" * 31, 31, "nested deeper than 30 levels"),
    ("!" * 31 + "a", 31, "nested deeper than 30 levels"),
    ("(!" * 20 + "a" + ")" * 20, 31, "nested deeper than 30 levels"),
]


@pytest.mark.parametrize(("text", "column", "expected"), ERRORS)
def test_an_error_names_the_column_and_says_what_was_expected(
    text: str, column: int, expected: str
) -> None:
    with pytest.raises(QueryError) as caught:
        parse_query(text, now=0.0)
    assert (caught.value.column, expected in str(caught.value)) == (column, True), caught.value
    assert str(caught.value).startswith(f"column {column}: ")


ACCEPTED = [
    "a (b) (c OR d)e",
    "http://example.com/a?b=c",
    "level:a,b",
    "url:https://x.example/a:b[c]",
    'a"b"c',
    "wow! - really?",
    '"AND"',
    "ANDY ORLANDO",
    "[a]",
    "!has:[a,b]",
    "(!a) !b !(c)",
    "!" * 30 + "a",
    "a " * 100,
    "tags[a.b-c]:x",
    r"path:C:\temp\*",
    "\u3000level:error\u00a0",
]


@pytest.mark.parametrize("text", ACCEPTED)
def test_an_unusual_search_is_understood(text: str) -> None:
    assert parse_query(text, now=0.0) is not None


PIECES = st.sampled_from(
    (
        *("level:", "has:", "timestamp:", "duration:", "tags[a]:", "id:", "payload.", "x.y:"),
        *(
            "(",
            ")",
            "!",
            "[",
            "]",
            ",",
            '"',
            "\\",
            "*",
            ">",
            "<=",
            "OR",
            "AND",
            " ",
            "\n",
            ".",
            ":",
        ),
        *("a", "5", "-1h", "2026-01-01", "é", "\0", "\ud800", "9" * 20 + "d"),
    )
)


@settings(max_examples=150)
@given(st.text(max_size=60) | st.lists(PIECES, max_size=25).map("".join))
@example("(" * 10_000)
@example("!" * 9_999)
@example("9" * 9_000 + ":" + "9" * 900)
@example("timestamp:-" + "9" * 400 + "d")
@example("timestamp:" + "9" * 400)
@example("timestamp:0001-01-01T00:00:00+23:59")
@example("timestamp:9999-12-31T23:59:59-23:59")
@example('"' + "\\" * 9_000)
@example("a:[" + "b," * 4_000)
def test_any_text_is_a_search_or_a_query_error(text: str) -> None:
    assert 1 <= column_of(text) <= len(text) + 1


def column_of(text: str) -> int:
    """The column of the error, or the first one."""
    try:
        parse_query(text, now=1e9)
    except QueryError as error:
        return error.column
    return 1
