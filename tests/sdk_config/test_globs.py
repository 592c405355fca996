"""Patterns: a star is anything, all else is itself, and time grows with the text alone."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sdk_config.globs import matches, matches_any


@pytest.mark.parametrize(
    ("pattern", "text", "expected"),
    [
        ("a", "a", True),
        ("a", "ab", False),
        ("a*", "a", True),
        ("*a", "bba", True),
        ("*a", "ab", False),
        ("a*a", "a", False),
        ("a*b*c", "a-b-c", True),
        ("a*b*c", "a-c-b", False),
        ("*", "", True),
        ("", "", True),
        ("", "a", False),
        ("**", "x\ny", True),
        ("[Errno 32] *", "[Errno 32] Broken pipe", True),
        ("really?", "really?", True),
        ("really?", "reallyX", False),
    ],
)
def test_a_pattern_stands_for_the_whole_text(pattern: str, text: str, expected: bool) -> None:
    assert matches(pattern, text) is expected


@given(st.text("ab*", max_size=8), st.text("ab\n", max_size=12))
def test_it_decides_as_a_regular_expression_would(pattern: str, text: str) -> None:
    usual = ".*".join(re.escape(part) for part in pattern.split("*"))

    assert matches(pattern, text) is (re.fullmatch(usual, text, re.DOTALL) is not None)


def test_a_hard_pattern_over_a_long_text_ends() -> None:
    """A regular expression would go back and forth for hours."""
    assert not matches("*a" * 30 + "b", "a" * 1_000_000)


def test_one_pattern_for_one_text_is_enough() -> None:
    assert matches_any(["x", "b*"], ["a", "bc"])
    assert not matches_any([], ["a"])
    assert not matches_any(["a"], [])
