"""What a search judges: a document, and the expression that judges it.

Rule: facts are read again from the payload, and are the same as when the item arrived.
May import: records, items, protocol, errors, query.signs.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final, Protocol

import msgspec

from fake_relay.items import Facts, item_type
from fake_relay.protocol.envelope import ItemHeader
from fake_relay.query.signs import Signs
from fake_relay.records import StoredItem

_decode_header = msgspec.json.Decoder(ItemHeader).decode
_UNREAD: Final = object()


class Document:
    """What a predicate looks at: a stored item, and its facts and payload when needed.

    `facts` can be a function that reads them. `load` gives the payload's decoded JSON, None for
    what is no JSON; without it, that is what the bytes that `payload` gives are. Each is asked
    once. `told` is what a store has judged already.
    """

    __slots__ = ("_facts", "_load", "_payload", "_value", "item", "told")

    def __init__(
        self,
        item: StoredItem,
        facts: Facts | Callable[[], Facts],
        load: Callable[[], Any] | None = None,
        *,
        payload: Callable[[], bytes] | bytes | None = None,
        told: Sequence[Any] = (),
    ) -> None:
        self.item = item
        self.told = told
        self._facts = facts
        self._load = load
        self._payload = payload
        self._value: Any = _UNREAD

    @classmethod
    def read(cls, item: StoredItem, payload: bytes, told: Sequence[Any] = ()) -> Document:
        """The document of an item and its payload as it was sent."""
        return cls(item, lambda: read_facts(item, payload), payload=payload, told=told)

    @property
    def facts(self) -> Facts:
        """The facts."""
        if not isinstance(self._facts, Facts):
            self._facts = self._facts()
        return self._facts

    @property
    def opened(self) -> bool:
        """Whether the payload's bytes are here."""
        return isinstance(self._payload, bytes)

    @property
    def decoded(self) -> bool:
        """Whether the payload has been decoded."""
        return self._value is not _UNREAD

    def load(self) -> Any:
        """The payload's decoded JSON; None for what is no JSON."""
        if self._value is _UNREAD:
            self._value = decode_json(self._bytes() or b"") if self._load is None else self._load()
        return self._value

    def may_have(self, signs: Signs) -> bool:
        """Whether the payload can have what leaves such signs; without its bytes, it can."""
        if self._value is not _UNREAD:
            return True
        payload = self._bytes()
        return payload is None or signs.are_in(payload)

    def _bytes(self) -> bytes | None:
        if self._payload is not None and not isinstance(self._payload, bytes):
            self._payload = self._payload()
        return self._payload


class Expression(Protocol):
    """A parsed search; `parse_query` makes them."""

    def matches(self, document: Document) -> bool:
        """Whether the item is found by this search."""


def read_facts(item: StoredItem, payload: bytes) -> Facts:
    """The facts of an item; the trace can be that of its envelope, which the row tells."""
    facts = item_type(item.type).facts(_decode_header(item.headers), payload)
    if item.trace_id and not facts.trace_id:
        return msgspec.structs.replace(facts, trace_id=item.trace_id)
    return facts


def decode_json(payload: bytes) -> Any:
    """The decoded JSON of a payload, or None when it is not JSON."""
    try:
        return msgspec.json.decode(payload)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return None
