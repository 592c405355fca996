"""Globs as Relay matches them: `*`, `?`, `[abc]`, `[!abc]`, `{a,b}`, and a backslash before one.

Rule: a pattern matches a whole text in any case, and `*` spans everything, line ends included.
May import: the standard library.
"""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Iterable
from typing import Final

MAX_ALTERNATIVES: Final = 1000

_BRACES = re.compile(r"(?<!\\)\{([^{}]*)\}")
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
_NEVER = re.compile(r"(?!)")


class Globs:
    """Some patterns; a text matches when one of them does."""

    def __init__(self, patterns: Iterable[str]) -> None:
        expanded = [part for pattern in patterns for part in expand(pattern)]
        self._matches = (
            re.compile("|".join(map(_translate, expanded)), re.IGNORECASE) if expanded else _NEVER
        ).match

    def __call__(self, text: str) -> bool:
        """Whether the text matches one of the patterns."""
        return self._matches(text) is not None


def expand(pattern: str) -> list[str]:
    """The patterns that one with `{a,b}` stands for; raises ValueError for far too many."""
    done, waiting = [], [pattern]
    while waiting:
        part = waiting.pop(0)
        if braces := _BRACES.search(part):
            head, tail = part[: braces.start()], part[braces.end() :]
            waiting += [head + choice + tail for choice in braces[1].split(",")]
        else:
            done.append(part)
        if len(done) + len(waiting) > MAX_ALTERNATIVES:
            raise ValueError(f"{pattern!r:.80} stands for more than {MAX_ALTERNATIVES} patterns")
    return done


def _translate(pattern: str) -> str:
    # Each `*` becomes an atomic group there, so that no text makes the match slow.
    return fnmatch.translate(_ESCAPE.sub(_literal, pattern))


def _literal(escaped: re.Match[str]) -> str:
    """How the standard library spells an escaped character: a class of one, if it is special."""
    return f"[{escaped[1]}]" if escaped[1] in "*?[" else escaped[1]
