"""The facts of an item: what lists show and searches find without opening the payload.

Facts are read once, by a typed decode, when an item arrives, and can be read again from
its payload with the same result: the search index and the search predicate agree because
both see these.
May import: errors, protocol, msgspec.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, Final

import msgspec

from fake_relay.protocol.category import Category
from fake_relay.protocol.envelope import ItemHeader
from fake_relay.protocol.outcome import Quantity

MAX_TERM: Final = 200
"""Characters of a value that are indexed; Sentry cuts tag values there too (PROTOCOL.md 8.5)."""
MAX_TERMS: Final = 1000
"""Terms of one item that are indexed; a payload of a megabyte can hold many more."""
MAX_TEXT: Final = 8192
"""Characters of an item that free text finds; Sentry keeps that much of a message."""
MAX_AMOUNT: Final = 2**40
"""Units that one item may claim in its header without breaking the ledger's sums."""

_LARGEST: Final = 2**64
LATEST: Final = 1e11
"""Seconds since 1970 beyond which a number is no time."""

Term = tuple[str, str]
"""A searchable field's name and one of its values, such as `("level", "error")`."""

Scalar = str | int | float | bool | None
"""Any JSON but arrays and objects: which of them, is Sentry's to repair, not ours to refuse."""


class Facts(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What is known of an item without its payload.

    `title` is one readable line; `terms` are the searchable fields, several values each;
    `text` is what free text searches; `timestamp` is in seconds since 1970, `duration` in
    milliseconds, `count` the records that a batched item holds. `problem` says why Relay
    would refuse the payload and is empty otherwise; `reason` is the outcome's reason then.
    `earliest` is the first of an item's times where Relay refuses old ones; `sound` tells
    that each record of a container has what Relay requires of it.
    """

    title: str = ""
    event_id: str = ""
    trace_id: str = ""
    timestamp: float | None = None
    duration: float | None = None
    count: int = 1
    terms: tuple[Term, ...] = ()
    text: str = ""
    problem: str = ""
    reason: str = "invalid_json"
    earliest: float | None = None
    sound: bool = True

    def values(self, key: str) -> list[str]:
        """All values of one searchable field."""
        return [value for name, value in self.terms if name == key]


NO_FACTS = Facts()

ReadFacts = Callable[[ItemHeader, bytes], Facts]
CountQuantities = Callable[[ItemHeader, bytes, Facts], tuple[Quantity, ...]]


class ItemType(msgspec.Struct, frozen=True):
    """One row of the item table.

    `read` decodes the indexed fields and raises `msgspec.DecodeError` or ValueError for a
    payload from which nothing can be read; `quantities` says in which categories the item
    counts, and how much.
    `reason` is the outcome's reason for a payload that does not decode.
    `json` tells whether the payload is JSON. `creates_event` and `needs_event` are
    PROTOCOL.md 4.4; `traced` tells whether the envelope's trace is the item's own when the
    payload names none.
    """

    name: str
    read: ReadFacts
    quantities: CountQuantities
    json: bool = True
    creates_event: Callable[[ItemHeader], bool] = lambda header: False
    needs_event: bool = False
    traced: bool = True
    reason: str = "invalid_json"

    def facts(self, header: ItemHeader, payload: bytes) -> Facts:
        """Read the facts; a payload that does not decode yields facts with a `problem`."""
        try:
            facts = self.read(header, payload)
        except (msgspec.MsgspecError, ValueError, RecursionError) as error:
            return Facts(problem=str(error) or type(error).__name__, reason=self.reason)
        if len(facts.terms) > MAX_TERMS:
            return msgspec.structs.replace(facts, terms=facts.terms[:MAX_TERMS])
        return facts


def always(header: ItemHeader) -> bool:
    """For item types that create an event whatever their header says."""
    return True


def one(*categories: Category) -> CountQuantities:
    """For item types that count one in each of these categories."""
    quantities = tuple(Quantity(category, 1) for category in categories)
    return lambda header, payload, facts: quantities


def timestamp(value: Any) -> float | None:
    """Seconds since 1970 of an RFC 3339 string or a number; None for anything else."""
    if isinstance(value, str):
        try:
            moment = datetime.fromisoformat(value)
            return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
        except (ValueError, OverflowError):
            return None
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if -LATEST < value < LATEST else None


def milliseconds(seconds: Any) -> float | None:
    """A duration in seconds as milliseconds; None for anything but a sensible number."""
    if seconds is None:
        return None
    found = None if isinstance(seconds, str) else timestamp(seconds)
    return None if found is None else found * 1000


def between(start: float | None, end: float | None) -> float | None:
    """Milliseconds between two times; None when one is not known."""
    return None if start is None or end is None else (end - start) * 1000


def text_of(value: Any) -> str:
    """A JSON scalar as a searchable string; empty for containers, null and absurd numbers."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) or (isinstance(value, int) and -_LARGEST < value < _LARGEST):
        return str(value)
    return ""


def terms(pairs: Iterable[tuple[str, Any]]) -> list[Term]:
    """Terms of the pairs that have a scalar value, cut to `MAX_TERM` characters."""
    found: list[Term] = []
    for pair in pairs:
        value = pair[1]
        if value is None:
            continue
        if value.__class__ is str and 0 < len(value) <= MAX_TERM:
            found.append(pair)
        elif text := text_of(value):
            found.append((pair[0], text[:MAX_TERM]))
    return found


def tag_terms(tags: Any) -> list[Term]:
    """The terms of an item's tags."""
    return terms((f"tags[{key[:MAX_TERM]}]", value) for key, value in tag_pairs(tags) if key)


def tag_pairs(tags: Any) -> Iterable[tuple[str, Any]]:
    """Tags in any form that SDKs send: a map, a list of pairs, a list of `{key, value}`."""
    if isinstance(tags, Mapping):
        return tags.items()
    if isinstance(tags, list):
        return [pair for tag in tags for pair in _tag_pair(tag)]
    return []


def _tag_pair(tag: Any) -> list[tuple[str, Any]]:
    if isinstance(tag, Mapping):
        return [(text_of(tag.get("key")), tag.get("value"))]
    if isinstance(tag, list) and len(tag) == 2:
        return [(text_of(tag[0]), tag[1])]
    return []


def first_line(text: str, width: int = 200) -> str:
    """The first line of a text, cut to a width that fits a list."""
    line = text[:8192].lstrip().partition("\n")[0]
    return line if len(line) <= width else line[: width - 1] + "…"
