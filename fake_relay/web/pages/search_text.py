"""A search as text: its parts, how one is put in another's place, and what can come next.

May import: query, items, store.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from fake_relay.items import ITEM_TYPES
from fake_relay.query.fields import FIELDS
from fake_relay.store import Store

CHOICES: Final = 10
LEVELS: Final = ("fatal", "error", "warning", "info", "debug", "trace")
OUTCOMES: Final = ("accepted", "filtered", "rate_limited", "invalid", "abuse")
_PLAIN: Final = re.compile(r"[^\s\"'()\[\]{},:*<>=!\\]+")
_PART: Final = re.compile(r'(\S+?):("(?:[^"\\]|\\.)*"|\[[^\]]*\]|\S+)')
_TYPING: Final = re.compile(r"(!?)([^\s:()\"!]*)(:?)(\"?)([^\s()\"]*)$")


@dataclass(frozen=True, slots=True)
class Choice:
    """What can stand at the place that is typed at, and what it means."""

    text: str
    about: str = ""


@dataclass(frozen=True, slots=True)
class Completion:
    """Choices for the text from `start` to the caret."""

    start: int
    choices: list[Choice]


def part_of(q: str, key: str) -> str:
    """The value that a search asks of a key, as it is written there; empty for none."""
    return next((match[2] for match in _PART.finditer(q) if match[1] == key), "")


def without(q: str, key: str) -> str:
    """The search without what it asks of a key."""
    kept, end = [], 0
    for match in _PART.finditer(q):
        if match[1] == key:
            kept.append(q[end : match.start()].rstrip())
            end = match.end()
    return "".join((*kept, q[end:])).strip()


def with_part(q: str, key: str, *values: str) -> str:
    """The search with these values asked of a key, in the place of others."""
    parts = (f"{key}:{value}" for value in values)
    return " ".join(filter(None, (without(q, key), *parts)))


def quoted(value: str) -> str:
    """A value as the search language takes it literally."""
    if _PLAIN.fullmatch(value):
        return value
    escaped = re.sub(r'([\\"*])', r"\\\1", value)
    return f'"{escaped}"'


def complete(store: Store, q: str, caret: int) -> Completion:
    """What can stand where somebody types: fields, then values that were seen."""
    typed = _TYPING.search(q[:caret])
    if typed is None:
        return Completion(caret, [])
    _, key, colon, _, value = typed.groups()
    if not colon:
        return Completion(typed.start(2), fields_like(key))
    found = [Choice(quoted(text)) for text in values_like(store, key.lower(), value)]
    return Completion(typed.start(4), found)


def fields_like(prefix: str) -> list[Choice]:
    """Fields that begin so, then those that have it elsewhere in their names."""
    known = [("has", "whether an item has a field"), *((one.name, one.about) for one in FIELDS)]
    low = prefix.lower()
    first = [pair for pair in known if pair[0].startswith(low)]
    then = [pair for pair in known if low in pair[0] and pair not in first]
    return [Choice(f"{name}:", about) for name, about in (*first, *then)[:CHOICES]]


def values_like(store: Store, key: str, prefix: str) -> list[str]:
    """Values of a field that begin so."""
    name = next((one.name for one in FIELDS if key in (one.name, *one.aliases)), key)
    fixed = {
        "type": tuple(ITEM_TYPES),
        "level": LEVELS,
        "outcome": OUTCOMES,
        "has": tuple(one.name for one in FIELDS),
        "project": tuple(one.project for one in store.projects()),
    }.get(name)
    if fixed is not None:
        return [value for value in fixed if value.lower().startswith(prefix.lower())][:CHOICES]
    return store.values(name, prefix, CHOICES)
