"""Refused requests: list them, look at one, take the bytes that came.

May import: relay and every room below it.
"""

from __future__ import annotations

import msgspec
from aiohttp import web

from fake_relay.records import RefusedRequest
from fake_relay.web import parameters
from fake_relay.web.answers import HEADERS, Problem, answer, rfc3339
from fake_relay.web.api import selecting
from fake_relay.web.keys import RELAY, in_thread
from fake_relay.web.route import Answer, Parameter, Route


class RefusedAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """A request that got no 200; what could not be known of its sender is empty.

    Sizes are in bytes: `wire_size` of the whole body, `kept` of what is kept of it.
    """

    id: int
    received_at: str | None
    method: str
    path: str
    query: str
    door: str
    project: str
    public_key: str
    status: int
    reason: str
    detail: str
    causes: tuple[str, ...]
    remote_addr: str
    user_agent: str
    client: str
    headers: dict[str, str]
    coding: str
    wire_size: int
    kept: int


class RefusedAnswers(msgspec.Struct, frozen=True):
    """Refused requests, newest first; `next` is the cursor of the page behind.

    `evicted` is how many older ones had to make room, whatever their project.
    """

    refused: list[RefusedAnswer]
    next: str | None
    evicted: int


def refused_answer(refused: RefusedRequest) -> RefusedAnswer:
    """A refused request as the API shows it."""
    fields = {name: getattr(refused, name) for name in refused.__struct_fields__}
    fields["received_at"] = rfc3339(refused.received_at)
    return RefusedAnswer(**fields)


async def find(request: web.Request) -> web.StreamResponse:
    """A page of refused requests."""
    page = await in_thread(
        request,
        request.app[RELAY].store.refused,
        parameters.text(request, "project"),
        parameters.cursor(request),
        parameters.limit(request),
    )
    shown = [refused_answer(refused) for refused in page.refused]
    return answer(RefusedAnswers(shown, parameters.cursor_text(page.next), page.evicted))


async def show(request: web.Request) -> web.StreamResponse:
    """One refused request."""
    refused_id = parameters.path_id(request)
    found = await in_thread(request, request.app[RELAY].store.refused_request, refused_id)
    if found is None:
        raise gone(refused_id)
    return answer(refused_answer(found))


async def raw(request: web.Request) -> web.StreamResponse:
    """The bytes of its body as they came, as far as they are kept; never shown as a page."""
    refused_id = parameters.path_id(request)
    body = await in_thread(request, request.app[RELAY].store.refused_body, refused_id)
    if body is None:
        raise gone(refused_id)
    disposition = f'attachment; filename="refused-{refused_id}.bin"'
    headers = {**HEADERS, "Content-Disposition": disposition}
    return web.Response(body=body, headers=headers, content_type="application/octet-stream")


def gone(refused_id: int) -> web.HTTPNotFound:
    """There is no such refused request."""
    return web.HTTPNotFound(
        text=f"there is no refused request {refused_id}; it never was, was deleted, or made room"
    )


ID = Parameter("id", "The refused request's id.", "integer", 1)
UNKNOWN = Answer(404, "There is no such refused request.", Problem)

ROUTES = (
    Route(
        "GET",
        "/refused",
        find,
        "Requests that were refused, newest first.",
        (selecting.PROJECT, selecting.LIMIT, selecting.CURSOR),
        (Answer(200, "A page.", RefusedAnswers),),
    ),
    Route(
        "GET",
        "/refused/{id}",
        show,
        "One refused request.",
        (ID,),
        (Answer(200, "The request.", RefusedAnswer), UNKNOWN),
    ),
    Route(
        "GET",
        "/refused/{id}/raw",
        raw,
        "A refused request's body as it came, the first 64 KiB.",
        (ID,),
        (Answer(200, "The bytes.", media="application/octet-stream"), UNKNOWN),
    ),
)
