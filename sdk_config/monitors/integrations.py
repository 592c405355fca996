"""Which of the SDK's own integrations run, so that nothing is timed or reported twice.

Rule: asks, and never raises.
May import: client; the queues only where they are loaded.
"""

from __future__ import annotations

import sys

from sdk_config import client

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
    return frozenset(getattr(client.current(), "integrations", None) or ())
