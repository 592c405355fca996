"""The expressions of the search language, and how each judges a document.

Rule: an expression is a frozen value; `sql.py` says the same of a row that `matches` says
of a document.
May import: records, items, query.document, query.signs, query.text.
"""

from __future__ import annotations

import operator
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from fake_relay.items.facts import MAX_TERM, text_of
from fake_relay.query.document import Document, Expression
from fake_relay.query.signs import INDEX, Signs, signs_of
from fake_relay.query.text import Pattern, Phrase

Comparison = Literal["<", "<=", ">", ">=", "="]
TextColumn = Literal["project", "type", "title", "outcome", "public_key"]
NumberColumn = Literal[
    "id", "envelope_id", "count", "size", "duration", "timestamp", "received_at", "spotlight"
]
IdColumn = Literal["event_id", "trace_id"]

COMPARE: Final = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "=": operator.eq,
}
EXACT_COLUMNS: Final = frozenset({"project", "type"})


@dataclass(frozen=True, slots=True)
class And:
    """All parts hold; without parts, everything is found."""

    parts: tuple[Expression, ...]

    def matches(self, document: Document) -> bool:
        """Whether all parts match."""
        return all(part.matches(document) for part in self.parts)


@dataclass(frozen=True, slots=True)
class Or:
    """One of the parts holds; without parts, nothing is found."""

    parts: tuple[Expression, ...]

    def matches(self, document: Document) -> bool:
        """Whether a part matches."""
        return any(part.matches(document) for part in self.parts)


@dataclass(frozen=True, slots=True)
class Not:
    """The part does not hold."""

    part: Expression

    def matches(self, document: Document) -> bool:
        """Whether the part does not match."""
        return not self.part.matches(document)


@dataclass(frozen=True, slots=True)
class HasTerm:
    """One of the item's terms has this value; any value, without a pattern."""

    name: str
    pattern: Pattern | None = None

    def matches(self, document: Document) -> bool:
        """Whether a value of that term matches."""
        values = document.facts.values(self.name)
        if self.pattern is None:
            return bool(values)
        pattern = self.pattern.cut(MAX_TERM)
        return any(pattern.matches(value) for value in values)


@dataclass(frozen=True, slots=True)
class TextIs:
    """A text of the item itself; `project` and `type` compare exactly."""

    column: TextColumn
    pattern: Pattern

    def matches(self, document: Document) -> bool:
        """Whether that text matches."""
        value: str = getattr(document.item, self.column)
        if self.pattern.exact is not None and self.column in EXACT_COLUMNS:
            return value == self.pattern.exact
        return self.pattern.matches(value)


@dataclass(frozen=True, slots=True)
class IdIs:
    """The event or trace id, of 32 hex digits; without an id, that there is one."""

    column: IdColumn
    value: Pattern | None = None

    def matches(self, document: Document) -> bool:
        """Whether the item has that id."""
        found: str = getattr(document.item, self.column)
        return bool(found) and (self.value is None or self.value.matches(found))


@dataclass(frozen=True, slots=True)
class NumberIs:
    """A number of the item compares; milliseconds, bytes or seconds since 1970."""

    column: NumberColumn
    comparison: Comparison
    bound: float

    def matches(self, document: Document) -> bool:
        """Whether the item has that number and it compares."""
        value = getattr(document.item, self.column)
        return value is not None and bool(COMPARE[self.comparison](value, self.bound))


@dataclass(frozen=True, slots=True)
class NumberKnown:
    """The item has that number at all."""

    column: NumberColumn

    def matches(self, document: Document) -> bool:
        """Whether there is a number."""
        return getattr(document.item, self.column) is not None


@dataclass(frozen=True, slots=True)
class Says:
    """The item's text holds a word or a phrase."""

    phrase: Phrase

    def matches(self, document: Document) -> bool:
        """Whether the phrase is in the text."""
        return self.phrase.matches(document.facts.text)


@dataclass(frozen=True, slots=True)
class TermCompares:
    """A value of a term is a number, and it compares."""

    name: str
    comparison: Comparison
    bound: float

    def matches(self, document: Document) -> bool:
        """Whether a value of that term compares."""
        return _any_compares(document.facts.values(self.name), self.comparison, self.bound)


@dataclass(frozen=True, slots=True)
class PathIs:
    """A value in the payload's JSON, found by its path, matches; any value but null, without one.

    A list on the way stands for all its elements, or with a number for one of them.
    """

    path: tuple[str, ...]
    pattern: Pattern | None = None
    _signs: Signs = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_signs", signs_of(self.path, self.pattern))

    def matches(self, document: Document) -> bool:
        """Whether a value at the path matches."""
        if not document.may_have(self._signs):
            return False
        found = at_path(document.load(), self.path)
        if self.pattern is None:
            return any(value is not None for value in found)
        pattern = self.pattern.cut(MAX_TERM)
        return any(pattern.matches(text[:MAX_TERM]) for text in map(text_of, found) if text)


@dataclass(frozen=True, slots=True)
class PathCompares:
    """A value in the payload's JSON is a number, or text that is one, and compares."""

    path: tuple[str, ...]
    comparison: Comparison
    bound: float
    _signs: Signs = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_signs", signs_of(self.path, None))

    def matches(self, document: Document) -> bool:
        """Whether a number at the path compares."""
        if not document.may_have(self._signs):
            return False
        found = map(text_of, at_path(document.load(), self.path))
        return _any_compares(found, self.comparison, self.bound)


@dataclass(frozen=True, slots=True)
class Told:
    """What the store has judged already, by its place in `Document.told`."""

    place: int

    def matches(self, document: Document) -> bool:
        """Whether the store has found it so."""
        return bool(document.told[self.place])


def at_path(value: Any, path: tuple[str, ...]) -> list[Any]:
    """The values at a path of decoded JSON; a final list gives its elements."""
    found = [value]
    for segment in path:
        found = [after for before in found for after in _step(before, segment)]
    return _elements(found)


def _step(value: Any, segment: str) -> list[Any]:
    if isinstance(value, list) and INDEX.fullmatch(segment):
        return value[int(segment) :][:1]
    return [
        element[segment]
        for element in _elements([value])
        if isinstance(element, dict) and segment in element
    ]


def _elements(values: list[Any]) -> list[Any]:
    # Without recursion: lists can be nested as deep as the JSON decoder allows.
    found, waiting = [], values[::-1]
    while waiting:
        value = waiting.pop()
        if isinstance(value, list):
            waiting += reversed(value)
        else:
            found.append(value)
    return found


def _any_compares(values: Iterable[str], comparison: Comparison, bound: float) -> bool:
    compare = COMPARE[comparison]
    return any(number is not None and compare(number, bound) for number in map(_float, values))


def _float(text: str) -> float | None:
    try:
        return float(text) if text.isascii() else None
    except ValueError:
        return None


EVERYTHING: Final = And(())
NOTHING: Final = Or(())


def combine(*expressions: Expression) -> Expression:
    """The search that finds what all of these find; without any, everything."""
    parts: list[Expression] = []
    for expression in expressions:
        parts += expression.parts if isinstance(expression, And) else (expression,)
    return parts[0] if len(parts) == 1 else And(tuple(parts))


def any_of(*expressions: Expression) -> Expression:
    """The search that finds what one of these finds; without any, nothing."""
    parts: list[Expression] = []
    for expression in expressions:
        parts += expression.parts if isinstance(expression, Or) else (expression,)
    return parts[0] if len(parts) == 1 else Or(tuple(parts))
