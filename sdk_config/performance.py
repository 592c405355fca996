"""Transactions, spans, monitored functions and measured numbers, under every SDK alike.

Rule: nothing here changes what the application's code does: its results, its errors and its
signatures stay its own, on or off. An error is reported by whoever catches it, so only once.
May import: spans, runtime; sentry_sdk.
"""

from __future__ import annotations

import functools
import inspect
import math
import threading
import time
from collections.abc import AsyncGenerator, Callable, Generator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from types import TracebackType
from typing import Any, TypeVar

import sentry_sdk

from sdk_config.runtime import is_on, note_failure, safely
from sdk_config.spans import Span, current_root, current_span, start_below, start_root

F = TypeVar("F", bound=Callable[..., Any])


def transaction(
    name: str | None = None,
    op: str = "task",
    *,
    description: str | None = None,
    **attributes: Any,
) -> Span:
    """A root span as a context manager; a child when one is active (D-14, K-14, K-15).

    What it gives has `set_tag`, `set_data`, `set_status`, `start_child` and `finish`; when Sentry
    is off they do nothing.
    """
    return start_root(label_of(name, description, op), op, attributes)


def span(
    op: str, name: str | None = None, *, description: str | None = None, **attributes: Any
) -> Span:
    """A span below the active one, as a context manager; `description` is its name too (K-15)."""
    return start_below(label_of(name, description, op), op, attributes)


def label_of(*candidates: Any) -> str:
    """The first that says something, as text, whatever it is: a name is no reason to fail."""
    for candidate in candidates:
        if candidate is not None:
            try:
                text = str(candidate)
            except Exception as error:  # noqa: BLE001 - an object of the application's
                note_failure("span name", error)
            else:
                if text:
                    return text
    return "default"


def measure(name: str, value: float, unit: str = "none", **attributes: Any) -> None:
    """Put a number with its unit on the active span and its transaction, and send it as a metric.

    What is no finite number is passed over. SDKs before 2.44 know no metrics.
    """
    _measure(name, value, unit, attributes)


@safely
def _measure(name: str, value: float, unit: str, attributes: dict[str, Any]) -> None:
    if isinstance(value, bool) or not math.isfinite(value):
        raise ValueError(f"measure({name!r}): expected a finite number, got {value!r}")
    current_span().set_measurement(name, value, unit)
    send_metric("distribution", name, value, unit, attributes)


@safely
def send_metric(
    kind: str, name: str, value: float, unit: str | None, attributes: dict[str, Any]
) -> None:
    """Send a metric (`count`, `gauge`, `distribution`) where the SDK has metrics."""
    metrics = getattr(sentry_sdk, "metrics", None)
    # Versions before 2.44 have a module of that name for a service that is no more.
    if hasattr(metrics, "count"):
        getattr(metrics, kind)(name, value, unit=unit, attributes=attributes)


@dataclass(frozen=True)
class Calls:
    """How often a monitored function ran in this process, and in a minute on average."""

    count: int
    per_minute: float


_counted: dict[str, tuple[int, float]] = {}
_counting = threading.Lock()


def monitored_calls() -> dict[str, Calls]:
    """Calls of monitored functions by name, since the first of each (S3-55)."""
    now = time.monotonic()
    with _counting:
        # Within the first minute, what came is what a minute brings.
        return {
            name: Calls(count, count / max((now - first) / 60, 1.0))
            for name, (count, first) in _counted.items()
        }


def monitor(
    name: str | None = None,
    op: str = "function",
    slow_ms: float | None = None,
    *,
    report: bool = False,
) -> Callable[[F], F]:
    """Time a function: sync, async, generator or async generator, as a span or transaction.

    A call of more than `slow_ms` milliseconds is tagged `slow` and leaves a breadcrumb. An error
    marks the span and goes on unchanged; `report` sends it as well, where nobody else would.
    """

    def decorate(function: F) -> F:
        label = name or function.__qualname__
        return watched(function, lambda: Watch(label, op, slow_ms, report=report))

    return decorate


