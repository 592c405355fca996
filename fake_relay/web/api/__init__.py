"""Our own API below `/relay/v1`: one file per resource, and the table of all routes.

May import: relay and every room below it.
"""

from __future__ import annotations

from fake_relay.web.api import envelopes, items, outcomes, projects, stream
from fake_relay.web.route import Route

ROUTES: tuple[Route, ...] = (
    *items.ROUTES,
    *envelopes.ROUTES,
    *outcomes.ROUTES,
    *projects.ROUTES,
    *stream.ROUTES,
)
