"""The search language: text -> expression -> SQL or predicate.

One language for the page, the command line, the API, expectations and forwarding rules.
May import: match, records, items, config, protocol, errors.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from fake_relay.items import Facts
from fake_relay.records import StoredItem


@dataclass(frozen=True, slots=True)
class Document:
    """What a predicate looks at: a stored item, its facts, and its payload when needed.

    `load` decodes the payload's JSON; it gives None for a payload that is not JSON.
    """

    item: StoredItem
    facts: Facts
    load: Callable[[], Any]


class Expression(Protocol):
    """A parsed search; `parse_query` makes them."""

    def matches(self, document: Document) -> bool:
        """Whether the item is found by this search."""
