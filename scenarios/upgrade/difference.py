"""What two runs would send differently: by item type and field, with the scenarios that show it.

Rule: pure; a difference is told once, however many scenarios show it, with one example.
May import: upgrade.normal.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterator
from typing import Any, Literal

import msgspec

from scenarios.upgrade.normal import Item, Snapshot, Told

Kind = Literal["added", "removed", "changed", "items", "status", "missing"]

WORDS: dict[Kind, str] = {
    "status": "verdicts",
    "missing": "scenarios in one run only",
    "items": "numbers of items",
    "removed": "no longer sent",
    "added": "sent in addition",
    "changed": "sent with another value",
}
"""How each kind is headed, in the order in which they are told."""

LONG = 120
SHOWN = 6


class Change(msgspec.Struct, frozen=True, omit_defaults=True):
    """A difference: what, in which items and field, an example of both sides, and where seen."""

    kind: Kind
    item_type: str
    path: str
    left: str
    right: str
    scenarios: tuple[str, ...]

    def __str__(self) -> str:
        fields = (self.item_type, self.path) if self.item_type else ()
        where = " ".join(part for part in fields if part)
        both = f"{self.left} -> {self.right}" if self.left and self.right else ""
        said = both or self.left or self.right
        return f"{where}{': ' if where else ''}{said}  [{_several(self.scenarios)}]"


class Difference(msgspec.Struct, frozen=True):
    """All that differs between two runs, and between what they ran under."""

    left: str
    right: str
    versions: tuple[dict[str, str], dict[str, str]]
    changes: tuple[Change, ...]
    scenarios: int

    @property
    def same(self) -> bool:
        """Whether both would send the same."""
        return not self.changes

    def __str__(self) -> str:
        return "\n".join(_lines(self))


def compare(left: Snapshot, right: Snapshot) -> Difference:
    """What the right run sends differently from the left one."""
    seen: dict[tuple[Kind, str, str], list[tuple[str, str, str]]] = defaultdict(list)
    names = list(dict.fromkeys((*left.scenarios, *right.scenarios)))
    for name in names:
        for kind, item_type, path, before, after in _of_scenario(
            left.scenarios.get(name), right.scenarios.get(name)
        ):
            seen[kind, item_type, path].append((name, before, after))
    changes = [
        Change(kind, item_type, path, found[0][1], found[0][2], tuple(name for name, *_ in found))
        for (kind, item_type, path), found in seen.items()
    ]
    order = list(WORDS)
    changes.sort(key=lambda one: (order.index(one.kind), one.item_type, one.path))
    versions = (left.versions, right.versions)
    return Difference(left.name, right.name, versions, tuple(changes), len(names))


_Found = tuple[Kind, str, str, str, str]


def _of_scenario(left: Told | None, right: Told | None) -> Iterator[_Found]:
    if left is None or right is None:
        side = "left" if left else "right"
        yield "missing", "", side, f"only {side}" if left else "", "" if left else f"only {side}"
        return
    if left.status != right.status:
        yield "status", "", f"{left.status} to {right.status}", left.status, right.status
    before, after = _by_type(left), _by_type(right)
    for item_type in sorted(before.keys() | after.keys()):
        old, new = before.get(item_type, []), after.get(item_type, [])
        if len(old) != len(new):
            yield "items", item_type, "", str(len(old)), str(len(new))
        # A field of items that are not there at all is no news.
        if old and new:
            yield from _of_fields(item_type, _fields(old), _fields(new))


def _by_type(told: Told) -> dict[str, list[Item]]:
    found: dict[str, list[Item]] = defaultdict(list)
    for item in told.items:
        found[item.type].append(item)
    return found


def _of_fields(
    item_type: str, old: dict[str, Counter[str]], new: dict[str, Counter[str]]
) -> Iterator[_Found]:
    for path in sorted(old.keys() | new.keys()):
        before, after = old.get(path, Counter()), new.get(path, Counter())
        if not before:
            yield "added", item_type, path, "", _example(after)
        elif not after:
            yield "removed", item_type, path, _example(before), ""
        elif set(before) != set(after):
            gone, come = before - after, after - before
            yield "changed", item_type, path, _example(gone or before), _example(come or after)


def _fields(items: list[Item]) -> dict[str, Counter[str]]:
    """Each field's values, whatever the place of the element in a list that has it."""
    found: dict[str, Counter[str]] = defaultdict(Counter)
    for item in items:
        for path, value in _leaves(item.payload, ""):
            found[path][value] += 1
        for path, value in _leaves(item.header, ""):
            found[f"(header){path}"][value] += 1
    return found


def _leaves(value: Any, path: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict) and value:
        for key, inner in value.items():
            yield from _leaves(inner, f"{path}.{key}")
    elif isinstance(value, list) and value:
        for inner in value:
            yield from _leaves(inner, f"{path}[]")
    else:
        yield path, json.dumps(value, ensure_ascii=False, default=str)


def _example(values: Counter[str]) -> str:
    found = min(values, default="")
    return found if len(found) <= LONG else f"{found[:LONG]}…"


def _several(names: tuple[str, ...]) -> str:
    shown = ", ".join(names[:SHOWN])
    return shown if len(names) <= SHOWN else f"{shown} and {len(names) - SHOWN} more"


def _lines(difference: Difference) -> Iterator[str]:
    yield f"{difference.left} against {difference.right}, {difference.scenarios} scenarios"
    old, new = difference.versions
    for name in sorted(old.keys() | new.keys()):
        if old.get(name) != new.get(name):
            yield f"  {name}: {old.get(name, 'none')} -> {new.get(name, 'none')}"
    if difference.same:
        yield "nothing would be sent differently"
    for kind, words in WORDS.items():
        if found := [change for change in difference.changes if change.kind == kind]:
            yield f"\n{words}:"
            yield from (f"  {change}" for change in found)
