"""What the scenarios of filters do and data cannot say.

May import: the standard library, sentry_sdk, aiohttp, sdk_config.
"""

from __future__ import annotations

import sentry_sdk


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
