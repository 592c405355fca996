"""Tasks of Celery and other queues: how long, how many, which failed, were retried or ignored.

Rule: a retry is no failure, and a failure that the SDK's own integration reports is not reported
here as well.
May import: integrations, performance, runtime.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from types import TracebackType
from typing import Any, TypeVar

from sdk_config.monitors.integrations import task_is_reported
from sdk_config.performance import Watch, send_metric, watched
from sdk_config.runtime import safely

F = TypeVar("F", bound=Callable[..., Any])

RETRIES = frozenset({"Retry", "RetryTask"})
IGNORES = frozenset({"CancelExecution", "Ignore", "Reject"})
"""Control flow of Celery, Dramatiq and Huey, by the names of its classes."""

QUEUE_MODULES = frozenset({"arq", "celery", "dramatiq", "huey", "rq"})


@dataclass(frozen=True)
class TaskCounts:
    """How the runs of one task ended, and their time in milliseconds."""

    succeeded: int = 0
    failed: int = 0
    retried: int = 0
    ignored: int = 0
    total_ms: float = 0.0


class TaskMonitor:
    """Watches task functions (S3-31); put it below the queue's own decorator."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts: dict[str, TaskCounts] = {}

    @property
    def counts(self) -> dict[str, TaskCounts]:
        """What was seen up to now, by the task's name."""
        with self._lock:
            return dict(self._counts)

    def task(self, name: str | None = None, *, slow_ms: float | None = None) -> Callable[[F], F]:
        """Time a task, count how it ends, and report its failure where no integration does.

        The counts are metrics too: `task.runs` with `task` and `outcome`, `task.duration`.
        """

        def decorate(function: F) -> F:
            label = name or function.__qualname__
            return watched(function, lambda: _Run(self, label, slow_ms))

        return decorate

    monitor_task_execution = task
    """The name that S3 has for it."""

    def count(self, name: str, outcome: str, took_ms: float) -> None:
        """Count one run by its outcome: succeeded, failed, retried or ignored."""
        with self._lock:
            seen = self._counts.get(name, TaskCounts())
            more = {outcome: getattr(seen, outcome) + 1, "total_ms": seen.total_ms + took_ms}
            self._counts[name] = replace(seen, **more)


class _Run(Watch):
    def __init__(self, monitor: TaskMonitor, name: str, slow_ms: float | None) -> None:
        super().__init__(name, "queue.task", slow_ms, report=not task_is_reported())
        self._monitor = monitor

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._tell(error):
            super().__exit__(kind, error, trace)
        else:
            super().__exit__(None, None, None)

    def end(self, error: BaseException | None) -> None:
        super().end(error if self._tell(error) else None)

    def _tell(self, error: BaseException | None) -> bool:
        """Count how it ended; whether that is a failure."""
        outcome = outcome_of(error)
        took = self.elapsed_ms
        self._monitor.count(self.name, outcome, took)
        _send(self.name, outcome, took)
        self.span.set_tag("task.outcome", outcome)
        if outcome in {"retried", "ignored"}:
            self.span.set_status("aborted")
        return outcome == "failed"


def outcome_of(error: BaseException | None) -> str:
    """How a task ended, from what it raised: succeeded, failed, retried or ignored."""
    if error is None:
        return "succeeded"
    for one in type(error).__mro__:
        if one.__module__.partition(".")[0] in QUEUE_MODULES:
            if one.__name__ in RETRIES:
                return "retried"
            if one.__name__ in IGNORES:
                return "ignored"
    return "failed"


@safely
def _send(name: str, outcome: str, took_ms: float) -> None:
    send_metric("count", "task.runs", 1, None, {"task": name, "outcome": outcome})
    send_metric("distribution", "task.duration", took_ms, "millisecond", {"task": name})
