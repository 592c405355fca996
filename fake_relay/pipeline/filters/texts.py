"""Filters that match patterns: releases, error messages, names of transactions.

May import: pipeline.filters.
"""

from __future__ import annotations

from collections.abc import Iterator

from fake_relay.items.facts import text_of
from fake_relay.pipeline.filters.glob import Globs
from fake_relay.pipeline.filters.subject import Subject


def has_release(subject: Subject, patterns: Globs) -> bool:
    """Whether the release matches."""
    return bool(subject.release) and patterns(subject.release)


def has_message(subject: Subject, patterns: Globs) -> bool:
    """Whether the message, or an exception's type, value or `type: value`, matches."""
    return any(patterns(text) for text in _messages(subject))


def _messages(subject: Subject) -> Iterator[str]:
    if subject.message:
        yield subject.message
    for entry in subject.exceptions:
        kind, value = text_of(entry.get("type")), text_of(entry.get("value"))
        if kind:
            yield kind
        if value:
            yield value
        if kind and value:
            yield f"{kind}: {value}"


def is_ignored_transaction(subject: Subject, patterns: Globs) -> bool:
    """Whether it is a transaction, or a span of one, whose name matches."""
    return (
        subject.type in ("transaction", "span")
        and bool(subject.transaction)
        and patterns(subject.transaction)
    )
