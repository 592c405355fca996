"""Globs match whole texts, in any case, and in a time that does not explode."""

from __future__ import annotations

import pytest

from fake_relay.pipeline.filters.glob import Globs, expand


@pytest.mark.parametrize(
    ("pattern", "text", "matches"),
    [
        ("*", "", True),
        ("*", "any\nthing", True),
        ("a?c", "abc", True),
        ("a?c", "ac", False),
        ("[ab]x", "bx", True),
        ("[!ab]x", "bx", False),
        ("[!ab]x", "cx", True),
        ("{ab,cd}*", "cde", True),
        ("{ab,cd}*", "bcd", False),
        ("{a,b}{1,2}", "b1", True),
        ("{a,{b,c}}", "c", True),
        (r"\*", "*", True),
        (r"\*", "x", False),
        (r"\{a,b}", "{a,b}", True),
        (r"\[a]", "[a]", True),
        (r"\!", "!", True),
        ("A.B", "a.b", True),
        ("a.b", "axb", False),
        ("", "", True),
        ("", "x", False),
        ("{", "{", True),
        ("[", "[", True),
    ],
)
def test_a_pattern_matches(pattern: str, text: str, matches: bool) -> None:
    assert Globs([pattern])(text) is matches


def test_no_patterns_match_nothing() -> None:
    assert not Globs([])("")


def test_many_stars_do_not_make_a_long_text_slow() -> None:
    """Each star is settled once; a naive translation would take longer than anybody waits."""
    assert not Globs(["*a" * 30 + "*b"])("a" * 100_000)


def test_a_pattern_stands_for_a_bounded_number() -> None:
    assert expand("{a,b}{c,d}") == ["ac", "ad", "bc", "bd"]
    with pytest.raises(ValueError, match="more than 1000"):
        expand("{a,b}" * 30)
