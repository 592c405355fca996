"""Surfaces of attachments, sessions, check-ins, logs and metrics.

May import: canary.plant; sentry_sdk inside functions.
"""

from __future__ import annotations

import logging
from typing import Any

import sentry_sdk

from scenarios.canary.plant import C, isolation_scope, surface

sdk: Any = sentry_sdk
"""Older versions have no logs, and others have metrics of another kind."""


def _has_logs() -> bool:
    return hasattr(sdk, "logger")


def _has_metrics() -> bool:
    return hasattr(getattr(sdk, "metrics", None), "count")


@surface("L24")
def attachment() -> None:
    isolation_scope().add_attachment(bytes=f"a line, {C()}".encode(), filename="a.txt")
    sdk.capture_message("with a file")


@surface("L24")
def attachment_name() -> None:
    isolation_scope().add_attachment(bytes=b"x", filename=f"{C()}.txt")
    sdk.capture_message("with a file")


@surface("L52")
def session() -> None:
    scope = isolation_scope()
    scope.set_user({"id": C(), "ip_address": C()})
    scope.start_session()
    scope.end_session()


@surface("L53")
def session_of_a_request() -> None:
    scope = isolation_scope()
    scope.set_user({"id": C(), "ip_address": C()})
    scope.start_session(session_mode="request")
    scope.end_session()


@surface("L55")
def check_in_with_a_scope() -> None:
    from sentry_sdk.crons import capture_checkin

    sdk.set_user({"id": C(), "email": C()})
    sdk.set_tag("password", C())
    sdk.set_context("pay", {"password": C()})
    capture_checkin(monitor_slug="nightly", status="ok")


@surface("L54")
def check_in_slug() -> None:
    from sentry_sdk.crons import capture_checkin

    capture_checkin(monitor_slug=f"job {C()}", status="ok")


@surface("L49", exists=_has_logs)
def log_body() -> None:
    sdk.logger.info(C())


@surface("L49", exists=_has_logs)
def log_parameter() -> None:
    sdk.logger.info("saw {what}", what=C())


@surface("L49", exists=_has_logs)
def log_attribute() -> None:
    sdk.logger.info("saw", attributes={"password": C()})


@surface("L50", exists=_has_logs)
def log_user() -> None:
    sdk.set_user({"id": "7", "email": C(), "username": C()})
    sdk.logger.info("saw")


@surface("L58", exists=_has_logs)
def log_live_object() -> None:
    # It is rendered when the batch is sent, and then something else is being planted.
    term = C()

    class Request:
        def __repr__(self) -> str:
            return f"<Request GET '/x?token={term}'>"

    logging.getLogger("django.request").warning("404", extra={"request": Request()})


@surface("L51", exists=_has_metrics)
def metric_attribute() -> None:
    sdk.metrics.count("orders", 1, attributes={"who": C()})


@surface("L51", exists=_has_metrics)
def metric_name() -> None:
    sdk.metrics.count(f"orders.{C()}", 1)
