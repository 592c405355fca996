"""Regular expressions that come over HTTP: those that can take for ever are refused.

Rule: a search holds the whole server, so a repeat without an end does not stand within another;
in tests, where only the test itself waits, every pattern is allowed.
May import: web.parameters.
"""

from __future__ import annotations

import re
from re import _constants as words
from re import _parser as parser
from typing import Any, Final

from fake_relay.web import parameters

MAX_PATTERN: Final = 1000
"""Characters of a pattern; a long one takes megabytes to compile."""
MANY: Final = 100
"""Times from which on a repeat counts as one without an end."""

_REPEATS: Final = (words.MAX_REPEAT, words.MIN_REPEAT)


def check_patterns(body: Any) -> None:
    """Raise a 400 for the first pattern in an expectation that is not to be had over HTTP."""
    waiting = [body]
    while waiting:
        value = waiting.pop()
        if isinstance(value, list):
            waiting += value
        elif isinstance(value, dict):
            waiting += value.values()
            for key, pattern in value.items():
                if isinstance(pattern, str) and key.rpartition("__")[2] == "regex":
                    _check(key, pattern)


def _check(key: str, pattern: str) -> None:
    if len(pattern) > MAX_PATTERN:
        raise parameters.bad(
            f"{key}: a pattern of {len(pattern)} characters; at most {MAX_PATTERN} over HTTP"
        )
    try:
        tree = parser.parse(pattern)
    except (re.error, RecursionError, OverflowError):
        # Whoever reads the expectation says what is wrong with it.
        return
    if nests_repeats(tree):
        raise parameters.bad(
            f"{key}: {pattern!r:.80} has a repeat within a repeat, which can take for ever; make"
            " the inner one possessive (`++`, `*+`)"
        )


def nests_repeats(tree: Any, *, repeated: bool = False) -> bool:
    """Whether a parsed pattern has a repeat without an end within another one."""
    for operation, argument in tree:
        inside = repeated
        if operation in _REPEATS and argument[1] >= MANY:
            if repeated:
                return True
            inside = True
        if any(nests_repeats(part, repeated=inside) for part in _parts(argument)):
            return True
    return False


def _parts(argument: Any) -> list[Any]:
    """The patterns within an operation's argument."""
    if isinstance(argument, parser.SubPattern):
        return [argument]
    if isinstance(argument, list | tuple):
        return [part for each in argument for part in _parts(each)]
    return []
