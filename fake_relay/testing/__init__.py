"""The harness: pytest fixtures and assertions that read like sentences.

Rule: importing this room costs nothing; what a test needs is imported when it asks.
May import: web, client, expect and every room below.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from fake_relay.testing.caught import Caught
    from fake_relay.testing.harness import Relay
    from fake_relay.testing.live import LiveRelay
    from fake_relay.testing.sentences import (
        attachment,
        check_in,
        client_report,
        event,
        feedback,
        item,
        log,
        metric,
        session,
        transaction,
    )
    from fake_relay.testing.waiting import ExpectationFailed

__all__ = [
    "Caught",
    "ExpectationFailed",
    "LiveRelay",
    "Relay",
    "attachment",
    "check_in",
    "client_report",
    "event",
    "feedback",
    "item",
    "log",
    "metric",
    "session",
    "transaction",
]

_HOMES = {
    "Caught": "caught",
    "ExpectationFailed": "waiting",
    "LiveRelay": "live",
    "Relay": "harness",
}


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"{__name__}.{_HOMES.get(name, 'sentences')}"), name)
