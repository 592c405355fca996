"""What the scenarios of filters do and data cannot say.

May import: the standard library, sentry_sdk, aiohttp, sdk_config.
"""

from __future__ import annotations

from typing import Any

import sentry_sdk


def drop_heartbeat_logs() -> None:
    """sdk_config with logs, and a hook that drops those of heartbeats."""
    from sdk_config import setup

    setup(enable_logs=True, before_send_log=_unless_heartbeat)


def _unless_heartbeat(log: dict[str, Any], hint: dict[str, Any]) -> dict[str, Any] | None:
    return None if str(log["body"]).startswith("heartbeat") else log


def capture_status(status: int) -> None:
    """Capture aiohttp's exception that answers a request with this status."""
    from aiohttp import web

    answers: dict[int, type[web.HTTPException]] = {
        403: web.HTTPForbidden,
        404: web.HTTPNotFound,
        500: web.HTTPInternalServerError,
        503: web.HTTPServiceUnavailable,
    }
    try:
        raise answers[status]
    except web.HTTPException as error:
        sentry_sdk.capture_exception(error)


def fail_alike() -> None:
    """Fail on the same line as ever, and report it."""
    try:
        raise ConnectionError("the stock service is away")
    except ConnectionError as error:
        sentry_sdk.capture_exception(error)


def flush_bursts() -> None:
    """Send what is waiting and the summary of what was held back."""
    from sdk_config import flush

    flush(5)
