"""Matchers and how they combine: `&`, `|`, `~`, and what differs when they do not match.

Rule: `explain` is the only judgement; `matches` is "nothing to explain".
May import: errors.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from fake_relay.errors import ConfigError


class _AbsentValue:
    """What a matcher is given where there is nothing to look at."""

    def __repr__(self) -> str:
        return "nothing"


ABSENT_VALUE: Final = _AbsentValue()


@dataclass(frozen=True, slots=True)
class Candidates:
    """Several values in one place, any of which may be meant: the exceptions of a chain."""

    values: tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Mismatch:
    """One difference: where (keys and indexes below the field), what was wanted, what was there."""

    path: tuple[str | int, ...]
    expected: str
    actual: Any

    def below(self, key: str | int) -> Mismatch:
        """The same difference, seen from one level up."""
        return Mismatch((key, *self.path), self.expected, self.actual)


class Matcher:
    """A test of one value; subclasses are frozen."""

    __slots__ = ()

    def explain(self, value: Any) -> tuple[Mismatch, ...]:
        """Say what differs; empty when the value matches."""
        if isinstance(value, Candidates):
            return self._explain_candidates(value)
        return self._explain(value)

    def matches(self, value: Any) -> bool:
        """Whether the value matches; raises what a caller's own function raises."""
        return not self.explain(value)

    def describe(self) -> str:
        """What is wanted, as a reader says it: `contains 'card'`."""
        raise NotImplementedError

    def _explain(self, value: Any) -> tuple[Mismatch, ...]:
        raise NotImplementedError

    def _explain_candidates(self, candidates: Candidates) -> tuple[Mismatch, ...]:
        if not candidates.values:
            return self._explain(ABSENT_VALUE)
        found: tuple[Mismatch, ...] = ()
        for value in candidates.values:
            found = self._explain(value)
            if not found:
                return ()
        if len(candidates.values) == 1:
            return found
        return (Mismatch((), self.describe(), Candidates(candidates.values)),)

    def __and__(self, other: Any) -> Matcher:
        return Both(self, as_matcher(other))

    def __or__(self, other: Any) -> Matcher:
        return Either(self, as_matcher(other))

    def __invert__(self) -> Matcher:
        return Not(self)


@dataclass(frozen=True, slots=True, repr=False)
class Both(Matcher):
    """Each of two matchers must match; among several candidates each may choose its own."""

    left: Matcher
    right: Matcher

    def explain(self, value: Any) -> tuple[Mismatch, ...]:
        return self.left.explain(value) + self.right.explain(value)

    def describe(self) -> str:
        return f"{self.left.describe()} and {self.right.describe()}"

    def __repr__(self) -> str:
        return f"({self.left!r} & {self.right!r})"


@dataclass(frozen=True, slots=True, repr=False)
class Either(Matcher):
    """One of two matchers must match."""

    left: Matcher
    right: Matcher

    def explain(self, value: Any) -> tuple[Mismatch, ...]:
        if not self.left.explain(value) or not self.right.explain(value):
            return ()
        return (Mismatch((), self.describe(), value),)

    def describe(self) -> str:
        return f"{self.left.describe()} or {self.right.describe()}"

    def __repr__(self) -> str:
        return f"({self.left!r} | {self.right!r})"


@dataclass(frozen=True, slots=True, repr=False)
class Not(Matcher):
    """A matcher must not match; among several candidates none may."""

    inner: Matcher

    def explain(self, value: Any) -> tuple[Mismatch, ...]:
        return () if self.inner.explain(value) else (Mismatch((), self.describe(), value),)

    def describe(self) -> str:
        return f"not ({self.inner.describe()})"

    def __invert__(self) -> Matcher:
        return self.inner

    def __repr__(self) -> str:
        return f"~{self.inner!r}"


@dataclass(frozen=True, slots=True, repr=False)
class Equals(Matcher):
    """Equal; a mapping asks for these keys and lets others be, a list is compared as a whole.

    Values inside may be matchers, patterns, functions, or anything with an `__eq__` of its
    own. None is also met by a value that is not there.
    """

    expected: Any

    def _explain(self, value: Any) -> tuple[Mismatch, ...]:
        return tuple(_differences(self.expected, value))

    def describe(self) -> str:
        return f"= {self.expected!r}"

    def __repr__(self) -> str:
        return f"equals({self.expected!r})"


@dataclass(frozen=True, slots=True, repr=False)
class Exactly(Matcher):
    """Equal with no key more or less, at every depth."""

    expected: Any

    def _explain(self, value: Any) -> tuple[Mismatch, ...]:
        same = type(value) is type(self.expected) and bool(self.expected == value)
        return () if same else (Mismatch((), self.describe(), value),)

    def describe(self) -> str:
        return f"= exactly {self.expected!r}"

    def __repr__(self) -> str:
        return f"exactly({self.expected!r})"


