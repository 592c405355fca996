"""The records of a container: logs, metrics, spans, as rows of a table.

May import: shown.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from fake_relay.shown.text import mapping, seconds, sequence, word
from fake_relay.shown.trace import said

MOST: Final = 500
STANDARD: Final = ("sentry.", "code.", "process.", "server.", "thread.", "logger.")
"""Attributes that SDKs add to each record by themselves."""


@dataclass(frozen=True, slots=True)
class Record:
    """A record: when, how grave, what, and its attributes, the application's own first."""

    moment: float | None
    level: str
    text: str
    own: list[tuple[str, Any]]
    standard: list[tuple[str, Any]]


def records(value: Mapping[str, Any]) -> list[Record]:
    """The records of a container, none for an item that is none."""
    return [record_of(mapping(entry)) for entry in sequence(value.get("items"))[:MOST]]


def record_of(fields: Mapping[str, Any]) -> Record:
    """One record."""
    attributes = [(key, plain(entry)) for key, entry in mapping(fields.get("attributes")).items()]
    return Record(
        seconds(fields.get("timestamp") or fields.get("start_timestamp")),
        word(fields.get("level")) or word(fields.get("type")),
        said(fields),
        [pair for pair in attributes if not pair[0].startswith(STANDARD)],
        [pair for pair in attributes if pair[0].startswith(STANDARD)],
    )


def plain(entry: Any) -> Any:
    """An attribute's value without the type that stands beside it."""
    return entry["value"] if isinstance(entry, Mapping) and "value" in entry else entry
