"""A table of settings as its record: what is wrong is named by its key.

May import: errors, msgspec.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from typing import Any, TypeVar, get_args, get_type_hints

import msgspec

from fake_relay.errors import ConfigError

Record = TypeVar("Record")


def converted(data: Any, record: type[Record], at: str) -> Record:
    """A table as a settings record; raises `ConfigError` for a wrong key or type."""
    for key, known in unknown_keys(data, record, at):
        raise ConfigError(f"unknown key {key!r}; known here: {', '.join(known)}")
    try:
        return msgspec.convert(data, record)
    except msgspec.ValidationError as error:
        what, _, where = str(error).partition(" - at ")
        key = at + where.strip("`").removeprefix("$").removeprefix(".")
        raise ConfigError(f"key {key.rstrip('.')!r}: {what[:1].lower()}{what[1:]}") from None


def unknown_keys(data: Any, record: type, at: str) -> Iterator[tuple[str, list[str]]]:
    """Keys of a table that its record does not have, with those that it has."""
    if not isinstance(data, Mapping):
        return
    hints = get_type_hints(record)
    for key, value in data.items():
        if key not in hints:
            yield at + key, sorted(hints)
            continue
        for record_within in _records(hints[key]):
            yield from _unknown_within(value, record_within, at + key)


def _records(hint: Any) -> Iterator[type]:
    """The settings records that a field's type has room for."""
    if isinstance(hint, type) and dataclasses.is_dataclass(hint):
        yield hint
    for inner in get_args(hint):
        yield from _records(inner)


def _unknown_within(value: Any, record: type, key: str) -> Iterator[tuple[str, list[str]]]:
    if not isinstance(value, list):
        yield from unknown_keys(value, record, f"{key}.")
        return
    for position, entry in enumerate(value):
        yield from unknown_keys(entry, record, f"{key}[{position}].")
