"""Feedback: what users said, and what it is about.

May import: relay and every room below it, web.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from fake_relay.protocol.envelope import normalize_event_id
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
    about: list[StoredItem]


def load(visit: Visit) -> dict[str, Any]:
    """The newest that the search finds."""
    found = newest(visit, ITEMS, "/feedback", SHOWN)
    said = [said_in(visit, item, mapping(value)) for item, value in opened(visit, found.items)]
    return {"found": found, "said": said}


def said_in(visit: Visit, item: StoredItem, value: Any) -> Said:
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
    return Said(item, message, name, email, url, event_id, about(visit, item, event_id))


def about(visit: Visit, item: StoredItem, event_id: str) -> list[StoredItem]:
    """The items of the event that is meant, and what came with the feedback itself."""
    found = []
    for wanted in dict.fromkeys((event_id, item.event_id)):
        try:
            selection = Selection(
                project=item.project, event_id=normalize_event_id(wanted), limit=BESIDE
            )
        except ValueError:
            continue
        found += [one for one in visit.store.find(selection).items if one.id != item.id]
    return found


PAGE: Final = Page(
    "/feedback", "Feedback", "feedback.html", load, nav="Feedback", follows=Follow(ITEMS)
)
