"""The fault plan: see it, replace it, add to it, clear it; for all, or for one project.

May import: relay and every room below it.
"""

from __future__ import annotations

import msgspec
from aiohttp import web

from fake_relay.config import Fault
from fake_relay.faults import Faults, Fired, State, check_plan, read_plan
from fake_relay.intake import DOOR_NAMES
from fake_relay.web import parameters
from fake_relay.web.answers import answer, rfc3339
from fake_relay.web.api import selecting
from fake_relay.web.body import own_body
from fake_relay.web.keys import RELAY
from fake_relay.web.route import Answer, Parameter, Route


class FaultsBody(msgspec.Struct, frozen=True):
    """A fault plan."""

    faults: tuple[Fault, ...]


class FiredAnswer(msgspec.Struct, frozen=True):
    """A fault that hit a request; `fault` is the entry's id, of `project` as far as known."""

    received_at: str | None
    project: str
    door: str
    fault: int
    label: str
    event_id: str


class FaultsAnswer(msgspec.Struct, frozen=True):
    """The plan; for each entry its id and how far it has come; what fired, oldest first."""

    faults: tuple[Fault, ...]
    state: tuple[State, ...]
    fired: list[FiredAnswer]


class FaultsAdded(msgspec.Struct, frozen=True):
    """The ids of entries that were added, in their order."""

    ids: list[int]


class FaultsDeleted(msgspec.Struct, frozen=True):
    """How many entries were cleared."""

    deleted: int


def told(faults: Faults, project: str | None) -> FaultsAnswer:
    """The plan as the API shows it."""
    fired = [fired_answer(found) for found in faults.fired(project)]
    return FaultsAnswer(faults.plan(project), faults.state(project), fired)


def fired_answer(fired: Fired) -> FiredAnswer:
    """A firing as the API shows it."""
    fields = msgspec.structs.asdict(fired)
    return FiredAnswer(**(fields | {"received_at": rfc3339(fired.received_at)}))


async def show(request: web.Request) -> web.StreamResponse:
    """The plan."""
    return answer(told(request.app[RELAY].faults, parameters.text(request, "project")))


async def replace(request: web.Request) -> web.StreamResponse:
    """Replace the plan, or a project's own entries."""
    project = parameters.text(request, "project")
    new = await entries(request, project)
    faults = request.app[RELAY].faults
    faults.set(new, project)
    return answer(told(faults, project))


async def add(request: web.Request) -> web.StreamResponse:
    """Append entries; what is there keeps its counters."""
    new = await entries(request, parameters.text(request, "project"))
    faults = request.app[RELAY].faults
    check_plan((*faults.plan(), *new))
    return answer(FaultsAdded([faults.add(fault) for fault in new]), 201)


async def clear(request: web.Request) -> web.StreamResponse:
    """Clear the plan, a project's own entries, or one entry."""
    project = parameters.text(request, "project")
    faults = request.app[RELAY].faults
    if parameters.text(request, "id") is None:
        return answer(FaultsDeleted(faults.clear(project)))
    fault_id = parameters.integer(request, "id", 0, least=1, most=parameters.MAX_ID)
    return answer(FaultsDeleted(faults.remove(fault_id, project)))


async def entries(request: web.Request, project: str | None) -> tuple[Fault, ...]:
    """The entries in a body; those that name no project are for the one in the query."""
    found = read_plan(await own_body(request), DOOR_NAMES)
    if project is None:
        return found
    for number, fault in enumerate(found):
        if fault.project not in (None, project):
            raise parameters.bad(
                f"faults[{number}].project: {fault.project!r} is not {project!r}, the project in"
                " the query"
            )
    return tuple(msgspec.structs.replace(fault, project=project) for fault in found)


ID = Parameter("id", "Only the entry of this id, as `state` tells it.", "integer", 1)
PLAN = Answer(200, "The plan, and how far it has come.", FaultsAnswer)

ROUTES = (
    Route("GET", "/faults", show, "The fault plan.", (selecting.PROJECT,), (PLAN,)),
    Route(
        "PUT",
        "/faults",
        replace,
        "Replace the fault plan, or a project's own entries.",
        (selecting.PROJECT,),
        (PLAN,),
        FaultsBody,
    ),
    Route(
        "POST",
        "/faults",
        add,
        "Add to the fault plan.",
        (selecting.PROJECT,),
        (Answer(201, "The new entries' ids.", FaultsAdded),),
        FaultsBody,
    ),
    Route(
        "DELETE",
        "/faults",
        clear,
        "Clear the fault plan, and lift the limits that it imposed.",
        (selecting.PROJECT, ID),
        (Answer(200, "How many entries went.", FaultsDeleted),),
    ),
)
