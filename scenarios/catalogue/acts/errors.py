"""What the scenarios of errors do and data cannot say.

May import: acts.faces, the standard library, sentry_sdk, loguru.
"""

from __future__ import annotations

import asyncio
import logging
import multiprocessing
import sqlite3
import threading
import warnings
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from importlib import import_module
from typing import Any

import sentry_sdk

from scenarios.catalogue.acts.faces import helpers


def log_and_raise() -> None:
    """Log an exception where it is caught, and let it go on."""
    try:
        raise LookupError("no such order")
    except LookupError:
        logging.getLogger("shop").exception("order lost")
        raise


def capture_each(*order: str) -> None:
    """Capture the same two exceptions in this order."""
    both = {"a": KeyError("a"), "b": KeyError("b")}
    for name in order:
        sentry_sdk.capture_exception(both[name])


def ignore_logger(name: str) -> None:
    """Tell the SDK's logging integration to leave a logger alone."""
    from sentry_sdk.integrations.logging import ignore_logger as ignore

    ignore(name)


def loguru_error() -> None:
    """Log an error with loguru, as an application without an integration of its own does."""
    import_module("loguru").logger.error("the stock is empty")


class _Session:
    """A database session, as a factory of an application gives one."""

    def rollback(self) -> None:
        """Nothing was done."""

    def close(self) -> None:
        """Nothing was open."""


def failing_session() -> None:
    """A query that fails, told by each who meets it: the session, and the handler around it.

    Without a session that reports, it is the documents' idiom: log the text, and capture.
    """
    own = helpers()
    try:
        if own is None:
            _query()
        else:
            with own.monitored_session(_Session):
                _query()
    except sqlite3.OperationalError as error:
        if own is None:
            logging.getLogger("shop.db").error(str(error))  # noqa: TRY400 - that is the idiom
        sentry_sdk.capture_exception(error)


def _query() -> None:
    with sqlite3.connect(":memory:") as database:
        database.execute("select * from orders")


def capture_with_keywords() -> Any:
    """Capture as the documents do: what is known of the case as keywords."""
    capture = (helpers() or sentry_sdk).capture_exception
    try:
        raise ValueError("card declined")
    except ValueError as error:
        return capture(error, user_id="42", operation="checkout", extra={"attempt": 3})


def message_with_keywords() -> Any:
    """A message as the documents send it."""
    capture = (helpers() or sentry_sdk).capture_message
    return capture("limit reached", level="warning", endpoint="/orders", limit=10)


def domain_captures() -> None:
    """An error of each of three domains."""
    import sdk_config

    sdk_config.capture_booking_error(ValueError("taken"), "a-1", None, "berlin-2")
    sdk_config.capture_payment_error(ValueError("declined"), "p-9", 12.5, "EUR", "card_declined")
    sdk_config.capture_integration_error(OSError("away"), "calendar", "sync", "ext-3")


def _fails(place: str) -> Callable[[], None]:
    """Work that fails there; an application that has sdk_config lets it watch the function."""

    own = helpers()
    work = _work(place)
    if own is None:
        return work
    watched: Callable[[], None] = own.monitor(place, report=True)(work)
    return watched


def _work(place: str) -> Callable[[], None]:
    def work() -> None:
        raise RuntimeError(f"failed in a {place}")

    return work


def in_a_thread() -> None:
    """Fail in a thread."""
    thread = threading.Thread(target=_work("thread"))
    thread.start()
    thread.join()


def in_a_pool() -> None:
    """Fail in a pool of which nobody asks for the result."""
    with ThreadPoolExecutor(1) as pool:
        pool.submit(_fails("pool"))


async def in_a_task() -> None:
    """Fail in a task of asyncio that somebody keeps and nobody awaits."""
    work = _fails("task")

    async def fail() -> None:
        work()

    _kept.append(asyncio.ensure_future(fail()))
    await asyncio.sleep(0)


_kept: list[Any] = []


def in_a_child() -> None:
    """Fail in a process of multiprocessing."""
    with warnings.catch_warnings():
        # The SDK has threads; what that does to a fork is what is looked at.
        warnings.simplefilter("ignore", DeprecationWarning)
        child = multiprocessing.get_context("fork").Process(target=_fails("child"))
        child.start()
        child.join()


def export_fails() -> None:
    """An error of an export, which its tag names."""
    with sentry_sdk.new_scope() as scope:
        scope.set_tag("export_type", "csv")
        sentry_sdk.capture_exception(OSError("disk full"))


def database_is_away() -> None:
    """An error of a database's driver."""
    sentry_sdk.capture_exception(sqlite3.OperationalError("unable to open database file"))


class ValidationError(ValueError):
    """What validation errors are called."""


def input_is_wrong() -> None:
    """An error of validation at an endpoint."""
    with sentry_sdk.isolation_scope() as scope:
        scope.set_transaction_name("/api/orders")
        sentry_sdk.capture_exception(ValidationError("count: not a number"))
