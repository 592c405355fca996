"""Checks advanced PII rules, Relay's PII configuration (PROTOCOL.md 9.4), when they are read.

Rule: rules that would scrub nothing are an error here, not a leak later. The library judges
selectors, types and patterns; without it Python's `re` judges patterns, which takes a little
more than Relay does (look-around). Rules that are applied but not defined pass the library
and would do nothing, so they are refused here.
May import: errors, config.relay_library.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from itertools import product
from typing import Any, Final

from fake_relay.config.relay_library import library_present, relay_library
from fake_relay.errors import ConfigError

_KINDS: Final = [
    "anything",
    "bearer",
    "common",
    "cookies",
    "creditcard",
    "email",
    "iban",
    "imei",
    "ip",
    "mac",
    "password",
    "pemkey",
    "urlauth",
    "usssn",
    "userpath",
    "uuid",
]
_METHODS: Final = ("filter", "remove", "replace", "mask", "hash", "legacy")
BUILT_IN: Final = frozenset(
    [f"@{kind}" for kind in _KINDS]
    + [f"@{kind}:{method}" for kind, method in product(_KINDS, _METHODS)]
)
"""Names of built-in rules; not each of them has each method (PROTOCOL.md 9.4)."""

_PATTERNS: Final = ("pattern", "keyPattern")


def check_pii_config(text: str, key: str) -> None:
    """Refuse advanced rules that Relay would not take; raises `ConfigError` naming `key`."""
    try:
        config = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ConfigError(f"{key} is not JSON: {error}") from None
    if not isinstance(config, dict):
        raise ConfigError(f"{key} is not a JSON object with `rules` and `applications`")
    rules, applications = _objects(config, key)
    if library_present():
        _check_with_library(text, key)
        # Patterns of rules that nothing applies are not looked at otherwise.
        _check_with_library(json.dumps({"rules": rules, "applications": {"**": [*rules]}}), key)
    else:
        _check_patterns(rules, key)
    _check_names(rules, applications, key)


def _objects(config: dict[str, Any], key: str) -> tuple[dict[str, Any], dict[str, Any]]:
    found = {name: config.get(name) or {} for name in ("rules", "applications")}
    for name, value in found.items():
        if not isinstance(value, dict):
            raise ConfigError(f"{key}: `{name}` is not a JSON object")
    return found["rules"], found["applications"]


def _check_with_library(text: str, key: str) -> None:
    try:
        relay_library().validate_pii_config(text)
    except ValueError as error:
        raise ConfigError(f"{key} is not a PII configuration: {_one_line(error)}") from None


def _check_patterns(rules: dict[str, Any], key: str) -> None:
    for name, rule in rules.items():
        for field in _PATTERNS:
            pattern = rule.get(field) if isinstance(rule, dict) else None
            try:
                re.compile(pattern or "")
            except (re.error, TypeError) as error:
                raise ConfigError(f"{key}: {field} of the rule {name!r}: {error}") from None


def _check_names(rules: dict[str, Any], applications: dict[str, Any], key: str) -> None:
    known = BUILT_IN | set(rules)
    for selector, name in (*_applied(applications), *_referred(rules)):
        if name not in known:
            raise ConfigError(
                f"{key}: {selector!r} applies {name!r}, which is no rule; define it in `rules`,"
                " or use a built-in such as '@email:replace'"
            )


def _applied(applications: dict[str, Any]) -> Iterator[tuple[str, str]]:
    for selector, names in applications.items():
        for name in names if isinstance(names, list) else [names]:
            yield selector, name


def _referred(rules: dict[str, Any]) -> Iterator[tuple[str, str]]:
    for name, rule in rules.items():
        if isinstance(rule, dict):
            for other in (*(rule.get("rules") or ()), *filter(None, (rule.get("rule"),))):
                yield name, other


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())
