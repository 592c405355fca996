"""OpenTelemetry beside Sentry (`otel="link"`): the same trace id on both, no span twice.

Rule: nothing of OpenTelemetry is imported unless linking is on and the application has its API;
its sampling decisions stay its own; linking never raises.
May import: runtime, seams; opentelemetry's API, lazily.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import wraps
from importlib import import_module
from typing import Any

from sdk_config import runtime
from sdk_config.seams import UserHooks


def linked(hooks: UserHooks) -> UserHooks:
    """The application's hooks, and after each the trace of OpenTelemetry's current span."""
    return replace(
        hooks,
        before_send=_after(hooks.before_send, link_event),
        before_send_log=_after(hooks.before_send_log, link_item),
        before_send_metric=_after(hooks.before_send_metric, link_item),
    )


def link_event(event: dict[str, Any]) -> None:
    """Put an error into OpenTelemetry's trace; one that is in it already keeps its span."""
    ids = current_ids()
    if ids is None:
        return
    contexts = event.setdefault("contexts", {})
    trace = contexts.setdefault("trace", {})
    if trace.get("trace_id") == ids[0]:
        return
    trace["trace_id"], trace["span_id"] = ids
    trace.pop("parent_span_id", None)
    header = trace.get("dynamic_sampling_context")
    if isinstance(header, dict):
        # It was drawn for another trace and goes into the envelope's header.
        trace["dynamic_sampling_context"] = {**header, "trace_id": ids[0]}


def link_item(item: dict[str, Any]) -> None:
    """Put a log or metric into OpenTelemetry's trace."""
    ids = current_ids()
    if ids is not None and item.get("trace_id") != ids[0]:
        item["trace_id"], item["span_id"] = ids


def current_ids() -> tuple[str, str] | None:
    """Trace and span id of OpenTelemetry's current span as hex digits, or None."""
    try:
        trace = import_module("opentelemetry.trace")
    except ImportError:
        return None
    context = trace.get_current_span().get_span_context()
    if not context.is_valid:
        return None
    return trace.format_trace_id(context.trace_id), trace.format_span_id(context.span_id)


def is_linking() -> bool:
    """Whether `setup()` was told to link."""
    running = runtime.current()
    return running is not None and running.settings.otel == "link"


def parent() -> dict[str, Any]:
    """Arguments that start a transaction in OpenTelemetry's trace; none without one."""
    ids = current_ids() if is_linking() else None
    return {} if ids is None else {"trace_id": ids[0], "parent_span_id": ids[1]}


@contextlib.contextmanager
def below(trace_id: str | None, span_id: str | None) -> Iterator[None]:
    """Let OpenTelemetry's root spans of a block join this trace (S4-40)."""
    token = _attach(trace_id, span_id) if is_linking() and trace_id and span_id else None
    try:
        yield
    finally:
        if token is not None:
            import_module("opentelemetry.context").detach(token)


def _attach(trace_id: str, span_id: str) -> Any:
    if current_ids() is not None:
        return None
    try:
        trace = import_module("opentelemetry.trace")
        context = import_module("opentelemetry.context")
    except ImportError:
        return None
    number = int(trace_id, 16)
    flags = trace.TraceFlags(int(_samples(trace.get_tracer_provider(), number)))
    found = trace.SpanContext(number, int(span_id, 16), is_remote=True, trace_flags=flags)
    return context.attach(trace.set_span_in_context(trace.NonRecordingSpan(found)))


def _samples(provider: Any, trace_id: int) -> bool:
    """What its sampler says of a root with this id: a parent would decide for it otherwise."""
    sampler = getattr(provider, "sampler", None)
    if sampler is None:
        return True
    nothing = import_module("opentelemetry.context").Context()
    decision = sampler.should_sample(nothing, trace_id, "").decision
    return bool(decision.is_sampled())


def _after(hook: Callable[..., Any] | None, link: Callable[[Any], None]) -> Callable[..., Any]:
    def linking(payload: Any, hint: Any) -> Any:
        found = hook(payload, hint) if hook is not None else payload
        if isinstance(found, dict):
            try:
                link(found)
            except Exception as error:  # noqa: BLE001 - an event without a link is still an event
                runtime.note_failure("otel.link", error)
        return found

    return wraps(hook)(linking) if hook is not None else linking
