"""The steps that talk to the SDK, in spellings that every sentry-sdk from 2.0 on understands.

Rule: nothing is caught for the SDK and nothing is flushed behind its back.
May import: process.{failures,plan}; sentry_sdk inside functions.
"""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Callable, Iterator
from typing import Any

from scenarios.process.failures import failing
from scenarios.process.plan import Step

Inner = Callable[[Step], None]
"""Does the steps inside a step."""


def capture(step: Step, inner: Inner) -> Any:
    """Raise, catch and capture; the event's id."""
    import sentry_sdk

    work = failing(step._data)  # noqa: SLF001 - a failure's fields are those of the step
    try:
        work()
    except BaseException as error:  # noqa: BLE001 - a scenario may capture any type
        if not step.tags and not step.level:
            return sentry_sdk.capture_exception(error)
        with sentry_sdk.new_scope() as scope:
            _tagged(scope, step.tags)
            if step.level:
                scope.set_level(step.level)
            return sentry_sdk.capture_exception(error)


def message(step: Step, inner: Inner) -> Any:
    """Capture a message; the event's id."""
    import sentry_sdk

    return sentry_sdk.capture_message(step.text, step.level)


def transaction(step: Step, inner: Inner) -> Any:
    """A transaction around steps; its trace id."""
    __traceback_hide__ = True
    import sentry_sdk

    given: dict[str, Any] = {"op": step.op, "name": step.name}
    if step.source:
        given["source"] = step.source
    if step.sampled is not None:
        given["sampled"] = step.sampled
    with sentry_sdk.start_transaction(**given) as started:
        _described(started, step)
        inner(step)
    return {"trace_id": started.trace_id, "sampled": started.sampled}


def continued(step: Step, inner: Inner) -> Any:
    """A transaction that continues a trace; its trace id and decision."""
    __traceback_hide__ = True
    import sentry_sdk

    incoming = sentry_sdk.continue_trace(dict(step.headers), op=step.op, name=step.name)
    with sentry_sdk.start_transaction(incoming) as started:
        inner(step)
    return {"trace_id": started.trace_id, "sampled": started.sampled}


def span(step: Step, inner: Inner) -> Any:
    """A span around steps."""
    __traceback_hide__ = True
    import sentry_sdk

    with sentry_sdk.start_span(op=step.op) as started:
        # The argument is called `description` in some versions and `name` in others.
        started.description = step.name
        _described(started, step)
        inner(step)


def _described(started: Any, step: Step) -> None:
    for key, value in step.data.items():
        started.set_data(key, value)
    _tagged(started, step.tags)
    if step.status:
        started.set_status(step.status)


def _tagged(target: Any, tags: dict[str, Any]) -> None:
    for key, value in tags.items():
        target.set_tag(key, value)


def log(step: Step, inner: Inner) -> Any:
    """A line of a logger."""
    if step.via == "sentry":
        from sentry_sdk import logger as sentry_logger

        tell: Any = getattr(sentry_logger, step.level)
        return tell(step.text, attributes=dict(step.extra))
    logger = logging.getLogger(step.logger)
    level = logging.getLevelName(step.level.upper())
    if not logger.isEnabledFor(level):
        logger.setLevel(level)
    if step.error is None:
        return logger.log(level, step.text, *step.args, extra=dict(step.extra))
    work = failing(step.error)
    try:
        work()
    except BaseException:  # noqa: BLE001 - a scenario may log any type
        return logger.log(level, step.text, *step.args, extra=dict(step.extra), exc_info=True)


def metric(step: Step, inner: Inner) -> Any:
    """A metric."""
    import sentry_sdk

    tell: Any = getattr(sentry_sdk.metrics, step.kind)
    given = {"unit": step.unit} if step.unit else {}
    return tell(step.name, step.value, attributes=dict(step.attributes), **given)


def breadcrumb(step: Step, inner: Inner) -> Any:
    """A breadcrumb."""
    import sentry_sdk

    crumb = {"message": step.message, "level": step.level, "data": dict(step.data)}
    named = {"category": step.category, "type": step.type}
    sentry_sdk.add_breadcrumb({**crumb, **{key: value for key, value in named.items() if value}})


def scope(step: Step, inner: Inner) -> Any:
    """Set on the isolation scope, or on one that ends with the steps."""
    __traceback_hide__ = True
    import sentry_sdk

    if not list(step.inner):
        _set(isolation_scope(), step)
        return
    with sentry_sdk.isolation_scope() as inside:
        _set(inside, step)
        inner(step)


def isolation_scope() -> Any:
    """The scope of this process or request; its name has moved since 2.0."""
    import sentry_sdk

    found = getattr(sentry_sdk, "get_isolation_scope", None)
    return found() if found else sentry_sdk.Scope.get_isolation_scope()


def _set(target: Any, step: Step) -> None:
    if step.user is not None:
        target.set_user(dict(step.user) or None)
    _tagged(target, step.tags)
    for key, value in step.contexts.items():
        target.set_context(key, value)
    for key, value in step.extras.items():
        target.set_extra(key, value)
    if step.level:
        target.set_level(step.level)
    if step.fingerprint:
        target.fingerprint = list(step.fingerprint)
    if step.transaction:
        target.set_transaction_name(step.transaction)
    for name, text in step.attachments.items():
        target.add_attachment(bytes=text.encode(), filename=name)


def session(step: Step, inner: Inner) -> Any:
    """A session around steps."""
    __traceback_hide__ = True
    target = isolation_scope()
    target.start_session(session_mode=step.mode)
    with _ended(target):
        inner(step)


@contextlib.contextmanager
def _ended(target: Any) -> Iterator[None]:
    __traceback_hide__ = True
    try:
        yield
    finally:
        target.end_session()


def check_in(step: Step, inner: Inner) -> Any:
    """A check-in, or a monitored job; the check-in's id where there is one."""
    __traceback_hide__ = True
    from sentry_sdk.crons import capture_checkin
    from sentry_sdk.crons.decorator import monitor

    config: Any = dict(step.config) or None
    if not list(step.inner):
        return capture_checkin(monitor_slug=step.monitor, status=step.status, monitor_config=config)
    with monitor(monitor_slug=step.monitor, monitor_config=config):
        inner(step)
    return None


def feedback(step: Step, inner: Inner) -> Any:
    """A user's feedback; the event's id."""
    import sentry_sdk

    told = {"message": step.message, "name": step.name, "contact_email": step.email}
    context = {key: value for key, value in told.items() if value}
    event: Any = {"type": "feedback", "level": "info", "contexts": {"feedback": context}}
    return sentry_sdk.capture_event(event)


def flush(step: Step, inner: Inner) -> Any:
    """Flush; what it answers."""
    import sentry_sdk

    return sentry_sdk.flush(step.timeout)


STEPS: dict[str, Callable[[Step, Inner], Any]] = {
    "breadcrumb": breadcrumb,
    "capture": capture,
    "check_in": check_in,
    "continue": continued,
    "feedback": feedback,
    "flush": flush,
    "log": log,
    "message": message,
    "metric": metric,
    "scope": scope,
    "session": session,
    "span": span,
    "transaction": transaction,
}
"""Step -> what does it."""