@dataclass(frozen=True, slots=True, repr=False)
class Presence(Matcher):
    """Whether there is a value; null counts as none."""

    wanted: bool

    def _explain(self, value: Any) -> tuple[Mismatch, ...]:
        there = value is not ABSENT_VALUE and value is not None
        return () if there is self.wanted else (Mismatch((), self.describe(), value),)

    def describe(self) -> str:
        return "exists" if self.wanted else "is absent"

    def __invert__(self) -> Matcher:
        return Presence(not self.wanted)

    def __repr__(self) -> str:
        return "EXISTS" if self.wanted else "ABSENT"


EXISTS: Final = Presence(wanted=True)
ABSENT: Final = Presence(wanted=False)


@dataclass(frozen=True, slots=True, repr=False)
class Operation(Matcher):
    """A named test against an operand; `OPERATIONS` has them."""

    name: str
    operand: Any

    def _explain(self, value: Any) -> tuple[Mismatch, ...]:
        there = value is not ABSENT_VALUE
        if there and OPERATIONS[self.name].test(value, self.operand):
            return ()
        return (Mismatch((), self.describe(), value),)

    def describe(self) -> str:
        return f"{OPERATIONS[self.name].words} {_shown(self.operand)}"

    def __repr__(self) -> str:
        return f"{self.name}({_shown(self.operand)})"


@dataclass(frozen=True, slots=True, repr=False)
class Satisfies(Matcher):
    """A function of the value gives something true; what it raises is raised."""

    function: Callable[[Any], Any]

    def _explain(self, value: Any) -> tuple[Mismatch, ...]:
        there = value is not ABSENT_VALUE
        return () if there and self.function(value) else (Mismatch((), self.describe(), value),)

    def describe(self) -> str:
        return f"satisfies {getattr(self.function, '__qualname__', repr(self.function))}"

    def __repr__(self) -> str:
        return f"satisfies({getattr(self.function, '__qualname__', repr(self.function))})"


@dataclass(frozen=True, slots=True, repr=False)
class InstanceOf(Matcher):
    """A value of a Python type, as JSON decodes."""

    kind: type

    def _explain(self, value: Any) -> tuple[Mismatch, ...]:
        fits = isinstance(value, self.kind) and not (
            isinstance(value, bool) and self.kind is not bool
        )
        return () if fits else (Mismatch((), self.describe(), value),)

    def describe(self) -> str:
        return f"is of type {self.kind.__name__}"

    def __repr__(self) -> str:
        return f"instance_of({self.kind.__name__})"


@dataclass(frozen=True, slots=True, repr=False)
class Elements(Matcher):
    """Any element of a list, or every one, matches."""

    inner: Matcher
    every: bool

    def _explain(self, value: Any) -> tuple[Mismatch, ...]:
        if not isinstance(value, list | tuple):
            return (Mismatch((), self.describe(), value),)
        found = [self.inner.explain(element) for element in value]
        if not self.every:
            met = any(not differences for differences in found)
            return () if met else (Mismatch((), self.describe(), value),)
        return tuple(
            difference.below(index)
            for index, differences in enumerate(found)
            for difference in differences
        )

    def describe(self) -> str:
        return f"has {'only elements' if self.every else 'an element'} {self.inner.describe()}"

    def __repr__(self) -> str:
        return f"{'every' if self.every else 'any'}_element({self.inner!r})"


def _differences(expected: Any, value: Any) -> Iterator[Mismatch]:
    if expected is None:
        if value is not None and value is not ABSENT_VALUE:
            yield Mismatch((), "= None", value)
    elif value is ABSENT_VALUE:
        matcher = as_matcher(expected)
        yield from (
            (Mismatch((), matcher.describe(), value),)
            if isinstance(matcher, Equals)
            else matcher.explain(value)
        )
    elif isinstance(expected, Mapping) and isinstance(value, Mapping):
        for key, wanted in expected.items():
            for difference in _differences(wanted, value.get(key, ABSENT_VALUE)):
                yield difference.below(str(key))
    elif isinstance(expected, list | tuple) and isinstance(value, list | tuple):
        yield from _list_differences(list(expected), list(value))
    else:
        matcher = as_matcher(expected)
        if not isinstance(matcher, Equals):
            yield from matcher.explain(value)
        elif not _same(expected, value):
            yield Mismatch((), matcher.describe(), value)


def _list_differences(expected: list[Any], value: list[Any]) -> Iterator[Mismatch]:
    if len(expected) != len(value):
        yield Mismatch((), f"= {expected!r}", value)
        return
    for index, (wanted, given) in enumerate(zip(expected, value, strict=True)):
        for difference in _differences(wanted, given):
            yield difference.below(index)


def _same(expected: Any, value: Any) -> bool:
    # JSON knows true and 1 apart, Python does not.
    if isinstance(expected, bool) is not isinstance(value, bool) and isinstance(
        expected, bool | int | float
    ):
        return False
    return bool(expected == value)