class Watch(AbstractContextManager["Watch"]):
    """One run of something monitored: its span, its time, its error."""

    def __init__(
        self, name: str, op: str, slow_ms: float | None = None, *, report: bool = False
    ) -> None:
        self.name = name
        self.span = start_root(name, op, {})
        self.slow_ms = slow_ms
        self.report = report
        self.began = time.perf_counter()
        _count(name)

    def __enter__(self) -> Watch:
        self.span.__enter__()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.judge(error)
        self.span.__exit__(kind, error, trace)

    @property
    def elapsed_ms(self) -> float:
        """Milliseconds since it began."""
        return (time.perf_counter() - self.began) * 1000

    def judge(self, error: BaseException | None) -> None:
        """Report an error if asked to, and say if it was slow; before the span ends."""
        if not is_on():
            return
        if self.report and isinstance(error, Exception):
            report_error(error)
        if self.slow_ms is not None and (took := self.elapsed_ms) > self.slow_ms:
            say_slow(self.span, self.name, took, self.slow_ms)

    def end(self, error: BaseException | None) -> None:
        """End one that was never entered, as a generator's is."""
        self.judge(error)
        self.span.set_status("ok" if error is None else "internal_error")
        self.span.finish()


@safely
def say_slow(span: Span, name: str, took_ms: float, limit_ms: float) -> None:
    """Tag a span and its transaction as slow, and leave a breadcrumb."""
    span.set_tag("slow", "true")
    span.set_data("duration_ms", round(took_ms, 3))
    root = current_root()
    if root.sdk is not None:
        root.set_tag("slow", "true")
    sentry_sdk.add_breadcrumb(
        category="performance",
        level="warning",
        message=f"slow: {name}",
        data={"duration_ms": round(took_ms, 3), "limit_ms": limit_ms},
    )


@safely
def report_error(error: BaseException) -> str | None:
    """Send an error that goes on to the caller; the SDK drops the same one when it comes again."""
    return sentry_sdk.capture_exception(error)


def watched(function: F, start: Callable[[], Any]) -> F:
    """The function within `start()` on each call, of the same kind and signature."""
    for is_kind, wrap in (
        (inspect.isasyncgenfunction, _async_generator),
        (inspect.iscoroutinefunction, _coroutine),
        (inspect.isgeneratorfunction, _generator),
    ):
        if is_kind(function):
            return functools.wraps(function)(wrap(function, start))  # type: ignore[return-value]
    return functools.wraps(function)(_plain(function, start))  # type: ignore[return-value]


def _plain(function: Callable[..., Any], start: Callable[[], Any]) -> Callable[..., Any]:
    def call(*args: Any, **kwargs: Any) -> Any:
        with start():
            return function(*args, **kwargs)

    return call


def _coroutine(function: Callable[..., Any], start: Callable[[], Any]) -> Callable[..., Any]:
    async def call(*args: Any, **kwargs: Any) -> Any:
        with start():
            return await function(*args, **kwargs)

    return call


def _generator(function: Callable[..., Any], start: Callable[[], Any]) -> Callable[..., Any]:
    def call(*args: Any, **kwargs: Any) -> Generator[Any, Any, Any]:
        watch = start()
        try:
            found = yield from _stepped(function(*args, **kwargs), watch.span)
        except BaseException as error:
            watch.end(None if isinstance(error, GeneratorExit) else error)
            raise
        watch.end(None)
        return found

    return call


def _stepped(inner: Generator[Any, Any, Any], span: Span) -> Generator[Any, Any, Any]:
    """Each step within the span, and what the consumer does between the steps outside of it."""
    step, given = inner.send, None
    while True:
        try:
            with span.active():
                item = step(given)
        except StopIteration as stop:
            return stop.value
        try:
            step, given = inner.send, (yield item)
        except GeneratorExit:
            inner.close()
            raise
        except BaseException as error:  # noqa: BLE001 - the consumer throws it into the generator
            step, given = inner.throw, error


def _async_generator(function: Callable[..., Any], start: Callable[[], Any]) -> Callable[..., Any]:
    async def call(*args: Any, **kwargs: Any) -> AsyncGenerator[Any, Any]:
        watch = start()
        inner = function(*args, **kwargs)
        step, given = inner.asend, None
        try:
            while True:
                try:
                    with watch.span.active():
                        item = await step(given)
                except StopAsyncIteration:
                    break
                try:
                    step, given = inner.asend, (yield item)
                except GeneratorExit:
                    await inner.aclose()
                    raise
                except BaseException as error:  # noqa: BLE001 - thrown into the generator
                    step, given = inner.athrow, error
        except BaseException as error:
            watch.end(None if isinstance(error, GeneratorExit) else error)
            raise
        watch.end(None)

    return call


def _count(name: str) -> None:
    with _counting:
        count, first = _counted.get(name) or (0, time.monotonic())
        _counted[name] = (count + 1, first)
