"""What the scenarios of transactions do and data cannot say.

May import: acts.faces, the standard library, sentry_sdk, sdk_config, SQLAlchemy, OpenTelemetry.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Iterator
from importlib import import_module
from typing import Any

import sentry_sdk

from scenarios.catalogue.acts.faces import helpers
from scenarios.process.journal import note


def nested() -> None:
    """A job that calls another: each begins a transaction, as if it were alone."""
    own = helpers()
    start = own.transaction if own else sentry_sdk.start_transaction
    with start(name="nightly", op="task"), start(name="invoices", op="task"):
        pass


def measured() -> None:
    """Put a number with its unit on a transaction."""
    import sdk_config

    with sdk_config.transaction("import", op="task"):
        sdk_config.measure("rows", 1250, "row")


def monitored(kind: str) -> Any:
    """Run a monitored function of a kind; what it gives, or what it raises."""
    import sdk_config

    watch = sdk_config.monitor
    if kind == "sync":
        return watch("sync")(_work)()
    if kind == "async":
        return watch("async")(_work_async)()
    if kind == "generator":
        return list(watch("generator")(_numbers)())
    if kind == "async generator":
        return _collected(watch("async generator")(_numbers_async)())
    return watch("raising")(_fails)()


def _work() -> str:
    return "done"


async def _work_async() -> str:
    await asyncio.sleep(0)
    return "done"


def _numbers() -> Iterator[int]:
    yield from (1, 2)


async def _numbers_async() -> AsyncIterator[int]:
    for number in (1, 2):
        yield number


async def _collected(numbers: AsyncIterator[int]) -> list[int]:
    return [number async for number in numbers]


def _fails() -> None:
    raise LookupError("no such order")


def slow_query() -> None:
    """A query that takes three tenths of a second by its clock, and another."""
    import sdk_config

    seconds = iter((0.0, 0.3, 1.0, 1.001))
    monitor = sdk_config.DatabaseMonitor(slow_ms=200, clock=lambda: next(seconds))
    with sdk_config.transaction("report", op="task"), sqlite3.connect(":memory:") as database:
        for statement in ("select 1", "select 2"):
            with monitor.query(statement):
                database.execute(statement)
        sentry_sdk.capture_message("reported")


def exhausted_pool() -> None:
    """Take the only connection of a pool."""
    import sdk_config

    sqlalchemy = import_module("sqlalchemy")
    pools = import_module("sqlalchemy.pool")
    engine = sqlalchemy.create_engine(
        "sqlite://", poolclass=pools.QueuePool, pool_size=1, max_overflow=0
    )
    sdk_config.DatabaseMonitor(engine)
    with sdk_config.transaction("report", op="task"), engine.connect() as connection:
        connection.execute(sqlalchemy.text("select 1"))


def unfinished() -> None:
    """A transaction with a span that nobody ends."""
    with sentry_sdk.start_transaction(name="abandoned", op="task", sampled=True) as transaction:
        transaction.start_child(op="function")


def unnamed() -> None:
    """A transaction without a name."""
    with sentry_sdk.start_transaction(op="task", sampled=True):
        pass


def logical_spans() -> None:
    """A transaction with two spans, through helpers that know every lifecycle."""
    import sdk_config

    with sdk_config.transaction("checkout", op="task"):
        with sdk_config.span("db", "select orders"):
            pass
        with sdk_config.span("http.client", "GET /price"):
            pass


def linked_with_otel() -> None:
    """A span of OpenTelemetry within a transaction, and an error within both."""
    import sdk_config

    trace = import_module("opentelemetry.trace")
    trace.set_tracer_provider(import_module("opentelemetry.sdk.trace").TracerProvider())
    tracer = trace.get_tracer("shop")
    with (
        sdk_config.transaction("process_export", op="task"),
        tracer.start_as_current_span("export_data") as span,
    ):
        note(otel_trace=trace.format_trace_id(span.get_span_context().trace_id))
        sentry_sdk.capture_message("exported")
