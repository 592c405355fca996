"""A project's own filters, quotas, scrubbing, sampling and origins, while the relay runs.

Rule: what is set holds from the next request on, until it is deleted or the relay stops.
May import: relay and every room below it.
"""

from __future__ import annotations

from typing import Any

import msgspec
from aiohttp import web

from fake_relay.config import Filters, Quota, Sampling, Scrubbing
from fake_relay.config.own_settings import OWN, read_own_settings
from fake_relay.protocol.dsn import canonical_project_id, is_project_id
from fake_relay.web.answers import Problem, answer
from fake_relay.web.keys import FINDINGS, RELAY
from fake_relay.web.parameters import json_body
from fake_relay.web.route import Answer, Parameter, Route


class SettingsAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """What holds for a project; `own` names what it says itself, the rest is the relay's.

    `ignored` are the keys of a configuration of Relay's that mean nothing here.
    """

    project: str
    allowed_domains: tuple[str, ...]
    filters: Filters
    quotas: tuple[Quota, ...]
    scrubbing: Scrubbing
    sampling: Sampling
    own: tuple[str, ...]
    ignored: tuple[str, ...] = ()


class SettingsBody(msgspec.Struct, frozen=True, kw_only=True):
    """What a project can say itself; what is left out is as the relay's configuration says.

    Relay's own spelling is taken too: `filterSettings`, `quotas`, `datascrubbingSettings`,
    `piiConfig`, `sampling`, `allowedDomains`, also below `config`.
    """

    allowed_domains: tuple[str, ...] | None = None
    filters: Filters | None = None
    quotas: tuple[Quota, ...] | None = None
    scrubbing: Scrubbing | None = None
    sampling: Sampling | None = None


def project_of(request: web.Request) -> str:
    """The project in the path; one that no DSN can name is not found."""
    given = request.match_info["id"]
    if not is_project_id(given):
        raise web.HTTPNotFound(text=f"{given[:40]!r} is no project id; use a whole number")
    return canonical_project_id(given)


async def get(request: web.Request) -> web.StreamResponse:
    """What holds."""
    return answer(settings_answer(request, project_of(request)))


async def put(request: web.Request) -> web.StreamResponse:
    """Replace what the project says itself."""
    project = project_of(request)
    found = read_own_settings(project, await json_body(request, dict[str, Any]))
    request.app[RELAY].configure(found.config)
    request.app[FINDINGS].start_again()
    return answer(settings_answer(request, project, found.ignored))


async def delete(request: web.Request) -> web.StreamResponse:
    """Go back to the relay's configuration."""
    project = project_of(request)
    request.app[RELAY].reset(project)
    request.app[FINDINGS].start_again()
    return answer(settings_answer(request, project))


def settings_answer(
    request: web.Request, project: str, ignored: tuple[str, ...] = ()
) -> SettingsAnswer:
    """A project's settings as the API shows them."""
    plans = request.app[RELAY].plans
    settings, own = plans.of(project).settings, plans.own(project)
    return SettingsAnswer(
        project=project,
        allowed_domains=settings.allowed_domains,
        filters=settings.filters,
        quotas=settings.quotas,
        scrubbing=settings.scrubbing,
        sampling=settings.sampling,
        own=tuple(name for name in OWN if getattr(own, name) is not None),
        ignored=ignored,
    )


_PATH = "/projects/{id}/settings"
_ID = Parameter("id", "The project's id.", "string")
_WHAT_HOLDS = Answer(200, "What holds for the project.", SettingsAnswer)
_NO_PROJECT = Answer(404, "No DSN can name such a project.", Problem)

ROUTES = (
    Route("GET", _PATH, get, "A project's settings.", (_ID,), (_WHAT_HOLDS, _NO_PROJECT)),
    Route(
        "PUT",
        _PATH,
        put,
        "Replace what a project says itself, until the relay stops.",
        (_ID,),
        (_WHAT_HOLDS, Answer(400, "A setting is wrong.", Problem), _NO_PROJECT),
        SettingsBody,
    ),
    Route(
        "DELETE",
        _PATH,
        delete,
        "Go back to the relay's configuration.",
        (_ID,),
        (_WHAT_HOLDS, _NO_PROJECT),
    ),
)
