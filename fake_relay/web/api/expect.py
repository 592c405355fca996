"""Waits for an expectation, for shells and languages that have no plugin.

May import: relay and every room below it.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

from aiohttp import web

from fake_relay.expect import Expectation, Vigil
from fake_relay.web import parameters
from fake_relay.web.answers import Problem, answer
from fake_relay.web.api.patterns import check_patterns
from fake_relay.web.keys import NEWS, RELAY, VIEWS, in_thread
from fake_relay.web.route import Answer, Route

MAX_WITHIN = 300.0
"""Seconds; whoever wants to wait for longer asks again."""


async def expect(request: web.Request) -> web.StreamResponse:
    """Answer when the expectation holds, or 417 with near misses when time is up."""
    body = await parameters.json_body(request, dict[str, Any])
    check_patterns(body)
    store, news = request.app[RELAY].store, request.app[NEWS]
    # Whoever asks over HTTP has usually acted already: without `since`, all that is kept counts.
    expectation = bounded(await in_thread(request, Expectation.from_json, body, reader_position=0))
    clock = asyncio.get_running_loop().time
    vigil = Vigil(expectation, store, now=clock(), views=request.app[VIEWS])
    while (pause := await in_thread(request, vigil.look, clock())) is not None:
        await news.wait(vigil.position, pause)
        if news.closing() or request.transport is None:
            break
    # The verdict reads the ledger too.
    verdict = await in_thread(request, vigil.verdict.to_json)
    return answer(verdict, 200 if vigil.verdict.held else 417)


def bounded(expectation: Expectation) -> Expectation:
    """The same expectation, waiting no longer than a request may."""
    return replace(
        expectation,
        within=min(expectation.within, MAX_WITHIN),
        quiet=min(expectation.quiet, MAX_WITHIN),
    )


ROUTES = (
    Route(
        "POST",
        "/expect",
        expect,
        "Wait until an expectation holds.",
        (),
        (
            Answer(200, "It holds: the verdict.", dict[str, Any]),
            Answer(417, "It does not: the verdict with near misses.", dict[str, Any]),
            Answer(400, "The expectation is wrong.", Problem),
        ),
        dict[str, Any],
    ),
)
