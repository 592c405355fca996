"""Lookups: `message__contains="card"` names a field, a path below it, and a test.

Rule: a lookup written as keywords and one read from JSON are the same value.
May import: match.matchers, errors.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from fake_relay.errors import ConfigError
from fake_relay.match.matchers import (
    ABSENT_VALUE,
    OPERATIONS,
    Both,
    Candidates,
    Equals,
    Matcher,
    Mismatch,
    Not,
    Operation,
    Presence,
    as_matcher,
    operation,
)

SEPARATOR = "__"

Read = Callable[[str], Any]
"""Gives the value of a field by its name, or `ABSENT_VALUE`."""


@dataclass(frozen=True, slots=True)
class Lookup:
    """A field's name, the path below it, and what must match there."""

    field: str
    path: tuple[str, ...]
    matcher: Matcher

    @classmethod
    def parse(cls, key: str, value: Any) -> Lookup:
        """Read `field[__path…][__not][__operation]`; raises `ConfigError`."""
        parts = key.split(SEPARATOR)
        name = parts.pop() if len(parts) > 1 and parts[-1] in _SUFFIXES else ""
        negated = name == "not"
        if not negated and len(parts) > 1 and parts[-1] == "not":
            parts.pop()
            negated = True
        if not all(parts):
            raise ConfigError(
                f"{key!r} is no lookup; write field__operation, such as name__contains"
            )
        matcher = _made(key, name, value)
        return cls(parts[0], tuple(parts[1:]), ~matcher if negated else matcher)

    @property
    def name(self) -> str:
        """Field and path, as a reader writes them: `contexts.runtime.name`."""
        return ".".join((self.field, *self.path))

    def describe(self) -> str:
        """What is wanted of which field, in words."""
        return f"{self.name} {self.matcher.describe()}"

    def explain(self, value: Any) -> tuple[Mismatch, ...]:
        """Say what differs below the field's value; empty when it matches."""
        return self.matcher.explain(walk(value, self.path))

    def to_json(self) -> dict[str, Any]:
        """The lookup as JSON keys and values; raises `ConfigError` for what has no JSON form."""
        return dict(_to_json(SEPARATOR.join((self.field, *self.path)), self.matcher))


_SUFFIXES = frozenset({*OPERATIONS, "exists", "not"})


def _made(key: str, name: str, value: Any) -> Matcher:
    if name in ("", "not"):
        return as_matcher(value)
    if name == "exists":
        if not isinstance(value, bool):
            raise ConfigError(f"{key} needs true or false, not {value!r}")
        return Presence(value)
    try:
        return operation(name, value)
    except ConfigError as error:
        raise ConfigError(f"{key}: {error}") from None


def walk(value: Any, path: Iterable[str]) -> Any:
    """The value at a path; a key asked of a list is asked of each of its elements."""
    for key in path:
        value = _step(value, key)
    return value


def _step(value: Any, key: str) -> Any:
    if isinstance(value, Mapping):
        return value.get(key, ABSENT_VALUE)
    if isinstance(value, list | tuple) and re.fullmatch("-?[0-9]{1,9}", key):
        index = int(key)
        return value[index] if -len(value) <= index < len(value) else ABSENT_VALUE
    if isinstance(value, Candidates):
        value = value.values
    if isinstance(value, list | tuple):
        found = [_step(element, key) for element in value]
        flat = [
            inner
            for outer in found
            for inner in (outer.values if isinstance(outer, Candidates) else (outer,))
        ]
        return Candidates(tuple(inner for inner in flat if inner is not ABSENT_VALUE))
    return ABSENT_VALUE


def _to_json(key: str, matcher: Matcher) -> list[tuple[str, Any]]:
    if isinstance(matcher, Both):
        left, right = _to_json(key, matcher.left), _to_json(key, matcher.right)
        if {name for name, _ in left} & {name for name, _ in right}:
            raise ConfigError(f"{key}: two tests of one kind have no JSON form together")
        return left + right
    if isinstance(matcher, Presence):
        return [(f"{key}{SEPARATOR}exists", matcher.wanted)]
    if isinstance(matcher, Operation):
        operand = matcher.operand
        if isinstance(operand, re.Pattern):
            operand = _inline(operand)
        return [(f"{key}{SEPARATOR}{matcher.name}", _plain(key, operand))]
    if isinstance(matcher, Equals):
        return [(_whole(key), _plain(key, matcher.expected))]
    if isinstance(matcher, Not):
        (name, value), *others = _to_json(f"{key}{SEPARATOR}not", matcher.inner)
        if not others:
            return [(name, value)]
    raise ConfigError(f"{key}: {matcher!r} has no JSON form")


_FLAGS = {"a": re.ASCII, "i": re.IGNORECASE, "m": re.MULTILINE, "s": re.DOTALL, "x": re.VERBOSE}


def _inline(pattern: re.Pattern[Any]) -> Any:
    """The pattern's text with the flags that it was compiled with."""
    letters = "".join(letter for letter, flag in _FLAGS.items() if pattern.flags & flag)
    # A flag that the text sets itself would be refused inside of a group.
    if not letters or not isinstance(pattern.pattern, str) or pattern.pattern.startswith("(?"):
        return pattern.pattern
    return f"(?{letters}:{pattern.pattern})"


def _whole(key: str) -> str:
    if key.rpartition(SEPARATOR)[2] in _SUFFIXES - {"not"}:
        raise ConfigError(f"{key} would be read as an operation; ask for it in a mapping")
    return key


def _plain(key: str, value: Any) -> Any:
    if value is None or isinstance(value, str | bool | int | float):
        return value
    if isinstance(value, Mapping) and all(isinstance(name, str) for name in value):
        return {name: _plain(key, inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(key, inner) for inner in value]
    raise ConfigError(f"{key}: {value!r} has no JSON form")


@dataclass(frozen=True, slots=True, repr=False)
class Fields(Matcher):
    """Several lookups, all of which must match; over a mapping, or over a subject's fields."""

    lookups: tuple[Lookup, ...]

    def explain_fields(self, read: Read) -> tuple[tuple[Lookup, tuple[Mismatch, ...]], ...]:
        """Each lookup that does not match, with its differences."""
        found = ((lookup, lookup.explain(read(lookup.field))) for lookup in self.lookups)
        return tuple((lookup, differences) for lookup, differences in found if differences)

    def describe(self) -> str:
        return ", ".join(lookup.describe() for lookup in self.lookups)

    def _explain(self, value: Any) -> tuple[Mismatch, ...]:
        if not isinstance(value, Mapping):
            return (Mismatch((), f"has {self.describe()}", value),)
        return tuple(
            Mismatch((lookup.field, *lookup.path, *difference.path), *_rest(difference))
            for lookup, differences in self.explain_fields(
                lambda name: value.get(name, ABSENT_VALUE)
            )
            for difference in differences
        )

    def __repr__(self) -> str:
        return f"fields({self.describe()})"


def _rest(difference: Mismatch) -> tuple[str, Any]:
    return difference.expected, difference.actual


def fields(**lookups: Any) -> Fields:
    """A mapping whose fields match: `fields(op="db", description__contains="SELECT")`."""
    return Fields(tuple(Lookup.parse(key, value) for key, value in lookups.items()))
