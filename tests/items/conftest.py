"""Reading facts of a payload, and one realistic payload of every item type."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

import msgspec
import pytest

from fake_relay.items import Facts, item_type
from fake_relay.protocol.envelope import Item, make_item

Read = Callable[..., Facts]


@pytest.fixture
def read() -> Read:
    """The facts of a payload (bytes, or JSON to be encoded): `read("event", {...}, **headers)`."""
    return lambda kind, payload, **headers: facts_of(made(kind, payload, headers))


@pytest.fixture
def count() -> Callable[..., dict[str, int]]:
    """The quantities of an item by category: `count("event", {...}, **headers)`."""

    def quantities(kind: str, payload: Any, **headers: Any) -> dict[str, int]:
        item = made(kind, payload, headers)
        row = item_type(kind)
        counted = row.quantities(item.header, item.payload, facts_of(item))
        return {str(quantity.category): quantity.amount for quantity in counted}

    return quantities


def made(kind: str, payload: Any, headers: Mapping[str, Any]) -> Item:
    data = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
    return make_item(kind, data, headers)


def facts_of(item: Item) -> Facts:
    facts = item_type(item.type).facts(item.header, item.payload)
    # What the store needs of them: text that UTF-8 can hold, numbers that SQLite can.
    msgspec.json.encode(facts)
    assert facts.count < 2**63
    return facts
