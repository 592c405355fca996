"""Items: search, wait for, look at, take their bytes, forget them.

May import: relay and every room below it.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate, takewhile

import msgspec
from aiohttp import web

from fake_relay.config.relay_library import library_present
from fake_relay.lint import Findings
from fake_relay.records import StoredItem
from fake_relay.store import Page, Reader
from fake_relay.stored_view.viewer import Views
from fake_relay.web import parameters
from fake_relay.web.answers import HEADERS, Problem, answer, json_or_none
from fake_relay.web.api import selecting
from fake_relay.web.api.item import ItemAnswer, ItemPage, item_answer, stored_answer
from fake_relay.web.keys import FINDINGS, RELAY, VIEWS, in_thread
from fake_relay.web.parameters import MAX_WAIT
from fake_relay.web.route import Answer, Parameter, Route
from fake_relay.web.uploads import UPLOADS, uploaded

MAX_PAGE_BYTES = 4 * 1024 * 1024
"""What the payloads of one page may weigh; a page that would exceed it ends earlier."""


class Deleted(msgspec.Struct, frozen=True):
    """How many items were forgotten."""

    deleted: int


async def find(request: web.Request) -> web.StreamResponse:
    """A page of items, newest first; with `wait`, as soon as it holds one."""
    views = wanted_views(request)
    wanted = await selecting.selection(request)
    wait = parameters.seconds(request, "wait", 0, most=MAX_WAIT)
    with_payload = parameters.flag(request, "payload", default=True)
    judged = parameters.flag(request, "findings", default=False)
    findings = request.app[FINDINGS] if judged else None
    found, position = await selecting.page(request, wanted, wait)
    if not with_payload:
        shown = [item_answer(item, None) for item in found.items]
        shown = await in_thread(request, with_findings, shown, found.items, findings)
        return answer(ItemPage(shown, parameters.cursor_text(found.next), position))
    store = request.app[RELAY].store
    shown, before = await in_thread(request, with_payloads, store, found, views, findings)
    return answer(ItemPage(shown, parameters.cursor_text(before), position))


def with_payloads(
    reader: Reader, page: Page, views: Views | None = None, findings: Findings | None = None
) -> tuple[list[ItemAnswer], int | None]:
    """A page's items with payloads, as many as may be held at once, and where to go on."""
    held = page.items[: how_many(page.items, MAX_PAGE_BYTES)]
    payloads = reader.payloads([item.id for item in held])
    shown = [shown_item(item, payloads.get(item.id), views) for item in held]
    shown = with_findings(shown, held, findings)
    return shown, page.next if len(held) == len(page.items) else held[-1].id


def how_many(items: Sequence[StoredItem], most: int) -> int:
    """The number of items, at least one, whose payloads weigh no more than `most` bytes."""
    weights = accumulate(item.size for item in items)
    return max(1, sum(1 for _ in takewhile(lambda weight: weight <= most, weights)))


def with_findings(
    shown: list[ItemAnswer], items: Sequence[StoredItem], findings: Findings | None
) -> list[ItemAnswer]:
    """The same items with what their application should change, where that can be known."""
    if findings is None or not library_present():
        return shown
    known = findings.of(items)
    return [msgspec.structs.replace(one, findings=known[one.id]) for one in shown]


def the_answer(
    reader: Reader, item: StoredItem, views: Views | None, findings: Findings
) -> ItemAnswer:
    """One item with its payload and its findings."""
    (shown,) = with_findings([shown_item(item, reader.payload(item.id), views)], [item], findings)
    return shown


def shown_item(item: StoredItem, payload: bytes | None, views: Views | None) -> ItemAnswer:
    """An item with its payload as sent, or as Sentry would keep it where there are `views`."""
    if views is None or payload is None:
        return item_answer(item, payload)
    return stored_answer(item, views.view(item, payload))


def wanted_views(request: web.Request) -> Views | None:
    """The views of items as Sentry would keep them, where the request asks for those."""
    view = parameters.text(request, "view")
    if view not in (None, "sent", "stored"):
        raise parameters.bad(f"view={view[:40]!r} is not a view; use sent or stored")
    return request.app[VIEWS] if view == "stored" else None


