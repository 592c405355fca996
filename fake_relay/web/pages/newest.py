"""The newest items of some types, by a search: what the pages of one kind of item begin with.

Rule: a page looks at so many items and says how many; an older page is a link.
May import: relay and every room below it, web.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Any, Final
from urllib.parse import urlencode

from fake_relay.errors import QueryError
from fake_relay.query import Expression, combine, parse_query
from fake_relay.records import StoredItem
from fake_relay.store import Selection
from fake_relay.web import parameters
from fake_relay.web.api.selecting import gathered
from fake_relay.web.pages.frame import Visit
from fake_relay.web.pages.inbox import PATIENCE, parsed
from fake_relay.web.pages.rows import loosely

OPENED_TOGETHER: Final = 16 * 1024 * 1024
"""Bytes of payloads that a page opens."""


@dataclass(frozen=True, slots=True)
class Newest:
    """What a page's search found: the items, newest first, and where older ones are.

    `wanted` is the search as an expression, None without one.
    """

    q: str
    problem: QueryError | None
    wanted: Expression | None
    items: list[StoredItem]
    older: str


def newest(visit: Visit, types: str, path: str, limit: int) -> Newest:
    """The newest items of some types that the query's `q` finds, from its `cursor` on.

    `types` is a search for the types, such as `type:log`, empty for all; `path` the page's own.
    """
    q = visit.query.get("q", "").strip()
    wanted, problem = parsed(q, visit.now)
    if problem is not None:
        return Newest(q, problem, None, [], "")
    own = parse_query(types, now=visit.now) if types else None
    parts = [part for part in (own, wanted) if part is not None]
    before = parameters.cursor_of(visit.query.get("cursor"))
    query = combine(*parts) if parts else None
    selection = Selection(query=query, before=before, limit=limit)
    page = gathered(visit.store, selection, PATIENCE)
    return Newest(q, None, wanted, page.items, older_address(visit, path, page.next))


def older_address(visit: Visit, path: str, before: int | None) -> str:
    """Where a page of this search goes on; empty at the end."""
    kept = {name: visit.query.get(name, "").strip() for name in ("q", "project")}
    query = {**kept, "cursor": parameters.cursor_text(before) or ""}
    text = urlencode({name: value for name, value in query.items() if value})
    return f"{path}?{text}" if before else ""


def opened(visit: Visit, items: Sequence[StoredItem]) -> Iterator[tuple[StoredItem, Any]]:
    """Items with their decoded payloads (None for what is no JSON), as far as bytes allow."""
    for item, payload in with_payloads(visit, items):
        yield item, loosely(payload)


def with_payloads(visit: Visit, items: Sequence[StoredItem]) -> list[tuple[StoredItem, bytes]]:
    """Items with their payloads, as far as bytes allow, without those that are gone by now."""
    sizes = accumulate(item.size for item in items)
    chosen = [item for item, size in zip(items, sizes, strict=True) if size <= OPENED_TOGETHER]
    payloads = visit.store.payloads([item.id for item in chosen])
    return [(item, payloads[item.id]) for item in chosen if item.id in payloads]
