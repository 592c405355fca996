"""Which of the SDK's own integrations run, so that nothing is timed or reported twice.

Rule: asks, and never raises.
May import: sentry_sdk.
"""

from __future__ import annotations

from typing import Any

import sentry_sdk

TASK_QUEUES = frozenset({"arq", "celery", "dramatiq", "huey", "ray", "rq"})
"""Integrations that report the failure of a task."""


def running_integrations() -> frozenset[str]:
    """The identifiers of the integrations of the present client."""
    new = hasattr(sentry_sdk, "get_client")
    client: Any = sentry_sdk.get_client() if new else sentry_sdk.Hub.current.client
    return frozenset(getattr(client, "integrations", None) or ())
