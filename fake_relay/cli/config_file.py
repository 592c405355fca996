"""A TOML file of settings becomes a `RelayConfig`; every mistake is named with its key.

May import: config, errors, msgspec.
"""

from __future__ import annotations

import dataclasses
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, get_args, get_type_hints

import msgspec

from fake_relay.config import RelayConfig
from fake_relay.errors import ConfigError


def read_config(path: Path) -> RelayConfig:
    """Read settings from a TOML file; raises `ConfigError` with file and key."""
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(f"cannot read {str(path)!r}: {error.strerror or error}") from error
    except ValueError as error:
        raise ConfigError(f"{str(path)!r} is not TOML: {error}") from error
    for key, known in unknown_keys(data, RelayConfig):
        raise ConfigError(f"{str(path)!r}: unknown key {key!r}; known here: {', '.join(known)}")
    try:
        return msgspec.convert(data, RelayConfig)
    except msgspec.ValidationError as error:
        raise ConfigError(f"{str(path)!r}: {_named(str(error))}") from error


def unknown_keys(data: Any, record: type, at: str = "") -> Iterator[tuple[str, list[str]]]:
    """Keys of a table that its record does not have, with those that it has."""
    if not isinstance(data, Mapping):
        return
    hints = get_type_hints(record)
    for key, value in data.items():
        path = f"{at}{key}"
        if key not in hints:
            yield path, sorted(hints)
            continue
        for inner in (hints[key], *get_args(hints[key])):
            if isinstance(inner, type) and dataclasses.is_dataclass(inner):
                for position, entry in enumerate(value if isinstance(value, list) else [value]):
                    place = f"{path}[{position}]." if isinstance(value, list) else f"{path}."
                    yield from unknown_keys(entry, inner, place)


def _named(message: str) -> str:
    what, _, where = message.partition(" - at ")
    key = where.strip("`").removeprefix("$.").removeprefix("$")
    return f"key {key!r}: {what[:1].lower()}{what[1:]}" if key else what
