"""Our own API below `/relay/v1`: one file per resource, and the table of all routes.

May import: relay and every room below it.
"""

from __future__ import annotations

import functools
from typing import Any

from aiohttp import web

from fake_relay.web.answers import answer
from fake_relay.web.api import (
    envelopes,
    expect,
    explain,
    faults,
    findings,
    forward,
    items,
    outcomes,
    project_settings,
    projects,
    refused,
    stream,
)
from fake_relay.web.openapi import document
from fake_relay.web.route import Answer, Route


@functools.cache
def openapi() -> dict[str, Any]:
    """The document of all routes."""
    return document(ROUTES)


async def describe(request: web.Request) -> web.StreamResponse:
    """Answer the document."""
    return answer(openapi())


ROUTES: tuple[Route, ...] = (
    *items.ROUTES,
    *envelopes.ROUTES,
    *refused.ROUTES,
    *explain.ROUTES,
    *outcomes.ROUTES,
    *projects.ROUTES,
    *project_settings.ROUTES,
    *faults.ROUTES,
    *findings.ROUTES,
    *forward.ROUTES,
    *stream.ROUTES,
    *expect.ROUTES,
    Route(
        "GET",
        "/openapi.json",
        describe,
        "This document.",
        (),
        (Answer(200, "An OpenAPI 3.1 document.", dict[str, Any]),),
    ),
)
