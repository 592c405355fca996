"""What `setup()` left running in this process, and how helpers stay out of harm's way.

Rule: one process, one runtime. Helpers never raise into the application and give None when
Sentry is off (S0-18).
May import: drops, seams, settings, errors.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, ParamSpec, TypeVar

from sdk_config.drops import Ledger
from sdk_config.errors import Problem
from sdk_config.seams import Parts
from sdk_config.settings import Settings

P = ParamSpec("P")
T = TypeVar("T")


@dataclass(frozen=True)
class Status:
    """How things stand: the answer of `setup()` and `status()`; holds no secret.

    `reason` says why it is off. `left_out` are options that this SDK does not know.
    """

    enabled: bool
    reason: str | None = None
    dsn_configured: bool = False
    environment: str = "development"
    release: str | None = None
    sample_rate: float = 1.0
    traces_sample_rate: float | None = None
    sdk_version: str = ""
    scrubber: bool = False
    left_out: tuple[str, ...] = ()
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True)
class Runtime:
    """What runs: settings, parts, the ledger, and what `setup()` answered."""

    settings: Settings
    parts: Parts
    ledger: Ledger
    status: Status
    given: tuple[Any, ...] = ()
    """What `setup()` was given, to tell an equal second call; a release was perhaps found since."""
    pid: int = 0
    failures: list[str] = field(default_factory=list)
    """Where helpers failed, as `function: ErrorClass`; bounded."""


FAILURES_KEPT = 100

_running: Runtime | None = None


def current() -> Runtime | None:
    """What runs in this process, or None before `setup()` and after `shutdown()`."""
    return _running


def replace_current(runtime: Runtime | None) -> None:
    """Make this what runs; only `install` calls it."""
    global _running  # noqa: PLW0603 - the SDK's client is one for the process as well
    _running = runtime


def is_on() -> bool:
    """Whether `setup()` has run and Sentry is on."""
    return _running is not None and _running.status.enabled


def safely(function: Callable[P, T]) -> Callable[P, T | None]:
    """A helper that gives None when Sentry is off or when it fails, and never raises.

    Not for what wraps the application's own code: its errors must pass.
    """

    @functools.wraps(function)
    def call(*args: P.args, **kwargs: P.kwargs) -> T | None:
        __tracebackhide__ = True
        if not is_on():
            return None
        try:
            return function(*args, **kwargs)
        except Exception as error:  # noqa: BLE001 - the promise of every helper
            note_failure(function.__qualname__, error)
            return None

    return call


def note_failure(where: str, error: BaseException) -> None:
    """Remember that a helper failed, for status and checks; without the error's text."""
    if _running is not None and len(_running.failures) < FAILURES_KEPT:
        _running.failures.append(f"{where}: {type(error).__name__}")
