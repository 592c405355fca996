"""As sent beside as stored: one list of rows, with what became of each value.

Rule: every value of both sides is in some row, but for the annotations (`_meta`), which are the
remarks; what both have alike is folded to one row.
May import: stored_view, shown.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final, Literal

from fake_relay.shown.text import inline, seconds
from fake_relay.stored_view.remarks import Remark, dotted

Change = Literal["same", "scrubbed", "trimmed", "repaired", "added", "dropped", "changed", "inner"]

MOST: Final = 2000
DEEPEST: Final = 40
WIDTH: Final = 400
WIDTH_OF_SAME: Final = 90
"""Characters of an object or an array that both sides have alike; nobody looks for it here."""
_EMPTY: Final[tuple[Any, ...]] = (None, [], {}, {"values": []})
_MISSING: Final = object()


@dataclass(frozen=True, slots=True)
class Row:
    """A value on both sides; `inner` for one whose parts follow in rows of their own."""

    depth: int
    key: str
    sent: str | None
    stored: str | None
    change: Change
    remark: Remark | None = None


def difference(sent: Any, stored: Any, remarks: Sequence[Remark]) -> tuple[list[Row], bool]:
    """The rows, and whether there are more than are shown."""
    by_path = {remark.path: remark for remark in remarks}
    if isinstance(sent, Mapping):
        sent = {key: value for key, value in sent.items() if key != "_meta"}
    found = list(islice(_Walk(by_path).parts(sent, stored, (), 0), MOST + 1))
    return found[:MOST], len(found) > MOST


@dataclass(frozen=True, slots=True)
class _Walk:
    remarks: Mapping[str, Remark]

    def parts(self, sent: Any, stored: Any, path: tuple[str, ...], depth: int) -> Iterator[Row]:
        before, after = entries(sent), entries(stored)
        for key in dict.fromkeys((*before, *after)):
            pair = aligned(before.get(key, _MISSING), after.get(key, _MISSING))
            yield from self.one(*pair, (*path, key), depth)

    def one(self, sent: Any, stored: Any, path: tuple[str, ...], depth: int) -> Iterator[Row]:
        remark = self.remarks.get(dotted(path))
        if depth < DEEPEST and alike_in_kind(sent, stored) and sent != stored:
            change: Change = remark.kind if remark else "inner"
            yield Row(depth, path[-1], brackets(sent), brackets(stored), change, remark)
            yield from self.parts(sent, stored, path, depth + 1)
        else:
            change = change_of(sent, stored, remark)
            folded = change == "same" and isinstance(sent, Mapping | list)
            width = WIDTH_OF_SAME if folded else WIDTH
            yield Row(depth, path[-1], text(sent, width), text(stored, width), change, remark)


def change_of(sent: Any, stored: Any, remark: Remark | None) -> Change:
    """What became of a value."""
    if remark is not None and not same(sent, stored):
        return remark.kind
    if sent is _MISSING:
        return "added"
    if stored is _MISSING and sent in _EMPTY:
        return "same"
    if stored is _MISSING or (stored is None and sent is not None):
        return "dropped"
    return "same" if same(sent, stored) else "changed"


def same(sent: Any, stored: Any) -> bool:
    """Whether two values say the same: the same JSON, or one moment written in two ways."""
    if isinstance(sent, str) and isinstance(stored, float):
        return seconds(sent) == stored
    # To Python, true is 1.
    return bool(sent == stored) and isinstance(sent, bool) == isinstance(stored, bool)


def alike_in_kind(sent: Any, stored: Any) -> bool:
    """Whether both are objects, or both arrays."""
    return any(isinstance(sent, kind) and isinstance(stored, kind) for kind in (Mapping, list))


def entries(value: Any) -> Mapping[str, Any]:
    """The parts of an object or an array by key."""
    if isinstance(value, Mapping):
        return value
    return (
        {str(place): entry for place, entry in enumerate(value)} if isinstance(value, list) else {}
    )


def aligned(sent: Any, stored: Any) -> tuple[Any, Any]:
    """Both sides, with pairs as an object where one side has an object and the other its pairs."""
    if isinstance(sent, Mapping) and (found := paired(stored)) is not None:
        return sent, found
    if isinstance(stored, Mapping) and (found := paired(sent)) is not None:
        return found, stored
    return sent, stored


def paired(value: Any) -> dict[str, Any] | None:
    """A list of names and values as an object; None for anything else."""
    rows = value if isinstance(value, list) else ()
    if rows and all(isinstance(row, list) and len(row) == 2 for row in rows):
        return {str(row[0]): row[1] for row in rows}
    return None


def brackets(value: Any) -> str:
    """What stands for an object or an array whose parts follow."""
    return "{ … }" if isinstance(value, Mapping) else "[ … ]"


def text(value: Any, width: int) -> str | None:
    """A value on one line; None for none."""
    return None if value is _MISSING else inline(value, width)
