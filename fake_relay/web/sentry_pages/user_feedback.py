"""`POST /api/0/projects/{org}/{project}/user-feedback/`: reports by script (PROTOCOL.md 2.12).

A DSN in the Authorization header says to which project; anybody else names it in the path.
May import: relay and every room below it, web.
"""

from __future__ import annotations

from typing import Final

import msgspec
from aiohttp import web

from fake_relay.errors import RequestRefused
from fake_relay.intake import user_report
from fake_relay.protocol import encoding
from fake_relay.protocol.dsn import Dsn, canonical_project_id, is_project_id
from fake_relay.protocol.envelope import normalize_event_id
from fake_relay.relay import Relay
from fake_relay.web.body import own_body
from fake_relay.web.keys import ACCESS, RELAY
from fake_relay.web.sentry_pages import reports
from fake_relay.web.sentry_pages.error_page import with_cors

PATH: Final = "/api/0/projects/{organization}/{project}/user-feedback/"
PREFIX: Final = "dsn "


async def submit(request: web.Request) -> web.Response:
    """Take a report: the report as JSON to a bearer, nothing to a DSN."""
    relay = request.app[RELAY]
    authorization = request.headers.get("Authorization", "")
    by_dsn = authorization.lower().startswith(PREFIX)
    if by_dsn:
        dsn = reports.dsn_of(authorization[len(PREFIX) :].strip(), relay)
    elif (refused := request.app[ACCESS].refusal(request)) is not None:
        return refused
    else:
        dsn = _named(request, relay)
    if dsn is None:
        return _answer(request, 401 if by_dsn else 404, {"detail": "there is no such project"})
    if not reports.allows(request, relay, dsn):
        return _answer(request, 403, {"detail": "the origin is not allowed"})
    return await _take(request, relay, dsn, quiet=by_dsn)


async def _take(request: web.Request, relay: Relay, dsn: Dsn, *, quiet: bool) -> web.Response:
    body = await own_body(request)
    try:
        coding = encoding.normalize(request.headers.get("Content-Encoding"))
        said = user_report.of_json(encoding.decode(body, coding, reports.MAX_BODY))
    except RequestRefused as error:
        return _answer(request, error.status, {"detail": error.detail})
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        return _answer(request, 400, {"detail": f"JSON parse error - {error}"})
    problems = user_report.problems_of(said)
    try:
        normalize_event_id(said.event_id)
    except ValueError:
        problems["event_id"] = [user_report.BAD_EVENT_ID if said.event_id else user_report.REQUIRED]
    if problems:
        return _answer(request, 400, problems)
    reply = await reports.receive(request, relay, body, dsn)
    if reply.status != 200:
        return _answer(request, reply.status, msgspec.json.decode(reply.body))
    if quiet:
        return with_cors(request, web.Response())
    shown = {"eventID": said.event_id, "name": said.name, "email": said.email}
    return _answer(request, 200, {**shown, "comments": said.comments})


def _named(request: web.Request, relay: Relay) -> Dsn | None:
    """The project of the path, by its number, with a key that it may have."""
    project = request.match_info["project"]
    if not is_project_id(project):
        return None
    known = relay.config.project(canonical_project_id(project))
    if relay.config.strict and known is None:
        return None
    keys = known.public_keys if known is not None else ()
    key = (keys or (relay.config.offered()[1],))[0]
    return Dsn.parse(f"http://{key}@localhost/{canonical_project_id(project)}", strict_key=False)


def _answer(request: web.Request, status: int, body: object) -> web.Response:
    made = web.Response(
        status=status, body=msgspec.json.encode(body), content_type="application/json"
    )
    return with_cors(request, made)
