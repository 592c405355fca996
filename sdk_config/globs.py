"""Patterns in which `*` stands for anything, line ends included, and every other sign for itself.

Rule: a match takes time that grows with the text alone, whatever the pattern: both may come from
outside. Nothing raises for a string.
May import: the standard library.
"""

from __future__ import annotations

from collections.abc import Iterable

ANY = "*"


def matches(pattern: str, text: str) -> bool:
    """Whether the whole text is as the pattern says."""
    first, *rest = pattern.split(ANY)
    if not rest:
        return text == first
    if not text.startswith(first):
        return False
    *middle, last = rest
    at = len(first)
    for part in middle:
        at = text.find(part, at)
        if at < 0:
            return False
        at += len(part)
    return len(text) - at >= len(last) and text.endswith(last)


def matches_any(patterns: Iterable[str], texts: Iterable[str]) -> bool:
    """Whether one of the texts is as one of the patterns says."""
    listed = tuple(texts)
    return any(matches(pattern, text) for pattern in patterns for text in listed)
