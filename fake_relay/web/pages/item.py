"""One item: what it says, in sections that fit its type; as sent beside as stored; as JSON.

Rule: whatever the payload is, there is a page, and nothing of it is hidden.
May import: relay and every room below it, web.
"""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import urlencode

import msgspec
from aiohttp import web

from fake_relay.config.relay_library import LibraryMissing, library_present
from fake_relay.errors import FakeRelayError
from fake_relay.records import Finding, StoredItem
from fake_relay.shown.line import notes, title
from fake_relay.shown.raw import as_text, hex_lines
from fake_relay.shown.text import mapping, pairs, seconds, sequence, values_of
from fake_relay.store import Selection
from fake_relay.stored_view import StoredView
from fake_relay.web import parameters
from fake_relay.web.answers import HEADERS
from fake_relay.web.api.forward import SendBody, send_now
from fake_relay.web.keys import in_thread
from fake_relay.web.pages import sections
from fake_relay.web.pages.copies import FORMS, Copied
from fake_relay.web.pages.difference import difference
from fake_relay.web.pages.frame import Page, Visit, number_in_path, redirect
from fake_relay.web.pages.marked import Marks, personal
from fake_relay.web.pages.records_of import records
from fake_relay.web.pages.rows import loosely
from fake_relay.web.pages.spans import waterfall
from fake_relay.web.pages.stack import Stacks

SHOWN_BYTES: Final = 4096
SHOWN_TEXT: Final = 64 * 1024
BESIDE: Final = 50
MARKED: Final = 128 * 1024
"""Bytes of a payload in which personal data is marked; Sentry's library needs 60 ms for them."""
SEND_WAIT: Final = 10.0
"""Seconds that a page waits for an upstream's answer."""
EVENTS: Final = frozenset({"event", "transaction", "security", "feedback"})
"""Types whose payload is an event with Sentry's fields."""
TABS: Final = (("", "Details"), ("stored", "As Sentry stores it"), ("json", "Payload"))


def load(visit: Visit) -> dict[str, Any]:
    """An item, and what the tab that the query names shows of it."""
    item = the_item(visit)
    payload = visit.store.payload(item.id) or b""
    value = loosely(payload)
    tab = visit.query.get("view", "")
    tab = tab if tab in dict(TABS) else ""
    judged = tab == "stored" or (value is not None and len(payload) <= MARKED)
    view = view_of(visit, item, payload) if judged else None
    marks = Marks(personal(value, view) if view else {})
    around = neighbours(visit, item)
    shared = {
        "title": title(item),
        "item": item,
        "notes": notes(item),
        "marks": marks,
        "tab": tab,
        "tabs": TABS,
        "copies": [(name, word) for name, (word, _) in FORMS.items()],
        "library": library_present(),
        "unmarked": value is not None and not judged and library_present(),
        "upstreams": [upstream.name for upstream in visit.forwarder.book.upstreams],
        "told": visit.query.get("told", "")[:300],
        **around,
    }
    return shared | _PARTS[tab](visit, item, payload, value, view)


def view_of(visit: Visit, item: StoredItem, payload: bytes) -> StoredView | None:
    """The item as Sentry would store it; None without the library that knows."""
    try:
        return visit.views.view(item, payload)
    except LibraryMissing:
        return None


def neighbours(visit: Visit, item: StoredItem) -> dict[str, int | None]:
    """The ids of the item that came before this one and of the one after."""
    older = visit.store.find(Selection(before=item.id, limit=1)).items
    newer = visit.store.items_after(item.id, 1)
    return {
        "older": older[0].id if older else None,
        "newer": newer[0].id if newer else None,
    }


Parts = dict[str, Any]


def details(
    visit: Visit, item: StoredItem, payload: bytes, value: Any, view: StoredView | None
) -> Parts:
    """What the item says, by its type."""
    fields = mapping(value)
    header = mapping(msgspec.json.decode(item.headers))
    parts: Parts = {
        "header": [pair for pair in header.items() if pair[0] not in ("type", "length")],
        "findings": findings_of(visit, item),
        "beside": beside(visit, item),
        "event": event_parts(fields) if item.type in EVENTS else None,
        "records": records(fields) if item.type not in EVENTS else [],
        "fields": [],
        "text": None,
        "hex": [],
        "cut": 0,
    }
    if value is None:
        parts |= raw_parts(payload)
    elif item.type not in EVENTS:
        parts["fields"] = fields_of(value, bool(parts["records"]))
    return parts


def fields_of(value: Any, records_shown: bool) -> sections.Pairs:
    """The top of a payload as names and values; records have a table of their own."""
    if not isinstance(value, dict):
        return [("payload", value)]
    only = next(iter(value.values()), None)
    if len(value) == 1 and isinstance(only, dict):
        return list(only.items())
    return [pair for pair in value.items() if not (records_shown and pair[0] == "items")]


