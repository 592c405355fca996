"""Queries and connection pools: how long, how many, which were slow, which failed.

Rule: a query's span is the SDK's own where its SQLAlchemy integration runs; statements are sent
without their parameters, and pass the scrubber like everything else.
May import: integrations, performance, spans, runtime; SQLAlchemy's events, lazily.
"""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from importlib import import_module
from typing import Any
from weakref import WeakKeyDictionary, WeakSet

import sentry_sdk

from sdk_config.monitors.integrations import running_integrations
from sdk_config.performance import label_of, report_error, send_metric
from sdk_config.runtime import note_failure, safely
from sdk_config.spans import Span, current_root, start_below

STATEMENT_LENGTH = 1000
"""Characters of a statement in a breadcrumb; enough to find it in the code."""

GAUGE_SECONDS = 10.0
"""Time between two readings of a pool; checkouts may come in thousands a second."""

DATABASE_ERRORS = frozenset(
    {
        # PEP 249, "Exceptions": every driver has these two
        "DatabaseError",
        "InterfaceError",
        "PostgresError",
        "PyMongoError",
        "RedisError",
        "SQLAlchemyError",
    }
)


@dataclass(frozen=True)
class Queries:
    """What was seen of queries; times in milliseconds."""

    count: int = 0
    slow: int = 0
    failed: int = 0
    total_ms: float = 0.0


@dataclass(frozen=True)
class PoolState:
    """A connection pool at one moment; `limit` is None where it has none."""

    size: int
    checked_out: int
    overflow: int
    limit: int | None

    @property
    def exhausted(self) -> bool:
        """Whether the next who asks has to wait."""
        return self.limit is not None and self.checked_out >= self.limit


class DatabaseMonitor:
    """Watches SQLAlchemy engines, and blocks of any other driver (S3-30).

    A query of more than `slow_ms` milliseconds tags its transaction `db.slow` and leaves one
    breadcrumb. A pool without a free connection tags it `db.pool_exhausted`; its size and use are
    gauges, at most every ten seconds. `clock` gives seconds.
    """

    def __init__(
        self,
        engine: Any = None,
        *,
        slow_ms: float = 200.0,
        clock: Callable[[], float] = time.perf_counter,
    ) -> None:
        self.slow_ms = slow_ms
        self._clock = clock
        self._lock = threading.Lock()
        self._seen = Queries()
        self._running: WeakKeyDictionary[Any, tuple[float, Span]] = WeakKeyDictionary()
        self._attached: WeakSet[Any] = WeakSet()
        self._gauged: WeakKeyDictionary[Any, float] = WeakKeyDictionary()
        self._full: WeakSet[Any] = WeakSet()
        if engine is not None:
            self.attach(engine)

    @property
    def queries(self) -> Queries:
        """What was seen up to now."""
        with self._lock:
            return self._seen

    def attach(self, engine: Any) -> bool:
        """Watch an engine, or an asynchronous one; False if it is none. A second time does nothing.

        May be called before `setup()`; nothing is sent until then.
        """
        try:
            event = import_module("sqlalchemy.event")
            target = getattr(engine, "sync_engine", engine)
            with self._lock:
                if target in self._attached:
                    return True
                for name, listener in self._listeners(target):
                    event.listen(target, name, listener)
                self._attached.add(target)
        except Exception as error:  # noqa: BLE001 - never the reason that an application fails
            note_failure("DatabaseMonitor.attach", error)
            return False
        return True

    @contextlib.contextmanager
    def query(self, statement: str) -> Iterator[None]:
        """Watch a block that asks any other database; its database errors are reported once."""
        statement = label_of(statement)
        began = self._begin(statement)
        try:
            yield
        except BaseException as error:
            self._end(began, statement, failed=True)
            if is_database_error(error):
                report_error(error)
            raise
        self._end(began, statement)

    def _listeners(self, engine: Any) -> tuple[tuple[str, Callable[..., Any]], ...]:
        return (
            ("before_cursor_execute", self._before),
            ("after_cursor_execute", self._after),
            ("handle_error", self._failed),
            ("checkout", lambda *_: self._look_at(engine)),
            ("checkin", lambda *_: self._full.discard(engine)),
        )

    @safely
    def _before(self, conn: Any, cursor: Any, statement: str, *rest: Any) -> None:
        del conn, cursor
        context = rest[1]
        if context is not None:
            self._running[context] = self._begin(statement, own=_is_ours())

    @safely
    def _after(self, conn: Any, cursor: Any, statement: str, *rest: Any) -> None:
        del conn, cursor
        began = self._running.pop(rest[1], None)
        if began is not None:
            self._end(began, statement)

    @safely
    def _failed(self, found: Any) -> None:
        began = self._running.pop(found.execution_context, None)
        if began is not None:
            self._end(began, str(found.statement), failed=True)

    def _begin(self, statement: str, *, own: bool = True) -> tuple[float, Span]:
        span = start_below(statement[:STATEMENT_LENGTH], "db", {}) if own else Span()
        return self._clock(), span

    def _end(self, began: tuple[float, Span], statement: str, *, failed: bool = False) -> None:
        start, span = began
        took = (self._clock() - start) * 1000
        slow = took > self.slow_ms
        with self._lock:
            seen = self._seen
            self._seen = replace(
                seen,
                count=seen.count + 1,
                slow=seen.slow + slow,
                failed=seen.failed + failed,
                total_ms=seen.total_ms + took,
            )
        if slow:
            _say_slow(span, statement, took, self.slow_ms)
        span.set_status("internal_error" if failed else "ok")
        span.finish()

    @safely
    def _look_at(self, engine: Any) -> None:
        state = pool_state(engine)
        if state is None:
            return
        if state.exhausted and engine not in self._full:
            self._full.add(engine)
            _say_exhausted(state)
        now = self._clock()
        if now - self._gauged.get(engine, -GAUGE_SECONDS) >= GAUGE_SECONDS:
            self._gauged[engine] = now
            for name in ("size", "checked_out", "overflow"):
                send_metric("gauge", f"db.pool.{name}", getattr(state, name), None, {})


def pool_state(engine: Any) -> PoolState | None:
    """The pool of a SQLAlchemy engine now; None for one that has no size."""
    pool = getattr(engine, "sync_engine", engine).pool
    if not all(hasattr(pool, name) for name in ("size", "checkedout", "overflow")):
        return None
    extra = getattr(pool, "_max_overflow", -1)
    limit = None if extra < 0 else pool.size() + extra
    return PoolState(pool.size(), pool.checkedout(), max(pool.overflow(), 0), limit)


def is_database_error(error: BaseException) -> bool:
    """Whether a database or its driver raised it, by the names of its classes."""
    return any(one.__name__ in DATABASE_ERRORS for one in type(error).__mro__)


def _is_ours() -> bool:
    return "sqlalchemy" not in running_integrations()


@safely
def _say_slow(span: Span, statement: str, took_ms: float, limit_ms: float) -> None:
    span.set_tag("db.slow", "true")
    current_root().set_tag("db.slow", "true")
    sentry_sdk.add_breadcrumb(
        category="db.slow",
        level="warning",
        message=statement[:STATEMENT_LENGTH],
        data={"duration_ms": round(took_ms, 3), "limit_ms": limit_ms},
    )


@safely
def _say_exhausted(state: PoolState) -> None:
    current_root().set_tag("db.pool_exhausted", "true")
    sentry_sdk.add_breadcrumb(
        category="db.pool",
        level="warning",
        message="no connection is left in the pool",
        data={"size": state.size, "checked_out": state.checked_out, "limit": state.limit},
    )
