"""Expectations from a file or from options, as the JSON that `/relay/v1/expect` takes.

May import: errors, yaml.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from fake_relay.errors import ConfigError


def read_expectations(path: Path) -> list[dict[str, Any]]:
    """The expectations of a YAML or JSON file: a list of them, or one; raises `ConfigError`."""
    # A fifth of the time that a command without a file takes to start.
    import yaml

    try:
        data = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(f"cannot read {str(path)!r}: {error.strerror or error}") from error
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise ConfigError(f"{str(path)!r} is neither YAML nor JSON: {error}") from error
    entries = data if isinstance(data, list) else [data]
    for position, entry in enumerate(entries, 1):
        if not isinstance(entry, dict):
            raise ConfigError(f"{str(path)!r}: expectation {position} is {entry!r}, not an object")
    if not entries:
        raise ConfigError(f"{str(path)!r} holds no expectation; an empty list would always hold")
    return entries


def read_where(pairs: tuple[str, ...]) -> dict[str, Any]:
    """`FIELD=TEXT` and `FIELD:=JSON` as conditions; raises `ConfigError`."""
    where: dict[str, Any] = {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not equals or not name.strip(":"):
            raise ConfigError(f"--where {pair!r} is not FIELD=TEXT or FIELD:=JSON")
        if not name.endswith(":"):
            where[name] = value
            continue
        try:
            where[name[:-1]] = json.loads(value)
        except ValueError as error:
            raise ConfigError(f"--where {pair!r}: {value!r} is not JSON: {error}") from error
    return where


def read_count(text: str) -> int | dict[str, int]:
    """`3`, `1..3`, `2..` as a count; raises `ConfigError`."""
    low, dots, high = text.partition("..")
    try:
        if not dots:
            return int(text)
        return {"min": int(low or 0)} | ({"max": int(high)} if high else {})
    except ValueError as error:
        raise ConfigError(f"--count {text!r} is not a number, nor a range like 1..3") from error
