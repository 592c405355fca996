"""Dead letters of forwarding: what could not be delivered, and why.

May import: relay and every room below it.
"""

from __future__ import annotations

import msgspec
from aiohttp import web

from fake_relay.store.spool import DeadLetter
from fake_relay.web import parameters
from fake_relay.web.answers import Problem, answer, rfc3339
from fake_relay.web.api import selecting
from fake_relay.web.keys import RELAY, in_thread
from fake_relay.web.route import Answer, Parameter, Route


class ForwardDeleted(msgspec.Struct, frozen=True):
    """How many dead letters were forgotten."""

    deleted: int


class DeadAnswer(msgspec.Struct, frozen=True):
    """What could not be delivered: `status` is that of the answer, 0 for none.

    `attempts` are the answers 500 that it got.
    """

    id: int
    upstream: str
    project: str
    envelope_id: int
    items: list[int]
    size: int
    queued_at: str | None
    died_at: str | None
    status: int
    reason: str
    detail: str
    attempts: int


class DeadPage(msgspec.Struct, frozen=True):
    """Dead letters, newest first, and the cursor of the next page."""

    dead: list[DeadAnswer]
    next: str | None


async def list_dead(request: web.Request) -> web.StreamResponse:
    """A page of dead letters."""
    limit, before = parameters.limit(request), parameters.cursor(request)
    spool = request.app[RELAY].store.spool
    upstream = parameters.text(request, "upstream")
    found = await in_thread(request, spool.dead_letters, upstream, before, limit + 1)
    page = [dead_answer(letter) for letter in found[:limit]]
    following = page[-1].id if len(found) > limit else None
    return answer(DeadPage(page, parameters.cursor_text(following)))


async def show_dead(request: web.Request) -> web.StreamResponse:
    """One dead letter."""
    dead_id = parameters.path_id(request)
    found = await in_thread(request, request.app[RELAY].store.spool.dead_letter, dead_id)
    if found is None:
        raise web.HTTPNotFound(text=f"there is no dead letter {dead_id}")
    return answer(dead_answer(found))


def dead_answer(letter: DeadLetter) -> DeadAnswer:
    """A dead letter as the API shows it."""
    parcel = letter.parcel
    return DeadAnswer(
        parcel.id,
        parcel.upstream,
        parcel.project,
        parcel.envelope_id,
        [part.item for part in parcel.parts],
        parcel.size,
        rfc3339(parcel.queued_at),
        rfc3339(letter.died_at),
        letter.status,
        letter.reason,
        letter.detail,
        parcel.attempts,
    )


async def drop_dead(request: web.Request) -> web.StreamResponse:
    """Forget dead letters."""
    spool, upstream = request.app[RELAY].store.spool, parameters.text(request, "upstream")
    dropped = await in_thread(request, spool.drop_dead, upstream, chosen(request))
    return answer(ForwardDeleted(dropped))


def chosen(request: web.Request) -> list[int] | None:
    """The one dead letter that is meant, None for all."""
    if parameters.text(request, "id") is None:
        return None
    return [parameters.integer(request, "id", 0, least=1, most=parameters.MAX_ID)]


UPSTREAM = Parameter("upstream", "Only this upstream.")
DEAD_ID = Parameter("id", "Only this dead letter.", "integer", 1)

ROUTES = (
    Route(
        "GET",
        "/forward/dead",
        list_dead,
        "Dead letters, newest first.",
        (UPSTREAM, selecting.LIMIT, selecting.CURSOR),
        (Answer(200, "A page of dead letters.", DeadPage),),
    ),
    Route(
        "GET",
        "/forward/dead/{id}",
        show_dead,
        "One dead letter.",
        (Parameter("id", "Its id.", "integer"),),
        (Answer(200, "The dead letter.", DeadAnswer), Answer(404, "There is none.", Problem)),
    ),
    Route(
        "DELETE",
        "/forward/dead",
        drop_dead,
        "Forget dead letters.",
        (UPSTREAM, DEAD_ID),
        (Answer(200, "How many went.", ForwardDeleted),),
    ),
)
