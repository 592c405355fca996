"""The facts of an item: what lists show and searches find without opening the payload.

Facts are read once, by a typed decode, when an item arrives, and can be read again from
its payload with the same result: the search index and the search predicate agree because
both see these.
May import: errors, protocol, msgspec.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any

import msgspec

from fake_relay.protocol.category import Category
from fake_relay.protocol.envelope import ItemHeader
from fake_relay.protocol.outcome import Quantity

MAX_TERM = 200
"""Characters of a value that are indexed; Sentry cuts tag values there too (PROTOCOL.md 8.5)."""
MAX_TEXT = 8192
"""Characters of an item that free text finds; Sentry keeps that much of a message."""

Term = tuple[str, str]
"""A searchable field's name and one of its values, such as `("level", "error")`."""


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of an item without its payload.

    `title` is one readable line; `terms` are the searchable fields, several values each;
    `text` is what free text searches; `timestamp` is in seconds since 1970, `duration` in
    milliseconds, `count` the records that a batched item holds. `problem` says why the
    payload could not be read, and is empty otherwise.
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

    def values(self, key: str) -> list[str]:
        """All values of one searchable field."""
        return [value for name, value in self.terms if name == key]


NO_FACTS = Facts()

ReadFacts = Callable[[ItemHeader, bytes], Facts]
CountQuantities = Callable[[ItemHeader, bytes, Facts], tuple[Quantity, ...]]


@dataclass(frozen=True, slots=True)
class ItemType:
    """One row of the item table.

    `read` decodes the indexed fields and raises msgspec errors for a payload that does not
    decode; `quantities` says in which categories the item counts, and how much.
    `json` tells whether the payload is JSON. `creates_event` and `needs_event` are
    PROTOCOL.md 4.4.
    """

    name: str
    read: ReadFacts
    quantities: CountQuantities
    json: bool = True
    creates_event: Callable[[ItemHeader], bool] = lambda header: False
    needs_event: bool = False

    def facts(self, header: ItemHeader, payload: bytes) -> Facts:
        """Read the facts; a payload that does not decode yields facts with a `problem`."""
        try:
            return self.read(header, payload)
        except (msgspec.MsgspecError, ValueError, RecursionError) as error:
            return Facts(problem=str(error) or type(error).__name__)


def always(header: ItemHeader) -> bool:
    """For item types that create an event whatever their header says."""
    return True


def one(*categories: Category) -> CountQuantities:
    """For item types that count one in each of these categories."""
    quantities = tuple(Quantity(category, 1) for category in categories)
    return lambda header, payload, facts: quantities


def timestamp(value: Any) -> float | None:
    """Seconds since 1970 of an RFC 3339 string or a number; None for anything else."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        return float(value) if abs(value) < 1e11 else None
    if not isinstance(value, str):
        return None
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return moment.timestamp()


def text_of(value: Any) -> str:
    """A JSON scalar as a searchable string; empty for containers and null."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return str(value)
    return ""


def terms(pairs: Iterable[tuple[str, Any]]) -> Iterator[Term]:
    """Terms of the pairs that have a scalar value, cut to `MAX_TERM` characters."""
    for key, value in pairs:
        if text := text_of(value):
            yield key, text[:MAX_TERM]


def tag_pairs(tags: Any) -> Iterator[tuple[str, Any]]:
    """Tags in any form that SDKs send: a map, a list of pairs, a list of `{key, value}`."""
    if isinstance(tags, Mapping):
        yield from tags.items()
    elif isinstance(tags, list):
        for tag in tags:
            if isinstance(tag, Mapping):
                yield text_of(tag.get("key")), tag.get("value")
            elif isinstance(tag, list) and len(tag) == 2:
                yield text_of(tag[0]), tag[1]


def first_line(text: str, width: int = 200) -> str:
    """The first line of a text, cut to a width that fits a list."""
    line = text.lstrip().partition("\n")[0]
    return line if len(line) <= width else line[: width - 1] + "…"


Loose = Annotated[Any, "any JSON; a wrong type is Sentry's to repair, not ours to refuse"]
