"""Watch what the SDK is given and what it throws away, without changing either.

Rule: our frames hide themselves from stack traces, and an SDK that has not the method is left
alone. Counted is what reaches the SDK: before sampling, before any hook.
May import: process.journal; sentry_sdk inside functions.
"""

from __future__ import annotations

import atexit
import functools
import sys
import threading
from collections.abc import Callable
from typing import Any

from scenarios.process import journal

_inside = threading.local()

CATEGORIES = {"": "error", "event": "error", "check_in": "monitor"}
"""The data category of an event by its type; others are called like their type."""


def watch() -> None:
    """Journal what the SDK is given and what it loses, from now on."""
    # Before the SDK registers its own, so that it comes after that has flushed.
    atexit.register(_tell_drops)
    import sentry_sdk.client
    import sentry_sdk.tracing
    import sentry_sdk.transport

    client: Any = getattr(sentry_sdk.client, "_Client", None) or sentry_sdk.client.Client
    _before(client, "__init__", lambda *_, **__: journal.write("client"))
    _before(client, "capture_event", _event_given)
    _before(client, "capture_session", lambda *_, **__: journal.generated("session"))
    _before(client, "_capture_log", lambda *_, **__: journal.generated("log_item"))
    _before(client, "_capture_metric", lambda *_, **__: journal.generated("trace_metric"))
    _before(sentry_sdk.tracing.Transaction, "finish", _transaction_given)
    for name in ("HttpTransportCore", "BaseHttpTransport", "HttpTransport"):
        transport: Any = getattr(sentry_sdk.transport, name, None)
        if transport is not None and "record_lost_event" in vars(transport):
            _watch_losses(transport)
            break


def _before(owner: Any, name: str, tell: Callable[..., None]) -> None:
    method = getattr(owner, name, None)
    if method is None:
        return

    @functools.wraps(method)
    def watched(*args: Any, **kwargs: Any) -> Any:
        __traceback_hide__ = True
        tell(*args, **kwargs)
        return method(*args, **kwargs)

    setattr(owner, name, watched)


def _event_given(client: Any, event: Any, *_: Any, **__: Any) -> None:
    kind = (event or {}).get("type") or ""
    if kind != "transaction":
        journal.generated(CATEGORIES.get(kind, kind), event_id=event.get("event_id"))


def _transaction_given(transaction: Any, *_: Any, **__: Any) -> None:
    from sentry_sdk.tracing_utils import has_tracing_enabled

    client = _client()
    # One that is ended already is not a new one, and one without tracing is by design nothing.
    if getattr(transaction, "timestamp", None) is not None or not client:
        return
    if not has_tracing_enabled(client.options):
        return
    recorder = getattr(transaction, "_span_recorder", None)
    journal.generated(
        "transaction",
        trace_id=transaction.trace_id,
        span_id=transaction.span_id,
        name=transaction.name,
        sampled=transaction.sampled,
        # Versions before 2.24 draw by chance, which nobody can draw again.
        drawn=hasattr(transaction, "_sample_rand"),
        **_incoming(transaction),
        spans=max(len(recorder.spans) - 1, 0) if recorder else 0,
    )


def _incoming(transaction: Any) -> dict[str, Any]:
    """What came with a trace that began elsewhere; a sampling decision is made again from it."""
    if not getattr(transaction, "parent_span_id", None):
        return {}
    said = getattr(getattr(transaction, "_baggage", None), "sentry_items", None) or {}
    return {
        "continued": True,
        "parent": getattr(transaction, "parent_sampled", None),
        "incoming_rand": said.get("sample_rand"),
        "incoming_rate": said.get("sample_rate"),
    }


def _tell_drops() -> None:
    """What sdk_config took out, for reasons of its own."""
    runtime: Any = sys.modules.get("sdk_config.runtime")
    running = runtime.current() if runtime else None
    if running is not None:
        dropped = running.ledger.counts().dropped
        entries = [[category, reason, n] for (category, reason), n in dropped.items()]
        journal.write("dropped", entries=entries)


def _client() -> Any:
    import sentry_sdk

    client: Any = sentry_sdk.get_client()
    return client if client.is_active() else None


def _watch_losses(transport: Any) -> None:
    method = transport.record_lost_event

    @functools.wraps(method)
    def watched(self: Any, *args: Any, **kwargs: Any) -> Any:
        __traceback_hide__ = True
        # A lost transaction tells of its spans by calling itself.
        if getattr(_inside, "depth", 0):
            return method(self, *args, **kwargs)
        _inside.depth = 1
        try:
            before = dict(self._discarded_events)
            answer = method(self, *args, **kwargs)
            after = dict(self._discarded_events)
        finally:
            _inside.depth = 0
        for (category, reason), quantity in after.items():
            more = quantity - before.get((category, reason), 0)
            if more > 0:
                journal.write("discarded", category=category, reason=reason, quantity=more)
        return answer

    transport.record_lost_event = watched
