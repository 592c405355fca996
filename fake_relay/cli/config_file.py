"""A TOML file of settings becomes settings records; every mistake is named with its key.

The top of the file is `RelayConfig`; `[web]` is `WebConfig`, `[retention]` is `Retention`.
May import: config, store, web.settings, errors, msgspec.
"""

from __future__ import annotations

import dataclasses
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar, get_args, get_type_hints

import msgspec

from fake_relay.config import RelayConfig
from fake_relay.errors import ConfigError
from fake_relay.store.retention import Retention
from fake_relay.web.settings import WebConfig

Record = TypeVar("Record")


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that a settings file can say."""

    relay: RelayConfig = field(default_factory=RelayConfig)
    web: WebConfig = field(default_factory=WebConfig)
    retention: Retention = field(default_factory=Retention)


def read_settings(path: Path) -> Settings:
    """Read settings from a TOML file; raises `ConfigError` with file and key."""
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(f"cannot read {str(path)!r}: {error.strerror or error}") from error
    except (ValueError, RecursionError) as error:
        raise ConfigError(f"{str(path)!r} is not TOML: {error}") from error
    web, retention = data.pop("web", {}), data.pop("retention", {})
    try:
        return Settings(
            relay=converted(data, RelayConfig, ""),
            web=converted(web, WebConfig, "web."),
            retention=converted(retention, Retention, "retention."),
        )
    except ConfigError as error:
        raise ConfigError(f"{str(path)!r}: {error}") from None


def converted(data: Any, record: type[Record], at: str) -> Record:
    """A table as a settings record; raises `ConfigError` for a wrong key or type."""
    for key, known in unknown_keys(data, record, at):
        raise ConfigError(f"unknown key {key!r}; known here: {', '.join(known)}")
    try:
        return msgspec.convert(data, record)
    except msgspec.ValidationError as error:
        what, _, where = str(error).partition(" - at ")
        key = at + where.strip("`").removeprefix("$").removeprefix(".")
        raise ConfigError(f"key {key.rstrip('.')!r}: {what[:1].lower()}{what[1:]}") from error


def unknown_keys(data: Any, record: type, at: str) -> Iterator[tuple[str, list[str]]]:
    """Keys of a table that its record does not have, with those that it has."""
    if not isinstance(data, Mapping):
        return
    hints = get_type_hints(record)
    for key, value in data.items():
        if key not in hints:
            yield at + key, sorted(hints)
            continue
        for inner in (hints[key], *get_args(hints[key])):
            if isinstance(inner, type) and dataclasses.is_dataclass(inner):
                yield from _unknown_within(value, inner, at + key)


def _unknown_within(value: Any, record: type, key: str) -> Iterator[tuple[str, list[str]]]:
    if not isinstance(value, list):
        yield from unknown_keys(value, record, f"{key}.")
        return
    for position, entry in enumerate(value):
        yield from unknown_keys(entry, record, f"{key}[{position}].")
