"""Make one version of sentry-sdk send one of each kind that it knows; run by client_matrix.py.

Prints a line of JSON for each kind: `{"kind": …, "sent": true}`, or why it could not be asked for.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from typing import Any

sys.modules["brotli"] = None  # type: ignore[assignment]

import sentry_sdk  # noqa: E402 - after brotli is hidden

VERSION = tuple(int(part) for part in sentry_sdk.VERSION.split(".")[:2])


def options() -> dict[str, Any]:
    """What this version takes; older ones refuse options that they do not know."""
    told: dict[str, Any] = {"release": "matrix@1.0", "environment": "matrix"}
    told["before_send"] = lambda event, hint: (
        None if (event.get("logentry") or event).get("message") == "unwanted" else event
    )
    if VERSION >= (0, 16):
        told["traces_sample_rate"] = 1.0
    if VERSION >= (1, 17):
        told["profiles_sample_rate"] = 1.0
    if VERSION >= (2, 35):
        told["enable_logs"] = True
    return told


def event() -> None:
    """An error."""
    try:
        raise ValueError("matrix-event")
    except ValueError as error:
        sentry_sdk.capture_exception(error)


def attachment() -> None:
    """A file with a message."""
    with sentry_sdk.push_scope() as scope:
        scope.add_attachment(bytes=b"matrix-attachment", filename="matrix.txt")
        sentry_sdk.capture_message("with an attachment")


def transaction() -> None:
    """A transaction with spans, long enough for a profile."""
    with (
        sentry_sdk.start_transaction(name="matrix-transaction", op="test"),
        sentry_sdk.start_span(op="work"),
    ):
        until = time.monotonic() + 0.15
        while time.monotonic() < until:
            sum(range(1000))


def session() -> None:
    """A session that begins and ends."""
    holder: Any = (
        sentry_sdk.Hub.current if VERSION < (2, 0) else sentry_sdk.Scope.get_isolation_scope()
    )
    holder.start_session()
    holder.end_session()


def check_in() -> None:
    """A monitor's run."""
    from sentry_sdk.crons import capture_checkin

    capture_checkin(monitor_slug="matrix", status="ok", duration=1.5)


def log() -> None:
    """A log record."""
    from sentry_sdk import logger

    logger.warning("matrix-log {number}", number=1)


def metric() -> None:
    """A metric."""
    from sentry_sdk import metrics

    metrics.count("matrix.orders", 3)


def profile_chunk() -> None:
    """A chunk of a continuous profile."""
    from sentry_sdk.profiler import start_profiler, stop_profiler

    sentry_sdk.get_client().close()
    sentry_sdk.init(
        **{**options(), "profiles_sample_rate": None, "profile_session_sample_rate": 1.0}
    )
    start_profiler()
    until = time.monotonic() + 0.3
    while time.monotonic() < until:
        sum(range(1000))
    stop_profiler()
    sentry_sdk.flush(5)


def client_report() -> None:
    """An event that a hook discards, and one that takes the report along."""
    sentry_sdk.capture_message("unwanted")
    sentry_sdk.flush(2)
    client: Any = sentry_sdk.Hub.current.client
    report = client.transport._fetch_pending_client_report(force=True)
    from sentry_sdk.envelope import Envelope

    envelope = Envelope()
    envelope.add_item(report)
    client.transport.capture_envelope(envelope)


KINDS: dict[str, Callable[[], None]] = {
    "event": event,
    "transaction": transaction,
    "attachment": attachment,
    "session": session,
    "check_in": check_in,
    "log": log,
    "trace_metric": metric,
    "client_report": client_report,
    "profile_chunk": profile_chunk,
}


def main() -> None:
    """Ask for each kind, and say which this version does not have."""
    sentry_sdk.init(**options())
    for kind, send in KINDS.items():
        told: dict[str, Any] = {"kind": kind, "sent": True}
        try:
            send()
        except (AttributeError, ImportError, TypeError) as error:
            told = {"kind": kind, "sent": False, "why": f"{type(error).__name__}: {error}"}
        print(json.dumps(told), flush=True)
    sentry_sdk.flush(10)
    # Sessions wait for the end of the process.
    client: Any = sentry_sdk.Hub.current.client
    client.close(timeout=10)


main()
