"""What the containers of logs, metrics and spans share: attributes, and reading by column.

May import: items.facts, items.required, msgspec.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import msgspec

from fake_relay.items.facts import LATEST, Scalar, Term, terms, text_of
from fake_relay.items.required import moment


class Attribute(msgspec.Struct, frozen=True, gc=False):
    """A typed attribute; its type is not indexed."""

    value: Scalar = None


class Attributes(msgspec.Struct, frozen=True, gc=False):
    """The attributes that SDKs put on every record and that searches ask for."""

    release: Attribute | None = msgspec.field(name="sentry.release", default=None)
    environment: Attribute | None = msgspec.field(name="sentry.environment", default=None)
    sdk: Attribute | None = msgspec.field(name="sentry.sdk.name", default=None)
    user_id: Attribute | None = msgspec.field(name="user.id", default=None)
    user_email: Attribute | None = msgspec.field(name="user.email", default=None)


_NAMES = (
    ("release", "release"),
    ("environment", "environment"),
    ("sdk.name", "sdk"),
    ("user.id", "user_id"),
    ("user.email", "user_email"),
)


def attribute_terms(rows: Sequence[Attributes | None]) -> list[Term]:
    """Release, environment, SDK and user of all records, each value once."""
    # Comparing with the row before is cheap; nearly always one row remains of a hundred.
    rows = [row for row, before in zip(rows, (None, *rows), strict=False) if row != before]
    found = [
        (name, attribute.value)
        for name, field in _NAMES
        for row in rows
        if row is not None
        if (attribute := getattr(row, field)) is not None
    ]
    return list(dict.fromkeys(terms(found)))


def distinct(values: Sequence[Any]) -> list[str]:
    """The texts of a column, each once, in order of appearance."""
    texts = [text_of(value) for value in dict.fromkeys(values)]
    return [text for text in texts if text]


class Span(NamedTuple):
    """The first and the last of a column of times, in seconds since 1970.

    `complete` tells that all of the column are times.
    """

    earliest: float | None
    latest: float | None
    complete: bool


def span_of(values: Sequence[Any]) -> Span:
    """The first and the last of a column of times."""
    if set(map(type, values)) == {float}:
        first, last = min(values), max(values)
        if first > -LATEST and last < LATEST:
            return Span(first, last, True)
    moments = [found for value in values if (found := moment(value)) is not None]
    whole = len(moments) == len(values)
    return Span(min(moments, default=None), max(moments, default=None), whole)


def texts(values: Sequence[Any]) -> list[str]:
    """A column of texts, one for each record."""
    if set(map(type, values)) == {str}:
        return list(values)
    return [text_of(value) for value in values]


def count_problem(items: Sequence[Any] | None) -> str:
    """Why Relay would refuse a container without records; empty when it would not."""
    return "the container has no array `items`" if items is None else ""
