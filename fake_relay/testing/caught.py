"""What was caught, as a test reads it: keys as in the payload, attributes all the way down.

`event["exception"]["values"]` is plain JSON; `event.exception.values[0].type` is the same.
May import: expect, match, records.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from fake_relay.expect import Subject
from fake_relay.expect.fields import read
from fake_relay.match import ABSENT_VALUE, Candidates
from fake_relay.records import StoredItem


class Node:
    """A JSON object whose keys are attributes too; equal to the object itself."""

    __slots__ = ("_value",)

    def __init__(self, value: Mapping[str, Any]) -> None:
        self._value = value

    def __getitem__(self, key: str) -> Any:
        return self._value[key]

    def __getattr__(self, name: str) -> Any:
        try:
            return node(self._value[name])
        except (KeyError, TypeError) as error:
            raise AttributeError(f"there is no {name!r}; there are {', '.join(self)}") from error

    def __contains__(self, key: object) -> bool:
        return key in self._value

    def __iter__(self) -> Iterator[str]:
        return iter(self._value)

    def __len__(self) -> int:
        return len(self._value)

    def keys(self) -> Iterator[str]:
        """The keys; with `[]` this makes `dict(node)` and `**node` work."""
        return iter(self._value)

    def get(self, key: str, default: Any = None) -> Any:
        """The plain value of a key."""
        return self._value.get(key, default)

    def __eq__(self, other: object) -> bool:
        mine: object = self._value
        return mine == (other._value if isinstance(other, Node) else other)

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return repr(self._value)


def node(value: Any) -> Any:
    """A JSON value with attribute access in all its objects."""
    if isinstance(value, Mapping):
        return Node(value)
    if isinstance(value, list):
        return [node(element) for element in value]
    return value


class Caught(Node):
    """A caught item (or record): its payload's keys, and what is known of the item."""

    __slots__ = ("_subject",)

    def __init__(self, subject: Subject) -> None:
        body = subject.body
        super().__init__(body if isinstance(body, Mapping) else {})
        self._subject = subject

    @property
    def item(self) -> StoredItem:
        """The stored item: id, type, title, times, sizes."""
        return self._subject.item

    @property
    def headers(self) -> dict[str, Any]:
        """The item's header."""
        return self._subject.exhibit.headers

    @property
    def payload(self) -> Any:
        """The whole item's JSON, or None."""
        return self._subject.exhibit.payload

    @property
    def data(self) -> bytes:
        """The item's payload exactly as it was sent."""
        return self._subject.exhibit.data

    def field(self, name: str) -> Any:
        """What expectations see under a name: `field("exception")`, `field("tags")`."""
        found = read(self._subject, name)
        if isinstance(found, Candidates):
            return list(found.values)
        return None if found is ABSENT_VALUE else found

    @property
    def subject(self) -> Subject:
        """What matchers look at."""
        return self._subject

    def __repr__(self) -> str:
        return f"<{self.item.type} {self.item.id}: {self._subject.title}>"


def caught(subjects: Sequence[Subject]) -> list[Caught]:
    """Subjects as a test reads them."""
    return [Caught(subject) for subject in subjects]
