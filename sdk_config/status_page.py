"""What a service's `/health` says of its Sentry SDK, and a route for each framework.

Rule: never the DSN, never an error: a health page that fails because of Sentry would be the
opposite of what it is for.
May import: install, runtime; frameworks only as the objects that are handed in.
"""

from __future__ import annotations

import json
from importlib import import_module
from typing import Any

from sdk_config import install, runtime

SENTRY_KEYS = (
    "enabled",
    "dsn_configured",
    "environment",
    "release",
    "sample_rate",
    "traces_sample_rate",
)
"""What S3-36 shows, in its order."""


def health_payload() -> dict[str, Any]:
    """The body of a health page: `{"status": "healthy", "sentry": {...}}` (S3-36).

    Beside the six keys of the document: `transport` (its class), `queue` (envelopes that wait,
    None if unknown), `rate_limited` (data categories under a limit), `dropped` (quantities by
    category and reason), `scrubber`. The service is healthy whatever Sentry does.
    """
    found = install.status()
    sentry = {key: getattr(found, key) for key in SENTRY_KEYS}
    sentry |= _transport() | {"dropped": _dropped(), "scrubber": found.scrubber}
    return {"status": "healthy", "sentry": sentry}


def django_health(request: Any) -> Any:
    """A Django view: `path("health", django_health)`."""
    del request
    return import_module("django.http").JsonResponse(health_payload())


async def aiohttp_health(request: Any) -> Any:
    """An aiohttp handler: `app.router.add_get("/health", aiohttp_health)`."""
    del request
    return import_module("aiohttp.web").json_response(health_payload())


def add_health_route(app: Any, path: str = "/health") -> bool:
    """Serve the health page from a FastAPI, Starlette, Flask or aiohttp application.

    False if the application is none of these; for Django there is `django_health`.
    """
    if hasattr(app, "add_api_route"):
        app.add_api_route(path, health_payload, methods=["GET"])
    elif hasattr(app, "add_url_rule"):
        app.add_url_rule(path, "sentry_health", health_payload, methods=["GET"])
    elif hasattr(getattr(app, "router", None), "add_get"):
        app.router.add_get(path, aiohttp_health)
    elif hasattr(app, "add_route"):
        app.add_route(path, _starlette_health, methods=["GET"])
    else:
        return False
    return True


async def _starlette_health(request: Any) -> Any:
    del request
    response = import_module("starlette.responses").Response
    return response(json.dumps(health_payload()), media_type="application/json")


def _dropped() -> dict[str, int]:
    running = runtime.current()
    if running is None:
        return {}
    dropped = running.ledger.counts().dropped
    return {f"{category} {reason}": count for (category, reason), count in sorted(dropped.items())}


def _transport() -> dict[str, Any]:
    try:
        transport = install.transport()
        return {
            "transport": type(transport).__name__ if transport is not None else None,
            "queue": _waiting(transport),
            "rate_limited": _limited(transport),
        }
    except Exception as error:  # noqa: BLE001 - the SDK's inner parts may change
        runtime.note_failure("health_payload", error)
        return {"transport": None, "queue": None, "rate_limited": []}


def _waiting(transport: Any) -> int | None:
    queue = getattr(getattr(transport, "_worker", None), "_queue", None)
    if queue is None:
        return None
    return int(queue.qsize())


def _limited(transport: Any) -> list[str]:
    """Data categories under a limit now; `all` for one without a category."""
    from datetime import UTC, datetime

    now = datetime.now(UTC)
    limits = dict(getattr(transport, "_disabled_until", None) or {})
    # Versions before 2.0 keep moments without a time zone, in UTC.
    return sorted(
        category or "all"
        for category, until in limits.items()
        if (until if until.tzinfo else until.replace(tzinfo=UTC)) > now
    )
