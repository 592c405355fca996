"""Projects: those that were seen, and fresh isolated ones.

May import: relay and every room below it.
"""

from __future__ import annotations

import secrets
import time

import msgspec
from aiohttp import web

from fake_relay.records import ProjectSummary
from fake_relay.web.answers import answer, rfc3339
from fake_relay.web.keys import RELAY, in_thread
from fake_relay.web.parameters import json_body
from fake_relay.web.route import Answer, Route

# Ten digits: no id that Sentry gives out, and readable in a log.
_FIRST_ID, _IDS = 10**9, 9 * 10**9


class ProjectAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """A project, with a DSN for each of its keys."""

    project: str
    public_keys: tuple[str, ...]
    dsns: tuple[str, ...]
    created_at: str | None
    items: int
    envelopes: int


class ProjectsAnswer(msgspec.Struct, frozen=True):
    """All projects, the newest first."""

    projects: list[ProjectAnswer]


class NewProject(msgspec.Struct, frozen=True):
    """A fresh project: its id, its only key, and the DSN to give to an SDK."""

    project: str
    public_key: str
    dsn: str


class NewProjectBody(msgspec.Struct, frozen=True):
    """What may be said of a new project; `name` is for the caller's own logs and not kept."""

    name: str | None = None


def dsn(request: web.BaseRequest, project: str, public_key: str) -> str:
    """A DSN by which the client reaches this server as it just did."""
    return f"{request.scheme}://{public_key}@{request.host}/{project}"


async def find(request: web.Request) -> web.StreamResponse:
    """All projects."""
    found = await in_thread(request, request.app[RELAY].store.projects)
    return answer(ProjectsAnswer([project_answer(request, project) for project in found]))


def project_answer(request: web.Request, project: ProjectSummary) -> ProjectAnswer:
    """A project as the API shows it."""
    return ProjectAnswer(
        project=project.project,
        public_keys=project.public_keys,
        dsns=tuple(dsn(request, project.project, key) for key in project.public_keys if key),
        created_at=rfc3339(project.created_at),
        items=project.items,
        envelopes=project.envelopes,
    )


async def create(request: web.Request) -> web.StreamResponse:
    """A fresh project that nobody else has the key of."""
    await json_body(request, NewProjectBody, NewProjectBody())
    store = request.app[RELAY].store
    known = {project.project for project in await in_thread(request, store.projects)}
    project = next(found for found in iter(random_id, "") if found not in known)
    public_key = secrets.token_hex(16)
    store.add_project(project, public_key, time.time())
    return answer(NewProject(project, public_key, dsn(request, project, public_key)), 201)


def random_id() -> str:
    """A project id that is probably unused."""
    return str(_FIRST_ID + secrets.randbelow(_IDS))


ROUTES = (
    Route(
        "GET",
        "/projects",
        find,
        "All projects with their DSNs and counts.",
        (),
        (Answer(200, "The projects.", ProjectsAnswer),),
    ),
    Route(
        "POST",
        "/projects",
        create,
        "Make a fresh isolated project.",
        (),
        (Answer(201, "The project and its DSN.", NewProject),),
        NewProjectBody,
    ),
)
