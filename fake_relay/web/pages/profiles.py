"""Profiles: those of transactions and chunks of continuous ones, and one as a flame graph.

May import: relay and every room below it, web.
"""

from __future__ import annotations

from typing import Any, Final

from aiohttp import web

from fake_relay.records import StoredItem
from fake_relay.shown.text import mapping, word
from fake_relay.shown.trace import profile_bounds
from fake_relay.web.pages.flames import flames, transaction_of
from fake_relay.web.pages.follow import Follow
from fake_relay.web.pages.frame import Page, Visit, number_in_path
from fake_relay.web.pages.newest import newest
from fake_relay.web.pages.rows import loosely

SHOWN: Final = 50
TYPES: Final = ("profile", "profile_chunk", "profile_chunk_ui")
ITEMS: Final = f"type:[{','.join(TYPES)}]"


def load(visit: Visit) -> dict[str, Any]:
    """The newest that the search finds."""
    return {"found": newest(visit, ITEMS, "/profiles", SHOWN)}


def load_one(visit: Visit) -> dict[str, Any]:
    """One profile: of the thread that the query names, else of the one that did the work."""
    item = the_profile(visit)
    value = mapping(loosely(visit.store.payload(item.id)))
    start, end = profile_bounds(value)
    transaction = transaction_of(value)
    drawn = flames(value, visit.query.get("thread", ""))
    return {
        "title": item.title,
        "item": item,
        "drawn": drawn,
        "facts": [
            ("transaction", word(transaction.get("name"))),
            ("platform", word(value.get("platform"))),
            ("release", word(value.get("release"))),
            ("environment", word(value.get("environment"))),
            ("profiler", word(value.get("profiler_id"))),
            ("samples", drawn.samples if drawn else ""),
        ],
        "length": None if start is None or end is None else (end - start) * 1000,
    }


def the_profile(visit: Visit) -> StoredItem:
    """The profile that the path names; raises a 404."""
    item = visit.store.item(number_in_path(visit))
    if item is None or item.type not in TYPES:
        raise web.HTTPNotFound(text=f"There is no profile {visit.path['id'][:40]}.")
    return item


PAGE: Final = Page(
    "/profiles", "Profiles", "profiles.html", load, nav="Profiles", follows=Follow(ITEMS)
)
ONE: Final = Page("/profiles/{id}", "Profile", "profile.html", load_one, under="/profiles")
