"""One span for every SDK: of a transaction, streamed, of versions before 2.0, or none at all.

Rule: what is called on a span never raises, and does nothing when Sentry is off; a span is active
only in the context that entered it, so that concurrent tasks do not become each other's children.
May import: otel, runtime; sentry_sdk.
"""

from __future__ import annotations

import contextlib
import inspect
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack
from functools import cache
from importlib import import_module
from types import TracebackType
from typing import Any

import sentry_sdk

from sdk_config import otel, runtime

FORKS = hasattr(sentry_sdk.Scope, "get_current_scope")
"""Whether each context can have a scope of its own; before 2.0 there is one for a thread."""


class Span:
    """A span or transaction to be entered, or finished by hand; `sdk` is the SDK's own, or None."""

    def __init__(self, sdk: Any = None, scope: Any = None) -> None:
        self.sdk = sdk
        self._scope = scope
        self._streams = hasattr(sdk, "set_attribute")
        self._entered: ExitStack | None = None
        self._finished = False

    @property
    def trace_id(self) -> str | None:
        """The trace's id, 32 hex digits; None when off."""
        return getattr(self.sdk, "trace_id", None)

    @property
    def span_id(self) -> str | None:
        """The span's id, 16 hex digits; None when off."""
        return getattr(self.sdk, "span_id", None)

    def set_tag(self, key: str, value: Any) -> None:
        """Set a tag; an attribute where spans stream."""
        if self.sdk is not None:
            _quietly(self.sdk.set_attribute if self._streams else self.sdk.set_tag, key, value)

    def set_data(self, key: str, value: Any) -> None:
        """Set a value that cannot be searched for; an attribute where spans stream."""
        if self.sdk is not None:
            _quietly(self.sdk.set_attribute if self._streams else self.sdk.set_data, key, value)

    set_attribute = set_data

    def set_attributes(self, attributes: Mapping[str, Any]) -> None:
        """Set several values."""
        for key, value in (_quietly(dict, attributes) or {}).items():
            self.set_data(key, value)

    def set_context(self, key: str, value: Mapping[str, Any]) -> None:
        """Set a context of the transaction; attributes `key.name` where spans stream."""
        fields = _quietly(dict, value) or {}
        if hasattr(self.sdk, "set_context"):
            _quietly(self.sdk.set_context, key, fields)
        else:
            self.set_attributes({f"{key}.{name}": one for name, one in fields.items()})

    def set_status(self, status: str) -> None:
        """Set how it went: `ok`, `internal_error`, ...; only ok and error where spans stream."""
        if self._streams:
            _quietly(setattr, self.sdk, "status", "ok" if status == "ok" else "error")
        elif self.sdk is not None:
            _quietly(self.sdk.set_status, status)

    def set_measurement(self, name: str, value: float, unit: str = "") -> None:
        """Set a number and its unit."""
        self.set_data(name, value)
        if unit:
            self.set_data(f"{name}.unit", unit)
        # The method that sets it only warns that `set_data` replaces it, and an application may
        # make warnings errors; Sentry still shows what is in here.
        measured = getattr(_root(self.sdk), "_measurements", None)
        if isinstance(measured, dict):
            measured[name] = {"value": value, "unit": unit}

    def start_child(
        self, op: str = "default", name: str | None = None, *, description: str | None = None
    ) -> Span:
        """A span below this one; `description` is another word for its name (K-15)."""
        if self.sdk is None:
            return Span()
        label = name or description or op
        return _begun(lambda: _child(self.sdk, op, label))

    def finish(self) -> None:
        """End it; a second time does nothing."""
        if self.sdk is None or self._finished:
            return
        self._finished = True
        _quietly(self.sdk.end if self._streams else self.sdk.finish)

    def active(self) -> AbstractContextManager[Any]:
        """Make it the current span within a block, without ending it afterwards."""
        if self.sdk is None:
            return contextlib.nullcontext()
        return _activated(self.sdk, self._scope, streams=self._streams)

    def __enter__(self) -> Span:
        if self.sdk is not None and self._entered is None and not self._finished:
            self._entered = _quietly(self._enter)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        entered, self._entered = self._entered, None
        if kind is None and getattr(self.sdk, "status", None) is None:
            self.set_status("ok")
        if entered is not None:
            _quietly(entered.__exit__, kind, error, trace)
        else:
            self.finish()

    def _enter(self) -> ExitStack:
        with ExitStack() as stack:
            if self._streams:
                # Started as not active: the SDK would put it on a scope that others share.
                stack.enter_context(self.sdk)
                stack.enter_context(self.active())
            else:
                stack.enter_context(_used(self._scope))
                stack.enter_context(self.sdk)
            stack.enter_context(otel.below(self.trace_id, self.span_id))
            entered = stack.pop_all()
        entered.callback(self._mark_finished)
        return entered

    def _mark_finished(self) -> None:
        self._finished = True


