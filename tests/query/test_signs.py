"""What the bytes of a payload rule out is never there once it is decoded."""

from __future__ import annotations

import json
import re
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fake_relay.items.facts import text_of
from fake_relay.query import Document
from fake_relay.query.predicate import PathCompares, PathIs
from fake_relay.query.signs import signs_of
from fake_relay.query.text import Pattern
from fake_relay.records import StoredItem

KEYS = st.sampled_from(["a", "B", "a b", "a/b", 'q"q', "é", "back\\slash", "7", "x-y"])
TEXTS = st.sampled_from(
    (
        *("", "a", "Ab", "aB/c", 'q"q', "back\\slash", "é", "É", "\0", "~", "\u2028", "true"),
        *("5", "-1", "1e3", "1000.0", "nan", "\ufffe x", "a" * 199 + "bcd", "1,000", "<a>"),
    )
)
LEAVES = TEXTS | st.sampled_from([5, -1, 1e3, 1000.0, 0.1, 10**30, True, False, None])
PATHS = st.lists(KEYS, min_size=1, max_size=3).map(tuple)


@st.composite
def asked_for(draw: st.DrawFn) -> tuple[dict[str, Any], PathIs]:
    """A payload with a value at a path, and a search for about that value at that path."""
    path, leaf = draw(PATHS), draw(LEAVES)
    value: Any = leaf
    for segment in reversed(path):
        value = [value] if draw(st.booleans()) else value
        value = {segment: value, "more": draw(LEAVES)}
    text = draw(st.sampled_from([text_of(leaf), text_of(leaf).swapcase(), draw(TEXTS)]))
    place = draw(st.integers(0, len(text)))
    chunks = draw(st.sampled_from([(text,), (text[:place], text[place:]), (text[:place], "")]))
    return value, PathIs(path, draw(st.sampled_from([Pattern(chunks), None])))


def spelled(value: Any, every: int) -> bytes:
    """JSON in one of its spellings: every so many characters of a string are escapes."""
    text = json.dumps(value, ensure_ascii=every % 2 == 0)
    inner = re.compile(r'"((?:[^"\\]|\\.)*)"')

    def escaped(found: re.Match[str]) -> str:
        characters = enumerate(re.findall(r"\\u....|\\.|.", found[1]))
        return "".join(
            f"\\u{ord(char):04X}" if len(char) == 1 and every and place % every == 0 else char
            for place, char in characters
        ).join('""')

    return inner.sub(escaped, text).encode("utf-8", "surrogatepass")


@pytest.fixture(scope="module")
def stored() -> StoredItem:
    """An item that no expression here asks for anything."""
    return StoredItem(
        id=1, envelope_id=1, type="event", project="1", public_key="a", event_id="", trace_id="",
        received_at=0.0, timestamp=None, duration=None, level="", title="", count=1, size=0,
        outcome="", headers=msgspec.Raw(b"{}"), spotlight=False,
    )  # fmt: skip


def judged(expression: Any, stored: StoredItem, payload: bytes) -> tuple[bool, bool]:
    """What an expression says with the payload's bytes at hand, and what by decoding alone."""
    quick = Document.read(stored, payload)
    slow = Document(stored, lambda: quick.facts, lambda: json.loads(payload))
    return expression.matches(quick), expression.matches(slow)


@settings(max_examples=300)
@given(asked_for(), st.integers(0, 3))
def test_bytes_rule_out_nothing_that_decoding_finds(
    stored: StoredItem, asked: tuple[dict[str, Any], PathIs], every: int
) -> None:
    value, search = asked
    payload = spelled(value, every)
    for expression in (search, PathCompares(search.path, ">=", -1.0)):
        quick, slow = judged(expression, stored, payload)
        assert quick == slow


@pytest.mark.parametrize(
    ("payload", "ruled_out"),
    [
        (b'{"logger":"somebody"}', True),
        (b'{"logger":"NoBody"}', False),
        (b'{"Logger":"nobody"}', True),
        (b'{"logger":"n\\u006Fbody"}', False),
        (b'{"logger":"\\u004eobody"}', False),
        (b'{"logger":"n\\u00e9"}', True),
    ],
)
def test_a_payload_without_the_key_or_the_value_is_ruled_out(
    payload: bytes, ruled_out: bool
) -> None:
    assert signs_of(("logger",), Pattern(("nobody",))).are_in(payload) is not ruled_out


def test_a_number_can_be_written_in_many_ways_and_rules_nothing_out() -> None:
    assert signs_of(("n",), Pattern(("1000.0",))).are_in(b'{"n":1e3}')


def test_only_what_is_compared_of_a_long_value_has_to_be_there() -> None:
    search = Pattern(("x" * 250,))
    assert signs_of(("logger",), search).are_in(b'{"logger":"%b"}' % (b"x" * 200 + b"y"))


def test_a_place_in_a_list_is_no_key() -> None:
    assert signs_of(("values", "0"), Pattern(("x",))).are_in(b'{"values":["x"]}')