def event_parts(value: Any) -> Parts:
    """The sections of an event."""
    stacks = Stacks(value)
    spans = waterfall(value)
    return {
        "summary": sections.summary(value),
        "message": sections.message(value),
        "parameters": sections.parameters(value),
        "exceptions": stacks.exceptions(),
        "threads": stacks.threads(),
        "spans": spans,
        "crumbs": sections.crumbs(value),
        "crumb_count": len(values_of(value.get("breadcrumbs"))),
        "request": sections.request(value),
        "user": pairs(value["user"]) if value.get("user") else [],
        "tags": sections.tags(value),
        "contexts": sections.contexts(value),
        "extra": pairs(value["extra"]) if value.get("extra") else [],
        "modules": pairs(value["modules"]) if value.get("modules") else [],
        "rest": sections.rest(value),
        "started": seconds(value.get("start_timestamp")),
        "span_count": len(sequence(value.get("spans"))),
    }


def raw_parts(payload: bytes) -> Parts:
    """A payload that is no JSON: its text, or the head of its bytes."""
    text = as_text(payload)
    if text is not None:
        return {"text": text[:SHOWN_TEXT], "cut": max(0, len(text) - SHOWN_TEXT)}
    shown = payload[:SHOWN_BYTES]
    return {"hex": hex_lines(shown), "cut": len(payload) - len(shown)}


def findings_of(visit: Visit, item: StoredItem) -> list[Finding]:
    """What the application should change, where that can be known."""
    return visit.findings.of([item])[item.id] if library_present() else []


def beside(visit: Visit, item: StoredItem) -> list[StoredItem]:
    """The other items of the same event."""
    if not item.event_id:
        return []
    wanted = Selection(project=item.project, event_id=item.event_id, limit=BESIDE)
    return [other for other in visit.store.find(wanted).items if other.id != item.id]


def stored(
    visit: Visit, item: StoredItem, payload: bytes, value: Any, view: StoredView | None
) -> Parts:
    """As sent beside as stored."""
    if view is None or view.refused is not None or view.document is None:
        return {"view": view, "rows": [], "more": False, "unchanged": view_unchanged(view, payload)}
    rows, more = difference(value, view.document, view.remarks)
    return {"view": view, "rows": rows, "more": more, "unchanged": False}


def view_unchanged(view: StoredView | None, payload: bytes) -> bool:
    """Whether Sentry keeps the very bytes that were sent."""
    return view is not None and view.refused is None and view.payload == payload


def as_json(
    visit: Visit, item: StoredItem, payload: bytes, value: Any, view: StoredView | None
) -> Parts:
    """The payload, whole."""
    header = mapping(msgspec.json.decode(item.headers))
    shared = {"value": value, "header": header, "text": None, "hex": [], "cut": 0}
    return shared if value is not None else shared | raw_parts(payload)


_PARTS: Final = {"": details, "stored": stored, "json": as_json}


def the_item(visit: Visit) -> StoredItem:
    """The item that the path names; raises a 404."""
    item = visit.store.item(number_in_path(visit))
    if item is None:
        asked = visit.path["id"][:40]
        raise web.HTTPNotFound(
            text=f"There is no item {asked}: it never was, or was cleared or evicted."
        )
    return item


async def copy(request: web.Request) -> web.Response:
    """An item in one of the forms to take along, as plain text."""
    visit = Visit.of(request)
    form = FORMS.get(visit.path["form"])
    if form is None:
        raise web.HTTPNotFound(text=f"there is no such form; use {', '.join(FORMS)}")
    text = await in_thread(request, copied, visit, form[1])
    return web.Response(text=text, content_type="text/plain", headers=HEADERS)


def copied(visit: Visit, form: Any) -> str:
    """The text of an item in a form."""
    item = the_item(visit)
    payload = visit.store.payload(item.id) or b""
    made: str = form(Copied(item, payload, loosely(payload), visit.base))
    return made


async def send_on(request: web.Request) -> web.Response:
    """Forward the item to the upstream that the form names, and tell what came of it."""
    form = await request.post()
    number, to = parameters.path_id(request), str(form.get("to", ""))
    body = SendBody(to=to, item=number, again="again" in form, wait=SEND_WAIT)
    try:
        sent = await send_now(request, body)
        told = " ".join(filter(None, (f"{to!r}: {sent.state}", sent.detail)))
    except web.HTTPException as error:
        told = error.text or error.reason
    except FakeRelayError as error:
        told = str(error)
    return redirect(f"/items/{number}?{urlencode({'told': told})}")


PAGE: Final = Page(
    "/items/{id}",
    "Item",
    "item.html",
    load,
    under="/",
    beside=(web.get("/items/{id}/as/{form}", copy), web.post("/items/{id}/send", send_on)),
)
