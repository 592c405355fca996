"""Why is my event missing? The explanation, worked out when somebody asks.

May import: relay, explain and every room below them.
"""

from __future__ import annotations

import time

from aiohttp import web

from fake_relay.explain import Explanation, explain
from fake_relay.items.facts import timestamp
from fake_relay.web import parameters
from fake_relay.web.answers import answer
from fake_relay.web.api import selecting
from fake_relay.web.keys import RELAY, in_thread
from fake_relay.web.route import Answer, Parameter, Route


async def show(request: web.Request) -> web.StreamResponse:
    """What became of an event, or of what was not accepted."""
    found = await in_thread(
        request,
        explain,
        request.app[RELAY].store,
        parameters.event_id(request),
        since=since_of(request),
        project=parameters.text(request, "project"),
        now=time.time(),
    )
    return answer(found)


def since_of(request: web.Request) -> float | None:
    """The moment that `since` names, in seconds since 1970."""
    given = parameters.text(request, "since")
    found = None if given is None else timestamp(number_or_text(given))
    if given is not None and found is None:
        raise parameters.bad(
            f"since={given[:40]!r} is no moment; use seconds since 1970, or RFC 3339"
        )
    return found


def number_or_text(given: str) -> float | str:
    """The number that a text is, or the text."""
    try:
        return float(given)
    except ValueError:
        return given


ROUTES = (
    Route(
        "GET",
        "/explain",
        show,
        "Why an event is missing, or what was not accepted of late.",
        (
            Parameter("event_id", "The event; without one, all that was not accepted."),
            selecting.PROJECT,
            Parameter(
                "since",
                "Only what came since then: seconds since 1970, or RFC 3339. Without an event,"
                " the last hour.",
            ),
        ),
        (Answer(200, "The explanation.", Explanation),),
    ),
)
