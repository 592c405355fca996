"""What the containers of logs, metrics and spans share: attributes, and reading by column.

May import: items.facts, msgspec.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from fake_relay.items.facts import LATEST, Scalar, Term, terms, text_of, timestamp


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


def latest(values: Sequence[Any]) -> float | None:
    """The latest of a column of times, in seconds since 1970."""
    if set(map(type, values)) == {float}:
        found = max(values)
        if min(values) > -LATEST and found < LATEST:
            return float(found)
    moments = [moment for value in values if (moment := timestamp(value)) is not None]
    return max(moments, default=None)


def texts(values: Sequence[Any]) -> list[str]:
    """A column of texts, one for each record."""
    if set(map(type, values)) == {str}:
        return list(values)
    return [text_of(value) for value in values]


def count_problem(items: Sequence[Any] | None) -> str:
    """Why Relay would refuse a container without records; empty when it would not."""
    return "the container has no array `items`" if items is None else ""
