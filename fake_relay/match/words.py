"""The words that make matchers: `contains("card") & ~startswith("test")`.

May import: match.matchers, errors.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from fake_relay.match.matchers import (
    Elements,
    Equals,
    Exactly,
    InstanceOf,
    Matcher,
    Satisfies,
    as_matcher,
    operation,
)


def equals(expected: Any) -> Matcher:
    """Equal; a mapping may have more keys than were asked for."""
    return Equals(expected)


def exactly(expected: Any) -> Matcher:
    """Equal, with no key more."""
    return Exactly(expected)


def contains(operand: Any) -> Matcher:
    """A string with this part, a list with this element, a mapping with this key."""
    return operation("contains", operand)


def icontains(operand: str) -> Matcher:
    """A string with this part, whatever the case."""
    return operation("icontains", operand)


def regex(pattern: str | bytes | re.Pattern[Any]) -> Matcher:
    """A string in which the pattern is found."""
    return operation("regex", pattern)


def startswith(prefix: str | bytes) -> Matcher:
    """A string that starts so."""
    return operation("startswith", prefix)


def endswith(suffix: str | bytes) -> Matcher:
    """A string that ends so."""
    return operation("endswith", suffix)


def one_of(*values: Any) -> Matcher:
    """One of these values (or matchers)."""
    return operation("in", values)


def gt(operand: float | str) -> Matcher:
    """Greater than a number, or later than a string in its order."""
    return operation("gt", operand)


def gte(operand: float | str) -> Matcher:
    """Greater or equal."""
    return operation("gte", operand)


def lt(operand: float | str) -> Matcher:
    """Less."""
    return operation("lt", operand)


def lte(operand: float | str) -> Matcher:
    """Less or equal."""
    return operation("lte", operand)


def any_element(value: Any) -> Matcher:
    """A list with at least one element that matches."""
    return Elements(as_matcher(value), every=False)


def every_element(value: Any) -> Matcher:
    """A list all of whose elements match."""
    return Elements(as_matcher(value), every=True)


def satisfies(function: Callable[[Any], Any]) -> Matcher:
    """A value for which the function gives something true."""
    return Satisfies(function)


def instance_of(kind: type) -> Matcher:
    """A value of this type, as JSON decodes."""
    return InstanceOf(kind)
