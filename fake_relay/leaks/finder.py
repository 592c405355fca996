"""Where values came out: whole or in part, in which item, at which path, in which spelling.

Rule: what stands whole at a place is not told as a part there too.
May import: leaks.index, leaks.layers, leaks.places, leaks.spelling, store, records.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from fake_relay.leaks.index import Index
from fake_relay.leaks.layers import layers
from fake_relay.leaks.places import Place, places, refused_places
from fake_relay.leaks.spelling import spellings
from fake_relay.records import StoredItem
from fake_relay.store import Reader

BODY = "envelope body"
"""The place of what a door has made items of: told only of what is in none of them."""


@dataclass(frozen=True, slots=True)
class Sought:
    """A value that must not be found, and parts of it that must not be found either.

    A part has to be long and peculiar enough that nobody else writes it.
    """

    value: str | bytes
    parts: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """How it is told."""
        return self.value if isinstance(self.value, str) else repr(self.value)


@dataclass(frozen=True, slots=True)
class Leak:
    """A value that was found; `path` is in the place's JSON, `part` empty for the whole value."""

    canary: str
    place: Place
    path: str
    encoding: str
    part: str = ""

    def __str__(self) -> str:
        found = f"{self.part!r}, a part of {self.canary!r}," if self.part else repr(self.canary)
        where = f"{self.place} at {self.path}" if self.path else f"{self.place}"
        return f"{found} in {where}, written {self.encoding}"


class _Needle(NamedTuple):
    canary: str
    part: str
    encoding: str
    pattern: bytes


class Finder:
    """Looks for the same values in any number of texts."""

    def __init__(self, sought: Iterable[Sought | str | bytes]) -> None:
        self._needles = list(_needles(sought))
        self._index = Index([needle.pattern for needle in self._needles])

    def look(self, place: Place, blob: bytes) -> Iterator[Leak]:
        """The leaks in the bytes of a place, and in what is packed in them; each once."""
        found: dict[Leak, None] = {}
        for layer, content in layers(blob):
            if needles := self._found(content):
                for path, needle in _paths(content if not layer else b"", needles):
                    encoding = f"{needle.encoding}{layer}"
                    found[Leak(needle.canary, place, path, encoding, needle.part)] = None
        whole = {(leak.canary, leak.path) for leak in found if not leak.part}
        return (leak for leak in found if not leak.part or (leak.canary, leak.path) not in whole)

    def _found(self, content: bytes) -> list[_Needle]:
        return [self._needles[number] for number in self._index.search(content)]


def find_leaks(
    reader: Reader,
    items: Iterable[StoredItem],
    sought: Iterable[Sought | str | bytes],
    *,
    refused: str = "",
) -> list[Leak]:
    """The leaks in items and their envelopes, and in what was refused of the project `refused`."""
    finder = Finder(sought)
    found: list[Leak] = []
    for place, blob in places(reader, items):
        found.extend(finder.look(place, blob))
    if refused:
        for place, blob in refused_places(reader, refused):
            found.extend(finder.look(place, blob))
    told = {_key(leak) for leak in found if leak.place.kind != BODY}
    return [leak for leak in found if leak.place.kind != BODY or _key(leak) not in told]


def _key(leak: Leak) -> tuple[str, int]:
    return leak.canary, leak.place.envelope


def _needles(sought: Iterable[Sought | str | bytes]) -> Iterator[_Needle]:
    for one in sought:
        given = one if isinstance(one, Sought) else Sought(one)
        whole = spellings(given.value)
        for pattern, encoding in whole.items():
            yield _Needle(given.name, "", encoding, pattern)
        for part in given.parts:
            for pattern, encoding in spellings(part).items():
                if pattern not in whole:
                    yield _Needle(given.name, part, encoding, pattern)


def _paths(content: bytes, needles: Sequence[_Needle]) -> Iterator[tuple[str, _Needle]]:
    """Each string or key of JSON that has one of them; no path where the content is no JSON."""
    left = set(needles)
    index = Index([needle.pattern for needle in needles])
    for path, text in _strings(_decoded(content), ""):
        plain = text.encode("utf-8", "surrogatepass")
        hits = set(index.search(plain))
        if (dumped := json.dumps(text).encode()[1:-1]) != plain:
            hits.update(index.search(dumped))
        for needle in (needles[number] for number in sorted(hits)):
            left.discard(needle)
            yield path or ".", needle
    for needle in needles:
        if needle in left:
            yield "", needle


def _decoded(content: bytes) -> object:
    try:
        return json.loads(content) if content else None
    except (ValueError, RecursionError):
        return None


def _strings(value: object, path: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield f"{path}.{key}", key
            yield from _strings(inner, f"{path}.{key}")
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _strings(inner, f"{path}[{index}]")
    elif isinstance(value, int | float):
        yield path, json.dumps(value)
