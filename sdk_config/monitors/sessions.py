"""A database session for the length of a block, timed, with one report of its error (S3-29).

Rule: it commits nothing; after an error it rolls back, it always closes, and the application's
error goes on unchanged even where the rollback fails.
May import: database, performance, spans, runtime.
"""

from __future__ import annotations

import inspect
import time
from collections.abc import Callable
from types import TracebackType
from typing import Any, Generic, TypeVar

from sdk_config.monitors.database import is_database_error
from sdk_config.performance import report_error, say_slow
from sdk_config.runtime import note_failure
from sdk_config.spans import Span, start_below

S = TypeVar("S")


class MonitoredSession(Generic[S]):
    """For `with`, or `async with` where the session's `close()` is to be awaited."""

    def __init__(self, factory: Callable[[], S], *, slow_ms: float = 200.0) -> None:
        self._factory = factory
        self._slow_ms = slow_ms
        self._span = Span()
        self._began = 0.0
        self._session: Any = None

    def __enter__(self) -> S:
        self._span = start_below("session", "db.session", {}).__enter__()
        self._began = time.perf_counter()
        try:
            self._session = self._factory()
        except BaseException as error:
            self._end(error)
            raise
        found: S = self._session
        return found

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        try:
            for step in _steps(self._session, error):
                _run(step, error)
        finally:
            self._end(error)

    async def __aenter__(self) -> S:
        return self.__enter__()

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        try:
            for step in _steps(self._session, error):
                await _wait(step, error)
        finally:
            self._end(error)

    def _end(self, error: BaseException | None) -> None:
        if error is not None and is_database_error(error):
            report_error(error)
        took = (time.perf_counter() - self._began) * 1000
        if took > self._slow_ms:
            say_slow(self._span, "session", took, self._slow_ms)
        trace = None if error is None else error.__traceback__
        self._span.__exit__(None if error is None else type(error), error, trace)


def monitored_session(factory: Callable[[], S], *, slow_ms: float = 200.0) -> MonitoredSession[S]:
    """A session from a factory such as `SessionLocal`, closed after the block.

    A database error is reported once and raised as it was; a block of more than `slow_ms`
    milliseconds is tagged `slow`. Commit in the block, as without it.
    """
    return MonitoredSession(factory, slow_ms=slow_ms)


def _steps(session: Any, error: BaseException | None) -> list[Callable[[], Any]]:
    names = ("close",) if error is None else ("rollback", "close")
    return [getattr(session, name) for name in names if callable(getattr(session, name, None))]


def _run(step: Callable[[], Any], error: BaseException | None) -> None:
    try:
        step()
    except Exception as failed:
        if error is None:
            raise
        # What the application raised says more than what fails in its wake.
        note_failure("monitored_session", failed)


async def _wait(step: Callable[[], Any], error: BaseException | None) -> None:
    try:
        found = step()
        if inspect.isawaitable(found):
            await found
    except Exception as failed:
        if error is None:
            raise
        note_failure("monitored_session", failed)