async def show(request: web.Request) -> web.StreamResponse:
    """One item."""
    views = wanted_views(request)
    store = request.app[RELAY].store
    item = await the_item(request)
    if not parameters.flag(request, "payload", default=True):
        return answer(item_answer(item, None))
    findings = request.app[FINDINGS]
    return answer(await in_thread(request, the_answer, store, item, views, findings))


async def payload(request: web.Request) -> web.StreamResponse:
    """An item's payload, byte for byte; of a reference to an upload, what was uploaded."""
    item = await the_item(request)
    data = await in_thread(request, request.app[RELAY].store.payload, item.id)
    if data is None:
        raise gone(item.id)
    upload = await in_thread(request, uploaded, request.app[UPLOADS], item, data)
    if upload is not None:
        headers = {**HEADERS, "Content-Disposition": f'attachment; filename="item-{item.id}.bin"'}
        return web.FileResponse(upload, headers=headers)
    if await in_thread(request, json_or_none, data) is not None:
        return web.Response(body=data, headers=HEADERS, content_type="application/json")
    headers = {**HEADERS, "Content-Disposition": f'attachment; filename="item-{item.id}.bin"'}
    return web.Response(body=data, headers=headers, content_type="application/octet-stream")


async def delete(request: web.Request) -> web.StreamResponse:
    """Forget the items of a project, or all."""
    # On the loop, like every write: the store has one writer, and removes much in steps.
    return answer(Deleted(request.app[RELAY].store.clear(parameters.text(request, "project"))))


async def the_item(request: web.Request) -> StoredItem:
    """The item that the path names; raises a 404."""
    item_id = parameters.path_id(request)
    item = await in_thread(request, request.app[RELAY].store.item, item_id)
    if item is None:
        raise gone(item_id)
    return item


def gone(item_id: int) -> web.HTTPNotFound:
    """There is no such item."""
    return web.HTTPNotFound(text=f"there is no item {item_id}; it never was, or was deleted")


VIEW = Parameter(
    "view",
    "`sent`, or `stored`: as Sentry keeps it, normalised and scrubbed, with `remarks` on each"
    " change. `stored` is answered 501 without the extra fake-relay[relay].",
    choices=("sent", "stored"),
    default="sent",
)
ID = Parameter("id", "The item's id.", "integer", 1)
WAIT = Parameter("wait", "Wait for a match, at most so many seconds.", "number", 0, MAX_WAIT, 0)
PAYLOAD = Parameter("payload", "0 leaves the payloads out.", choices=("0", "1"))
FINDINGS_TOO = Parameter(
    "findings",
    "1 adds what the application should change, where the extra fake-relay[relay] is there.",
    choices=("0", "1"),
)
UNKNOWN = Answer(404, "There is no such item.", Problem)
NO_VIEW = Answer(501, "The stored view needs the extra fake-relay[relay].", Problem)

ROUTES = (
    Route(
        "GET",
        "/items",
        find,
        "Search items, newest first.",
        (
            selecting.PROJECT,
            selecting.TYPE,
            selecting.EVENT_ID,
            selecting.QUERY,
            selecting.LIMIT,
            selecting.CURSOR,
            selecting.AFTER,
            WAIT,
            PAYLOAD,
            VIEW,
            FINDINGS_TOO,
        ),
        (Answer(200, "A page.", ItemPage), NO_VIEW),
    ),
    Route(
        "DELETE",
        "/items",
        delete,
        "Forget items, envelopes and outcomes.",
        (selecting.PROJECT,),
        (Answer(200, "How many.", Deleted),),
    ),
    Route(
        "GET",
        "/items/{id}",
        show,
        "One item.",
        (ID, PAYLOAD, VIEW),
        (Answer(200, "The item.", ItemAnswer), UNKNOWN, NO_VIEW),
    ),
    Route(
        "GET",
        "/items/{id}/payload",
        payload,
        "An item's payload, byte for byte.",
        (ID,),
        (Answer(200, "The bytes.", media="application/octet-stream"), UNKNOWN),
    ),
)
