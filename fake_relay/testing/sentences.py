"""Expectations as words: `event(exception="ValueError", message__contains="card")`.

May import: expect, match, errors.
"""

from __future__ import annotations

from typing import Any

from fake_relay.expect import Count, Expectation
from fake_relay.expect.expectation import parsed, types_of, view_of
from fake_relay.match import Fields, Lookup


def expectation(types: tuple[str, ...], q: str, count: Count, where: dict[str, Any]) -> Expectation:
    """An expectation of these types; raises `ConfigError` for a lookup that means nothing.

    `view="stored"` among them asks about items as Sentry would have kept them.
    """
    view = view_of(where.get("view"))
    where = {key: value for key, value in where.items() if key != "view"}
    return Expectation(
        types=types,
        where=Fields(tuple(_lookup(key, value) for key, value in where.items())),
        query=parsed(q),
        query_text=q,
        count=count,
        view=view,
    )


def _lookup(key: str, value: Any) -> Lookup:
    # An exception class is meant by its name, as SDKs send it: without `builtins`.
    if isinstance(value, type) and issubclass(value, BaseException):
        module = value.__module__
        value = value.__name__ if module == "builtins" else f"{module}.{value.__name__}"
    return Lookup.parse(key, value)


def item(kind: str | None = None, /, *, q: str = "", **where: Any) -> Expectation:
    """At least one item of a type, or of any."""
    return expectation(() if kind is None else types_of(kind), q, Count(1), where)


def event(*, q: str = "", **where: Any) -> Expectation:
    """An error or message event."""
    return item("event", q=q, **where)


def transaction(*, q: str = "", **where: Any) -> Expectation:
    """A transaction."""
    return item("transaction", q=q, **where)


def log(*, q: str = "", **where: Any) -> Expectation:
    """A log record."""
    return item("log", q=q, **where)


def metric(*, q: str = "", **where: Any) -> Expectation:
    """A metric's record."""
    return item("trace_metric", q=q, **where)


def session(*, q: str = "", **where: Any) -> Expectation:
    """A session, or a minute's count of sessions."""
    return item("session", q=q, **where)


def check_in(*, q: str = "", **where: Any) -> Expectation:
    """A monitor's check-in."""
    return item("check_in", q=q, **where)


def client_report(*, q: str = "", **where: Any) -> Expectation:
    """What an SDK discarded for one reason."""
    return item("client_report", q=q, **where)


def feedback(*, q: str = "", **where: Any) -> Expectation:
    """What a user said."""
    return item("feedback", q=q, **where)


def attachment(*, q: str = "", **where: Any) -> Expectation:
    """An attachment."""
    return item("attachment", q=q, **where)


__all__ = [
    "attachment",
    "check_in",
    "client_report",
    "event",
    "expectation",
    "feedback",
    "item",
    "log",
    "metric",
    "session",
    "transaction",
]
