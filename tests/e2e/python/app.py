"""An application that makes its SDK send one of everything that its version has.

Runs under several versions of sentry-sdk; `brotli` on the command line leaves that module
importable, so that the SDK compresses with it. Ends by an unhandled exception.
"""

from __future__ import annotations

import sys
import time
from typing import Any

if "brotli" not in sys.argv[1:]:
    sys.modules["brotli"] = None  # type: ignore[assignment]

import sentry_sdk
from sentry_sdk.crons import capture_checkin
from sentry_sdk.envelope import Envelope, Item, PayloadRef

VERSION = tuple(int(part) for part in sentry_sdk.VERSION.split("."))


def drop_unwanted(event: dict[str, Any], hint: dict[str, Any]) -> dict[str, Any] | None:
    """Discard one event, so that there is something for a client report."""
    return None if event.get("message") == "unwanted" else event


def options() -> dict[str, Any]:
    """What this version needs to be told for sending one of everything."""
    told: dict[str, Any] = {
        "traces_sample_rate": 1.0,
        "profiles_sample_rate": 1.0,
        "release": "shop@2.0.1",
        "environment": "e2e",
        "before_send": drop_unwanted,
        "shutdown_timeout": 20,
    }
    if VERSION >= (2, 35):
        told["enable_logs"] = True
    if VERSION < (2, 40):
        told["_experiments"] = {"enable_metrics": True}
    return told


def send_messages() -> None:
    """A message, one with an attachment, and one that is discarded."""
    sentry_sdk.capture_message("a plain message: café ☕")
    with sentry_sdk.push_scope() as scope:
        scope.add_attachment(bytes=bytes(range(256)) * 64, filename="every byte.bin")
        sentry_sdk.capture_message("with an attachment")
    sentry_sdk.capture_message("unwanted")


def send_transaction() -> None:
    """A transaction with spans, long enough for a profile."""
    with sentry_sdk.start_transaction(name="GET /checkout", op="http.server"):
        for _ in range(3):
            with sentry_sdk.start_span(op="work"):
                until = time.monotonic() + 0.05
                while time.monotonic() < until:
                    sum(range(1000))


def send_sessions() -> None:
    """A session of an application and one of a request, which SDKs send as an aggregate."""
    holder: Any = (
        sentry_sdk.Hub.current if VERSION < (2,) else sentry_sdk.Scope.get_isolation_scope()
    )
    for mode in ("application", "request"):
        holder.start_session(session_mode=mode)
        holder.end_session()


def send_monitor_run() -> None:
    """A check-in at the start of a job and one at its end."""
    begun = capture_checkin(
        monitor_slug="nightly",
        status="in_progress",
        monitor_config={"schedule": {"type": "crontab", "value": "0 3 * * *"}},
    )
    capture_checkin(monitor_slug="nightly", check_in_id=begun, status="ok", duration=2.5)


def send_feedback() -> None:
    """A user report and, newer, a feedback; the SDK has no call of its own for them."""
    client: Any = sentry_sdk.Hub.current.client
    event_id = "c" * 32
    report = {"event_id": event_id, "name": "Ada", "email": "ada@example.com", "comments": "slow"}
    feedback = {
        "event_id": "d" * 32,
        "type": "feedback",
        "contexts": {"feedback": {"message": "the basket is empty", "name": "Ada"}},
    }
    for kind, told, own_id in (
        ("user_report", report, event_id),
        ("feedback", feedback, "d" * 32),
    ):
        envelope = Envelope(headers={"event_id": own_id})
        envelope.add_item(Item(PayloadRef(json=told), type=kind))
        client.transport.capture_envelope(envelope)


def send_logs_and_metrics() -> None:
    """Logs and metrics in the shape that this version has for them."""
    from sentry_sdk import metrics

    if VERSION >= (2, 35):
        from sentry_sdk import logger

        for number in range(5):
            logger.warning("order {number} waits", number=number)
        metrics.count("orders", 3)
        metrics.gauge("basket", 7.5)
    else:
        old: Any = metrics
        old.incr("orders", 3, tags={"shop": "north"})
        old.distribution("basket", 7.5)


def main() -> None:
    """Send everything, then fail."""
    sentry_sdk.init(**options())
    send_messages()
    send_transaction()
    send_sessions()
    send_monitor_run()
    send_feedback()
    send_logs_and_metrics()
    sentry_sdk.flush(20)
    raise RuntimeError("nobody handles this")


main()
