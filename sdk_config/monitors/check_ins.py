"""Check-ins around a job: it began, it ended well or badly, it took so long.

Rule: the job runs whatever becomes of its check-ins; its error goes on unchanged and is reported
by whoever catches it.
May import: performance, spans, runtime; sentry_sdk.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from types import TracebackType
from typing import Any, TypeVar

from sentry_sdk.crons import capture_checkin

from sdk_config.performance import watched
from sdk_config.runtime import note_failure, safely
from sdk_config.spans import Span

F = TypeVar("F", bound=Callable[..., Any])

INTERVAL = re.compile(r"(?:every\s+)?(\d+)?\s*(minute|hour|day|week|month|year)s?")
"""`every 10 minutes`, `2 hours`, `every day`."""

CRONTAB = re.compile(r"@\w+|\S+(?:\s+\S+){4}")
"""Five fields, or a macro such as `@daily`."""


def cron(
    slug: str,
    schedule: str | Mapping[str, Any] | None = None,
    *,
    timezone: str = "UTC",
    margin: int = 1,
    max_runtime: int = 30,
) -> Cron:
    """Check in around a job, as a decorator of a function of any kind, or for a `with` block.

    `schedule` is a crontab line (`*/10 * * * *`), or text such as `every 10 minutes`; with it the
    monitor is made on its first check-in. `margin` and `max_runtime` are minutes.
    """
    return Cron(slug, _config(schedule, timezone, margin, max_runtime))


class Cron(AbstractContextManager["Cron"]):
    """A job's monitor; one may watch many runs at a time as a decorator, one as a block."""

    def __init__(self, slug: str, config: Mapping[str, Any] | None = None) -> None:
        self.slug = slug
        self.config = config
        self._runs: list[_Run] = []

    def __call__(self, function: F) -> F:
        """The function with check-ins around each call."""
        return watched(function, lambda: _Run(self.slug, self.config))

    def __enter__(self) -> Cron:
        self._runs.append(_Run(self.slug, self.config))
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._runs.pop().end(error)


class _Run(AbstractContextManager["_Run"]):
    def __init__(self, slug: str, config: Mapping[str, Any] | None) -> None:
        self._slug = slug
        self._config = config
        self._began = time.perf_counter()
        self.span = Span()
        self._id = _check_in(slug, "in_progress", None, None, config)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.end(error)

    def end(self, error: BaseException | None) -> None:
        took = time.perf_counter() - self._began
        status = "error" if _is_failure(error) else "ok"
        if self._id is not None:
            _check_in(self._slug, status, self._id, took, self._config)


@safely
def _check_in(
    slug: str,
    status: str,
    check_in_id: str | None,
    seconds: float | None,
    config: Mapping[str, Any] | None,
) -> str | None:
    return capture_checkin(
        monitor_slug=slug,
        status=status,
        check_in_id=check_in_id,
        duration=seconds,
        monitor_config=config,  # type: ignore[arg-type]
    )


def _is_failure(error: BaseException | None) -> bool:
    """A job may end its process: only a status other than 0 is a failure."""
    if isinstance(error, SystemExit):
        return error.code not in (None, 0)
    return error is not None


def _config(
    schedule: str | Mapping[str, Any] | None, timezone: str, margin: int, max_runtime: int
) -> dict[str, Any] | None:
    if schedule is None:
        return None
    try:
        when = dict(schedule) if isinstance(schedule, Mapping) else parse_schedule(schedule)
    except ValueError as error:
        note_failure("cron", error)
        return None
    return {
        "schedule": when,
        "timezone": timezone,
        "checkin_margin": margin,
        "max_runtime": max_runtime,
    }


def parse_schedule(text: str) -> dict[str, Any]:
    """A schedule as check-ins carry it; raises `ValueError` for text that is none."""
    clean = text.strip()
    if found := INTERVAL.fullmatch(clean.lower()):
        return {"type": "interval", "value": int(found[1] or 1), "unit": found[2]}
    if CRONTAB.fullmatch(clean):
        return {"type": "crontab", "value": clean}
    raise ValueError(
        f"schedule: expected a crontab line or text such as 'every 10 minutes', got {text!r}"
    )
