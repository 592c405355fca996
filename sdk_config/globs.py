"""Patterns in which `*` stands for anything, line ends included, and every other sign for itself.

Rule: a match takes time that grows with the text alone, whatever the pattern: both may come from
outside. Nothing raises for a string.
May import: the standard library.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

ANY = "*"


def matches(pattern: str, text: str) -> bool:
    """Whether the whole text is as the pattern says."""
    first, middle, last = _split(pattern)
    if last is None:
        return text == first
    if not text.startswith(first) or not text.endswith(last):
        return False
    at = len(first)
    for part in middle:
        at = text.find(part, at)
        if at < 0:
            return False
        at += len(part)
    return len(text) - at >= len(last)


@lru_cache(maxsize=1024)
def _split(pattern: str) -> tuple[str, tuple[str, ...], str | None]:
    """What a text begins with, holds in this order, and ends with; None where it is all of it."""
    first, *rest = pattern.split(ANY)
    return (first, tuple(rest[:-1]), rest[-1]) if rest else (first, (), None)


def matches_any(patterns: Iterable[str], texts: Iterable[str]) -> bool:
    """Whether one of the texts is as one of the patterns says."""
    listed = tuple(texts)
    for pattern in patterns:
        for text in listed:
            if matches(pattern, text):
                return True
    return False
