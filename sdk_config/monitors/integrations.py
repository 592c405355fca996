"""Which of the SDK's own integrations run, so that nothing is timed or reported twice.

Rule: asks, and never raises.
May import: sentry_sdk.
"""

from __future__ import annotations

import sys
from typing import Any

import sentry_sdk

TASK_QUEUES = frozenset({"arq", "celery", "dramatiq", "huey", "ray", "rq"})
"""Integrations that report the failure of a task."""


def task_is_reported() -> bool:
    """Whether the task that runs now is watched by an integration that reports its failure.

    Integrations start where their queue can be imported, so one that runs is no proof: a loop of
    the application's own beside Celery or RQ is reported by nobody else.
    """
    found = TASK_QUEUES & running_integrations()
    return any(_works(queue) for queue in found)


def _works(queue: str) -> bool:
    """Whether a worker of that queue calls us; taken for granted where the queue cannot tell."""
    module = sys.modules.get(queue)
    try:
        if queue == "celery":
            return bool(module and module.current_task)
        if queue == "rq":
            return bool(module and module.get_current_job())
    except Exception:  # noqa: BLE001 - a queue that cannot be asked
        return True
    return True


def running_integrations() -> frozenset[str]:
    """The identifiers of the integrations of the present client."""
    new = hasattr(sentry_sdk, "get_client")
    client: Any = sentry_sdk.get_client() if new else sentry_sdk.Hub.current.client
    return frozenset(getattr(client, "integrations", None) or ())