@dataclass(frozen=True, slots=True)
class OperationKind:
    """One row of the operation table: the test, its words, and what operand it takes."""

    test: Callable[[Any, Any], bool]
    words: str
    operand: Callable[[Any], Any]


def _contains(value: Any, operand: Any) -> bool:
    if isinstance(value, str):
        return isinstance(operand, str) and operand in value
    if isinstance(value, bytes):
        return isinstance(operand, bytes) and operand in value
    if isinstance(value, Mapping):
        return isinstance(operand, str) and operand in value
    return isinstance(value, list | tuple) and any(
        as_matcher(operand).matches(element) for element in value
    )


def _icontains(value: Any, operand: str) -> bool:
    if isinstance(value, list | tuple):
        return any(_icontains(element, operand) for element in value)
    return isinstance(value, str) and operand.casefold() in value.casefold()


def _search(value: Any, operand: re.Pattern[Any]) -> bool:
    return isinstance(value, type(operand.pattern)) and operand.search(value) is not None


def _is_in(value: Any, operand: tuple[Any, ...]) -> bool:
    return any(as_matcher(wanted).matches(value) for wanted in operand)


def _ordered(test: Callable[[Any, Any], bool]) -> Callable[[Any, Any], bool]:
    def compare(value: Any, operand: Any) -> bool:
        # Items of one type can differ in the type of a field; those do not compare.
        if isinstance(value, bool) or isinstance(value, str) is not isinstance(operand, str):
            return False
        return isinstance(value, int | float | str) and test(value, operand)

    return compare


def _affix(method: str) -> Callable[[Any, Any], bool]:
    def test(value: Any, operand: str | bytes) -> bool:
        return isinstance(value, type(operand)) and bool(getattr(value, method)(operand))

    return test


def _text(operand: Any) -> Any:
    if not isinstance(operand, str):
        raise ConfigError(f"needs a string, not {operand!r}")
    return operand


def _text_or_bytes(operand: Any) -> Any:
    if not isinstance(operand, str | bytes):
        raise ConfigError(f"needs a string, not {operand!r}")
    return operand


def _pattern(operand: Any) -> Any:
    if not isinstance(operand, str | bytes | re.Pattern):
        raise ConfigError(f"needs a regular expression, not {operand!r}")
    try:
        return re.compile(operand)
    except (re.error, RecursionError, OverflowError) as error:
        raise ConfigError(f"{operand!r} is not a regular expression: {error}") from error


def _orderable(operand: Any) -> Any:
    if isinstance(operand, bool) or not isinstance(operand, int | float | str):
        raise ConfigError(f"needs a number or a string, not {operand!r}")
    return operand


def _collection(operand: Any) -> Any:
    if isinstance(operand, str | bytes | Mapping) or not isinstance(operand, Collection):
        raise ConfigError(f"needs a list of values, not {operand!r}")
    return tuple(operand)


OPERATIONS: dict[str, OperationKind] = {
    "contains": OperationKind(_contains, "contains", lambda operand: operand),
    "icontains": OperationKind(_icontains, "contains, in any case,", _text),
    "regex": OperationKind(_search, "matches", _pattern),
    "startswith": OperationKind(_affix("startswith"), "starts with", _text_or_bytes),
    "endswith": OperationKind(_affix("endswith"), "ends with", _text_or_bytes),
    "in": OperationKind(_is_in, "is one of", _collection),
    "gt": OperationKind(_ordered(lambda value, operand: value > operand), ">", _orderable),
    "gte": OperationKind(_ordered(lambda value, operand: value >= operand), ">=", _orderable),
    "lt": OperationKind(_ordered(lambda value, operand: value < operand), "<", _orderable),
    "lte": OperationKind(_ordered(lambda value, operand: value <= operand), "<=", _orderable),
}


def operation(name: str, operand: Any) -> Matcher:
    """A matcher of the operation table; raises `ConfigError` for an operand it cannot take."""
    try:
        return Operation(name, OPERATIONS[name].operand(operand))
    except ConfigError as error:
        raise ConfigError(f"{name} {error}") from None


def as_matcher(value: Any) -> Matcher:
    """A value as a matcher: patterns search, functions are asked, the rest is compared."""
    if isinstance(value, Matcher):
        return value
    if isinstance(value, re.Pattern):
        return Operation("regex", value)
    if isinstance(value, type) and not _compares(value):
        return InstanceOf(value)
    if _is_function(value):
        return Satisfies(value)
    return Equals(value)


def _compares(value: Any) -> bool:
    return getattr(type(value), "__eq__", None) is not getattr(object, "__eq__", None)


def _is_function(value: Any) -> bool:
    # Objects that are both callable and comparable (mock.ANY, dirty-equals) mean to compare.
    return callable(value) and (not _compares(value) or hasattr(value, "__self__"))


def _shown(operand: Any) -> str:
    if isinstance(operand, re.Pattern):
        return f"/{operand.pattern!s}/"
    if isinstance(operand, tuple):
        return ", ".join(repr(element) for element in operand)
    return repr(operand)
