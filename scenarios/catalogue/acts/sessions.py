"""What the scenarios of sessions do and data cannot say.

May import: the standard library, sentry_sdk.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from typing import Any

import sentry_sdk
from sentry_sdk.integrations.wsgi import SentryWsgiMiddleware
from sentry_sdk.utils import event_from_exception


def dropping() -> None:
    """Start the SDK with a hook that drops every error."""
    sentry_sdk.init(before_send=lambda event, hint: None)


def sampling() -> None:
    """Start the SDK with a rate that keeps no error."""
    sentry_sdk.init(sample_rate=0.0)


def unreleased() -> None:
    """Start the SDK so that it finds no release, wherever it looks."""
    sentry_sdk.init()
    sentry_sdk.get_client().options["release"] = None


def crash() -> None:
    """Report an error as the SDK reports one that nobody caught."""
    try:
        raise MemoryError("no more")
    except MemoryError:
        event, hint = event_from_exception(
            sys.exc_info(),
            client_options=sentry_sdk.get_client().options,
            mechanism={"type": "excepthook", "handled": False},
        )
        sentry_sdk.capture_event(event, hint)


def requests(fine: int, errored: int, crashed: int) -> None:
    """Sessions of requests, so many of each kind."""
    for kind, count in (("fine", fine), ("errored", errored), ("crashed", crashed)):
        for _ in range(count):
            _request(kind)


def _request(kind: str) -> None:
    with sentry_sdk.isolation_scope() as scope:
        scope.start_session(session_mode="request")
        if kind == "crashed":
            crash()
        elif kind == "errored":
            sentry_sdk.capture_exception(LookupError("no such order"))
        scope.end_session()


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """A WSGI application in the SDK's middleware, which fails at `/crash`."""
    answer: Iterable[bytes] = SentryWsgiMiddleware(_answer)(environ, start_response)
    return answer


def _answer(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    if environ["PATH_INFO"] == "/crash":
        raise ZeroDivisionError("a division of the bill by nobody")
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"fine"]


def work() -> str:
    """A job's work."""
    return "done"
