"""Relay's language of conditions: what `generic` filters and sampling rules ask (PROTOCOL.md 9.1).

    {"op": "glob", "name": "event.release", "value": ["shop@*"]}
    {"op": "and", "inner": [...]}   {"op": "not", "inner": {...}}
    {"op": "any", "name": "event.exceptions", "inner": {"op": "eq", "name": "ty", "value": "A"}}

Rule: a condition is compiled once and never raises afterwards; what a path does not find, or
finds of another type, does not match.
May import: errors, pipeline.filters.glob.
"""

from __future__ import annotations

import ipaddress
import operator
from collections.abc import Callable, Mapping
from typing import Any, Final

from fake_relay.config.filters import network_of
from fake_relay.errors import ConfigError
from fake_relay.pipeline.filters.glob import Globs

Lookup = Callable[[str], list[Any]]
"""The values behind a name; none, if there is nothing."""
Condition = Callable[[Lookup], bool]

MAX_DEPTH: Final = 50

_COMPARE: Final[dict[str, Callable[[Any, Any], bool]]] = {
    "gt": operator.gt,
    "gte": operator.ge,
    "lt": operator.lt,
    "lte": operator.le,
}


def compile_condition(condition: Any, at: str = "condition", depth: int = 0) -> Condition:
    """A condition as a function; raises `ConfigError` that names the part that is wrong."""
    if depth > MAX_DEPTH:
        raise ConfigError(f"{at}: conditions nest more than {MAX_DEPTH} deep")
    fields = _object(condition, at)
    op = fields.get("op")
    if op in ("and", "or"):
        return _several(fields, op, at, depth)
    if op == "not":
        inner = compile_condition(fields.get("inner"), f"{at}.inner", depth + 1)
        return lambda lookup: not inner(lookup)
    if op in ("any", "all"):
        return _each(fields, op, at, depth)
    if op == "eq":
        return _equal(fields, at)
    if op in ("glob", "release"):
        return _glob(fields, at)
    if op == "cidr":
        return _cidr(fields, at)
    if isinstance(op, str) and op in _COMPARE:
        return _number(fields, _COMPARE[op], at)
    raise ConfigError(
        f"{at}.op is {op!r:.40}; use eq, gt, gte, lt, lte, glob, cidr, release, and, or, not, any"
        " or all"
    )


def _several(fields: Mapping[str, Any], op: str, at: str, depth: int) -> Condition:
    inner = fields.get("inner")
    if not isinstance(inner, list):
        raise ConfigError(f"{at}.inner of {op!r} is {inner!r:.40}, not an array of conditions")
    parts = [
        compile_condition(part, f"{at}.inner[{place}]", depth + 1)
        for place, part in enumerate(inner)
    ]
    test = all if op == "and" else any
    return lambda lookup: test(part(lookup) for part in parts)


def _each(fields: Mapping[str, Any], op: str, at: str, depth: int) -> Condition:
    name = _name(fields, at)
    inner = compile_condition(fields.get("inner"), f"{at}.inner", depth + 1)

    def judge(lookup: Lookup) -> bool:
        entries = [entry for entry in lookup(name) if isinstance(entry, Mapping)]
        # `all` of nothing does not match: a filter must not catch what has no such part.
        test = all if op == "all" else any
        return bool(entries) and test(inner(_within(entry)) for entry in entries)

    return judge


def _within(entry: Mapping[str, Any]) -> Lookup:
    def lookup(name: str) -> list[Any]:
        return descend(entry, name.split("."))

    return lookup


def descend(value: Any, path: list[str]) -> list[Any]:
    """What a path finds in decoded JSON; the arrays on its way open into their entries.

    A key may itself have dots: the longest one that fits is taken.
    """
    if isinstance(value, list):
        return [found for entry in value for found in descend(entry, path)]
    if not path:
        return [] if value is None else [value]
    if not isinstance(value, Mapping):
        return []
    for end in range(len(path), 0, -1):
        key = ".".join(path[:end])
        if key in value:
            return descend(value[key], path[end:])
    return []


def _equal(fields: Mapping[str, Any], at: str) -> Condition:
    name, wanted = _name(fields, at), fields.get("value")
    loose = bool(_object(fields.get("options") or {}, f"{at}.options").get("ignoreCase"))
    options = [_folded(one, loose) for one in (wanted if isinstance(wanted, list) else [wanted])]

    def judge(lookup: Lookup) -> bool:
        values = lookup(name) or [None]
        return any(_same(_folded(value, loose), one) for value in values for one in options)

    return judge


def _folded(value: Any, loose: bool) -> Any:
    return value.lower() if loose and isinstance(value, str) else value


def _same(value: Any, wanted: Any) -> bool:
    # Python takes True for 1.
    return isinstance(value, bool) == isinstance(wanted, bool) and bool(value == wanted)


def _glob(fields: Mapping[str, Any], at: str) -> Condition:
    name, value = _name(fields, at), fields.get("value")
    patterns = [value] if isinstance(value, str) else value
    if not isinstance(patterns, list) or not all(isinstance(one, str) for one in patterns):
        raise ConfigError(f"{at}.value is {value!r:.40}; use a pattern or an array of them")
    try:
        globs = Globs(patterns)
    except ValueError as error:
        raise ConfigError(f"{at}.value: {error}") from None
    return lambda lookup: any(isinstance(text, str) and globs(text) for text in lookup(name))


def _cidr(fields: Mapping[str, Any], at: str) -> Condition:
    name, value = _name(fields, at), fields.get("value")
    try:
        networks = [network_of(one) for one in ([value] if isinstance(value, str) else value or ())]
    except (TypeError, AttributeError, ValueError) as error:
        raise ConfigError(f"{at}.value: {error}") from None

    def judge(lookup: Lookup) -> bool:
        addresses = [found for text in lookup(name) if (found := address_of(text)) is not None]
        return any(address in network for address in addresses for network in networks)

    return judge


def address_of(text: Any) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """The IP address that a text is, if it is one."""
    try:
        return ipaddress.ip_address(text) if isinstance(text, str) else None
    except ValueError:
        return None


def _number(fields: Mapping[str, Any], compare: Callable[[Any, Any], bool], at: str) -> Condition:
    name, wanted = _name(fields, at), fields.get("value")
    if not _is_number(wanted):
        raise ConfigError(f"{at}.value is {wanted!r:.40}, not a number")
    return lambda lookup: any(
        _is_number(value) and compare(value, wanted) for value in lookup(name)
    )


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _object(value: Any, at: str) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise ConfigError(f"{at} is {value!r:.40}, not an object such as {{'op': 'eq', …}}")
    return value


def _name(fields: Mapping[str, Any], at: str) -> str:
    name = fields.get("name")
    if not isinstance(name, str) or not name:
        raise ConfigError(f"{at}.name is {name!r:.40}; use a path such as 'event.release'")
    return name
