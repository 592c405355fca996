"""Filter chips: what a search can be narrowed to, with one click each.

May import: store, web.pages.search_text.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from fake_relay.store import Store
from fake_relay.web.pages.search_text import part_of, quoted, with_part, without

CHOICES: Final = 12
FIELDS: Final = (
    ("type", "Type"),
    ("level", "Level"),
    ("project", "Project"),
    ("environment", "Environment"),
    ("release", "Release"),
    ("sdk.name", "SDK"),
)
"""Key and word; values that the survey counts come from there, those of others were seen."""


@dataclass(frozen=True, slots=True)
class Choice:
    """A value, the search that has it, and how many there are if they were counted."""

    value: str
    q: str
    count: int | None


@dataclass(frozen=True, slots=True)
class Chip:
    """A field: the value that the search asks of it, the search without, and the choices."""

    word: str
    chosen: str
    without: str
    choices: list[Choice]


def chips(store: Store, q: str, counted: Mapping[str, Mapping[str, int]]) -> list[Chip]:
    """The chips of a search, without those that leave nothing to choose."""
    made = (_chip(store, q, key, word, counted.get(key)) for key, word in FIELDS)
    return [chip for chip in made if chip.chosen or len(chip.choices) > 1]


def _chip(store: Store, q: str, key: str, word: str, counts: Mapping[str, int] | None) -> Chip:
    known = counts if counts is not None else dict.fromkeys(store.values(key, "", CHOICES))
    values = sorted(filter(None, known), key=lambda value: (-(known[value] or 0), value))
    choices = [
        Choice(value, with_part(q, key, quoted(value)), known[value]) for value in values[:CHOICES]
    ]
    return Chip(word, part_of(q, key), without(q, key), choices)
