"""What a search judges: a document, and the expression that judges it.

Rule: facts are read again from the payload, and are the same as when the item arrived.
May import: records, items, protocol, errors.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

import msgspec

from fake_relay.items import Facts, item_type
from fake_relay.protocol.envelope import ItemHeader
from fake_relay.records import StoredItem

_decode_header = msgspec.json.Decoder(ItemHeader).decode


@dataclass(frozen=True, slots=True)
class Document:
    """What a predicate looks at: a stored item, its facts, and its payload when needed.

    `load` decodes the payload's JSON; it gives None for a payload that is not JSON.
    """

    item: StoredItem
    facts: Facts
    load: Callable[[], Any]

    @classmethod
    def read(cls, item: StoredItem, payload: bytes) -> Document:
        """The document of an item and its payload as it was sent."""
        return cls(item, read_facts(item, payload), lambda: decode_json(payload))


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
