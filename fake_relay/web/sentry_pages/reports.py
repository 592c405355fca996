"""A user report on its way from a page to the store.

May import: relay and every room below it, web.
"""

from __future__ import annotations

import time
import uuid

from aiohttp import web
from multidict import CIMultiDict

from fake_relay.errors import InvalidDsn, RequestRefused, UnknownProject
from fake_relay.intake import Place, admit, answer
from fake_relay.intake.origin import check_origin
from fake_relay.intake.user_report import DOOR
from fake_relay.protocol.dsn import Dsn, is_project_id
from fake_relay.records import Inbound, Reply
from fake_relay.relay import Relay
from fake_relay.web.keys import COMMITS

MAX_BODY = 1024 * 1024


def dsn_of(text: str, relay: Relay) -> Dsn | None:
    """The DSN in a text; None for one that is broken or, in strict mode, not known."""
    try:
        dsn = Dsn.parse(text, strict_key=relay.config.strict)
        admit.check_known(dsn.project_id, dsn.public_key, relay.config)
    except (InvalidDsn, UnknownProject):
        return None
    return dsn if is_project_id(dsn.project_id) else None


def allows(request: web.Request, relay: Relay, dsn: Dsn) -> bool:
    """Whether the page that asks may use the project."""
    try:
        check_origin(request.headers, relay.settings_of(dsn.project_id).allowed_domains)
    except RequestRefused:
        return False
    return True


async def receive(
    request: web.Request, relay: Relay, body: bytes, dsn: Dsn, event_id: str | None = None
) -> Reply:
    """Store what a request says, and wait until it is safe.

    `event_id` is for a form, which does not name it itself.
    """
    inbound = Inbound(
        "POST",
        request.path,
        request.query_string,
        CIMultiDict(request.headers),
        body,
        request.remote or "",
        time.time(),
        uuid.uuid4().hex,
    )
    place = Place(DOOR, project=dsn.project_id, key=dsn.public_key, slug=event_id)
    reply = relay.receive(inbound, place)
    failure = await request.app[COMMITS].committed()
    return reply if failure is None else answer.not_stored(failure)
