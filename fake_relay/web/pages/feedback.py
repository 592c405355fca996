"""Feedback: what users said, and what it is about.

May import: relay and every room below it, web.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Any, Final

from fake_relay.protocol.envelope import normalize_event_id
from fake_relay.query.predicate import IdIs, any_of
from fake_relay.query.text import Pattern
from fake_relay.records import StoredItem
from fake_relay.shown.text import mapping, word
from fake_relay.store import Selection
from fake_relay.web.pages.follow import Follow
from fake_relay.web.pages.frame import Page, Visit
from fake_relay.web.pages.newest import newest, opened

ITEMS: Final = "type:[feedback,user_report]"
SHOWN: Final = 50
BESIDE: Final = 10


@dataclass(frozen=True, slots=True)
class Said:
    """What a user said; `about` are the items of the event that it is about, as far as kept."""

    item: StoredItem
    message: Any
    name: str
    email: str
    url: Any
    event_id: str
    about: list[StoredItem] = field(default_factory=list)


def load(visit: Visit) -> dict[str, Any]:
    """The newest that the search finds."""
    found = newest(visit, ITEMS, "/feedback", SHOWN)
    said = [said_in(item, mapping(value)) for item, value in opened(visit, found.items)]
    return {"found": found, "said": list(with_events(visit, said))}


def said_in(item: StoredItem, value: Any) -> Said:
    """What an item of either type says (PROTOCOL.md 5.9)."""
    if item.type == "user_report":
        fields, event_id = value, word(value.get("event_id"))
        message, email, url = value.get("comments"), word(value.get("email")), None
    else:
        fields = mapping(mapping(value.get("contexts")).get("feedback"))
        event_id = word(fields.get("associated_event_id"))
        message, email = fields.get("message"), word(fields.get("contact_email"))
        url = fields.get("url")
    name = word(fields.get("name"))
    return Said(item, message, name, email, url, event_id)


def with_events(visit: Visit, said: list[Said]) -> Iterator[Said]:
    """The same with the items of the events that are meant, and what came with each itself."""
    ids = {event_id for one in said for event_id in ids_of(one)}
    query = any_of(*(IdIs("event_id", Pattern((event_id,))) for event_id in ids))
    items = visit.store.find(Selection(query=query, limit=BESIDE * 2 * SHOWN)).items if ids else []
    by_event: dict[tuple[str, str], list[StoredItem]] = {}
    for item in items:
        by_event.setdefault((item.project, item.event_id), []).append(item)
    for one in said:
        about = [
            item
            for event_id in ids_of(one)
            for item in by_event.get((one.item.project, event_id), [])[:BESIDE]
            if item.id != one.item.id
        ]
        yield replace(one, about=about)


def ids_of(said: Said) -> list[str]:
    """The ids of the event that is meant, and of the one that came with the feedback."""
    found = []
    for event_id in dict.fromkeys((said.event_id, said.item.event_id)):
        with suppress(ValueError):
            found.append(normalize_event_id(event_id))
    return list(dict.fromkeys(found))


PAGE: Final = Page(
    "/feedback", "Feedback", "feedback.html", load, nav="Feedback", follows=Follow(ITEMS)
)