def start_root(name: str, op: str, attributes: Mapping[str, Any]) -> Span:
    """A transaction, or a segment where spans stream; a child when a span is active."""
    if not runtime.is_on():
        return Span()
    found = _begun(lambda: _start_root(name, op))
    found.set_attributes(attributes)
    return found


def start_below(name: str, op: str, attributes: Mapping[str, Any]) -> Span:
    """A span below the active one."""
    if not runtime.is_on():
        return Span()
    found = _begun(lambda: _start_below(name, op))
    found.set_attributes(attributes)
    return found


def current_span() -> Span:
    """The active span; one that does nothing when there is none."""
    return Span(_quietly(_active)) if runtime.is_on() else Span()


def current_root() -> Span:
    """The transaction or segment of the active span; one that does nothing without."""
    return Span(_root(current_span().sdk))


def _begun(start: Callable[[], Any]) -> Span:
    """A span on a scope of its own: concurrent tasks share the scope that they were born in."""
    if not FORKS:
        return Span(_quietly(start))
    with import_module("sentry_sdk.scope").new_scope() as scope:
        return Span(_quietly(start), scope)


def _start_root(name: str, op: str) -> Any:
    if _active() is None and not _streaming():
        return sentry_sdk.start_transaction(op=op, name=name, **otel.parent())
    return _start_below(name, op)


def _start_below(name: str, op: str) -> Any:
    if _streaming():
        start = sentry_sdk.traces.start_span
        return start(name=name, attributes={"sentry.op": op}, active=False)
    return sentry_sdk.start_span(op=op, **{_name_argument(): name})


def _child(parent: Any, op: str, name: str) -> Any:
    if hasattr(parent, "set_attribute"):
        start = sentry_sdk.traces.start_span
        return start(name=name, attributes={"sentry.op": op}, active=False, parent_span=parent)
    return parent.start_child(op=op, **{_name_argument(): name})


def _streaming() -> bool:
    """Whether spans go out one by one; transactions do nothing there."""
    if not hasattr(sentry_sdk, "start_transaction"):
        return True
    if not hasattr(sentry_sdk, "traces"):
        return False
    from sentry_sdk.tracing_utils import has_span_streaming_enabled

    return bool(has_span_streaming_enabled(sentry_sdk.get_client().options))


@cache
def _name_argument() -> str:
    """What the SDK calls the name of a span: `description` warns in newer versions."""
    from sentry_sdk.tracing import Span as SdkSpan

    return "name" if "name" in inspect.signature(SdkSpan.__init__).parameters else "description"


def _scope() -> Any:
    return sentry_sdk.Scope.get_current_scope() if FORKS else sentry_sdk.Hub.current.scope


def _active() -> Any:
    scope = _scope()
    return getattr(scope, "streamed_span", None) or scope.span


def _root(span: Any) -> Any:
    found = getattr(span, "containing_transaction", None) or getattr(span, "_segment", None)
    return found or span


def _used(scope: Any) -> AbstractContextManager[Any]:
    """That scope as the current one of this context; before 2.0 there is one for all."""
    if scope is None:
        return contextlib.nullcontext()
    found: AbstractContextManager[Any] = import_module("sentry_sdk.scope").use_scope(scope)
    return found


@contextlib.contextmanager
def _activated(span: Any, own: Any, *, streams: bool) -> Iterator[None]:
    with _used(own):
        scope = _scope()
        name = "streamed_span" if streams and hasattr(scope, "streamed_span") else "span"
        before = getattr(scope, name)
        setattr(scope, name, span)
        try:
            yield
        finally:
            setattr(scope, name, before)


def _quietly(function: Callable[..., Any], *arguments: Any) -> Any:
    """What the SDK answers, or None where it fails: a span is no reason to fail."""
    try:
        return function(*arguments)
    except Exception as error:  # noqa: BLE001 - the promise of every helper
        runtime.note_failure(f"span: {getattr(function, '__name__', function)}", error)
        return None
