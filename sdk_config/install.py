"""Start and stop the SDK with some settings: the one file that sees every other.

Rule: nothing here raises into the application, and nothing is sent that the last line does not
guard: where it cannot be bound, the client is closed again.
May import: every room of sdk_config but its faces; sentry_sdk.
"""

from __future__ import annotations

import inspect
import logging
import os
import threading
import time
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import fields, replace
from typing import Any

import sentry_sdk

from sdk_config import runtime
from sdk_config.drops import Ledger
from sdk_config.errors import Problem
from sdk_config.hooks import Chain
from sdk_config.last_line import guard, guard_client
from sdk_config.options import ONCE_EXPERIMENTS, RENAMED, Options, installed_options, to_options
from sdk_config.otel import linked
from sdk_config.parts import parts_of, problems_of
from sdk_config.privacy.baggage import guard_baggage
from sdk_config.releases.sources import resolve_release
from sdk_config.runtime import Runtime, Status
from sdk_config.seams import HOOK_NAMES, Parts, UserHooks
from sdk_config.settings import FIELDS, Settings, suggest

log = logging.getLogger("sdk_config")

_one_at_a_time = threading.RLock()
"""Two threads that start at once are a first call and a second."""


def setup(
    settings: Settings | None = None,
    *,
    integrations: Sequence[Any] | str = "auto",
    parts: Parts | None = None,
    profile: str | None = None,
    dotenv: str | os.PathLike[str] | None = None,
    **overrides: Any,
) -> Status:
    """Start Sentry for this process, from the environment unless settings are given.

    `overrides` are settings, the SDK's hooks (`before_send`, `traces_sampler`, ...), or other
    options of the installed SDK. `integrations` are the SDK's choice of those that are
    importable, and a list adds to it. Each of `parts` stands in for the one that the settings
    ask for.
    A second call with equal arguments does nothing; another one warns and counts from then on.
    Never raises: what is wrong is in the answer's `problems` and in the log.
    """
    try:
        with _one_at_a_time:
            return _setup(settings, integrations, parts, profile, dotenv, overrides)
    except Exception as error:  # noqa: BLE001 - never the reason that an application fails
        return _failed(error)


def shutdown(timeout: float | None = None) -> bool:
    """Flush and close; True if nothing was left behind. Seconds; the setting's by default."""
    running = runtime.current()
    if running is None or not running.status.enabled:
        runtime.replace_current(None)
        return True
    emptied = flush(running.settings.shutdown_timeout if timeout is None else timeout)
    runtime.replace_current(None)
    _close()
    return emptied


def flush(timeout: float = 2.0) -> bool:
    """Send what waits, for at most these seconds; True if nothing is left. Never raises."""
    client = _client()
    if client is None or getattr(client, "transport", None) is None:
        return True
    try:
        _tell_summaries()
        client.flush(timeout=timeout)
        return _emptied(client.transport)
    except Exception as error:  # noqa: BLE001 - a flush stands in exit handlers
        runtime.note_failure("flush", error)
        return False


def transport() -> Any:
    """The transport of the client that runs, or None."""
    return getattr(_client(), "transport", None)


def status() -> Status:
    """How things stand; off before `setup()`."""
    running = runtime.current()
    return running.status if running else Status(False, "setup() has not been called")


def _setup(
    settings: Settings | None,
    integrations: Sequence[Any] | str,
    parts: Parts | None,
    profile: str | None,
    dotenv: str | os.PathLike[str] | None,
    overrides: Mapping[str, Any],
) -> Status:
    user, own, extra, wrong = _sorted_out(overrides)
    if settings is None:
        settings = Settings.from_env(profile=profile, dotenv=dotenv, **own)
    elif own:
        settings, more = _with(settings, own)
        wrong += more
    settings = replace(settings, problems=(*settings.problems, *wrong))
    listed = integrations if isinstance(integrations, str) else tuple(integrations)
    given = (settings, listed, user, parts, sorted(extra.items(), key=lambda pair: pair[0]))
    running = runtime.current()
    if running is not None and running.pid == os.getpid():
        if running.given == given:
            return running.status
        log.warning("Sentry was set up before with other settings; these count from now on")
        shutdown()
    plugged = _over(parts, parts_of(settings)) if parts else parts_of(settings)
    settings = replace(settings, problems=(*settings.problems, *problems_of(plugged)))
    return _start(settings, plugged, user, integrations, extra, given)


def _over(given: Parts, usual: Parts) -> Parts:
    """The parts that are given, and the usual one for each that is not."""
    found = {entry.name: getattr(given, entry.name) for entry in fields(Parts)}
    return replace(usual, **{name: part for name, part in found.items() if part is not None})


def _start(
    asked: Settings,
    parts: Parts,
    user: UserHooks,
    integrations: Sequence[Any] | str,
    extra: Mapping[str, Any],
    given: tuple[Any, ...],
) -> Status:
    settings = _with_release(asked)
    ledger = Ledger()
    if settings.allow_unscrubbed:
        parts = replace(parts, scrubber=None)
    for problem in settings.problems:
        log.log(_LEVELS[problem.level], "Sentry: %s", problem)
    if settings.off_reason is not None:
        state = _status(settings, parts, Options({}), enabled=False)
        log.info("Sentry is off: %s", settings.off_reason)
    else:
        if settings.otel == "link":
            user = linked(user)
        hooks = _hooks(Chain(parts, user, ledger), settings, parts, user, extra)
        listed = _integrations(() if isinstance(integrations, str) else integrations)
        options = to_options(settings, hooks=hooks, extra={"integrations": listed, **extra})
        warned = _init(options, parts, ledger)
        settings = replace(settings, problems=(*settings.problems, *warned))
        state = _status(settings, parts, options, enabled=True)
        _tag(settings)
        log.info(
            "Sentry initialized successfully for environment: %s (release %s)",
            settings.environment,
            settings.release,
        )
    running = Runtime(settings, parts, ledger, state, given, os.getpid())
    runtime.replace_current(running)
    return state


_LEVELS = {"error": logging.WARNING, "warning": logging.WARNING, "info": logging.INFO}
"""Errors are warnings in the log: an ERROR would itself be an event."""


def _streams(extra: Mapping[str, Any]) -> bool:
    """Whether spans go out one by one: asked for, or because the SDK knows no transactions."""
    asked = extra.get("trace_lifecycle") or extra.get("_experiments", {}).get("trace_lifecycle")
    return asked == "stream" or "before_send_transaction" not in installed_options()


def _hooks(
    chain: Chain,
    settings: Settings,
    parts: Parts,
    user: UserHooks,
    extra: Mapping[str, Any],
) -> dict[str, Any]:
    found: dict[str, Any] = {
        "before_send": chain.before_send,
        "before_send_log": chain.before_send_log,
        "before_send_metric": chain.before_send_metric,
        "before_breadcrumb": chain.before_breadcrumb,
    }
    known = installed_options()
    if "before_send_transaction" in known:
        found["before_send_transaction"] = chain.before_send_transaction
    if _streams(extra):
        # The SDK warns of it where spans do not stream.
        found["before_send_span"] = chain.before_send_span
    if settings.enable_tracing and (user.traces_sampler or parts.sampler):
        rate = settings.traces_sample_rate
        found["traces_sampler"] = lambda context: chain.traces_sampler(context, rate)
    if settings.sample_rate < 1.0 or user.error_sampler or parts.sampler:
        share = settings.sample_rate
        found["error_sampler"] = lambda event, hint: chain.error_sampler(event, hint, share)
    if parts.scrubber is not None and "event_scrubber" in known:
        # The SDK's own edits the application's dictionaries in place (3.4).
        found["event_scrubber"] = False
    return found


def _integrations(asked: Sequence[Any]) -> list[Any]:
    """What was asked for, and events of `logging.error` where the SDK no longer makes them (3.3).

    The SDK adds its own and those whose packages it can import.
    """
    from sentry_sdk.integrations.logging import LoggingIntegration

    given = inspect.signature(LoggingIntegration).parameters["event_level"].default
    if given is not None or any(isinstance(one, LoggingIntegration) for one in asked):
        return list(asked)
    return [*asked, LoggingIntegration(event_level=logging.ERROR)]


def _init(options: Options, parts: Parts, ledger: Ledger) -> list[Problem]:
    # An application may make warnings errors; deprecations are ours to follow, the rest is said.
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        sentry_sdk.init(**options.values)
    client = _client()
    try:
        guard(client.transport, parts.scrubber, ledger)
        guard_client(client, ledger)
        guard(getattr(client, "spotlight", None), parts.scrubber, ledger)
        _guard_baggage(parts)
    except Exception:
        _close()
        raise
    _ignore_own_logger()
    return [
        Problem("SDK", "warning", str(warning.message))
        for warning in said
        if not issubclass(warning.category, DeprecationWarning)
    ]


def _guard_baggage(parts: Parts) -> None:
    """The transaction's name also leaves in a header to other services (L26)."""
    from sentry_sdk.tracing_utils import Baggage

    guard_baggage(Baggage, getattr(parts.scrubber, "baggage", None))


def _ignore_own_logger() -> None:
    from sentry_sdk.integrations import logging as bridge

    # Events, breadcrumbs and logs are told apart by some versions.
    for name in ("ignore_logger", "ignore_logger_for_events", "ignore_logger_for_sentry_logs"):
        ignore = getattr(bridge, name, None)
        if ignore is not None:
            ignore("sdk_config")


def _client() -> Any:
    if hasattr(sentry_sdk, "get_client"):
        return sentry_sdk.get_client()
    return sentry_sdk.Hub.current.client


def _close() -> None:
    client = _client()
    if client is not None:
        client.close(timeout=0.0)


def _tag(settings: Settings) -> None:
    for key, value in settings.default_tags:
        if hasattr(sentry_sdk, "get_global_scope"):
            sentry_sdk.get_global_scope().set_tag(key, value)
        else:
            sentry_sdk.set_tag(key, value)


def _tell_summaries() -> None:
    """Send what filters have summed up: a hook must not capture, so it waits for a flush."""
    running = runtime.current()
    take = getattr(running.parts.error_filter, "take_summaries", None) if running else None
    for summary in take() if take else ():
        sentry_sdk.capture_event(summary.event())


def _emptied(transport: Any) -> bool:
    worker = getattr(transport, "_worker", None)
    queue = getattr(worker, "_queue", None)
    deadline = time.monotonic() + 0.05
    while getattr(queue, "unfinished_tasks", 0):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.001)
    return True


def _with_release(settings: Settings) -> Settings:
    if settings.release is not None or settings.off_reason is not None:
        return settings
    found = resolve_release(settings.release_sources)
    if found is None or found.origin == "environment":
        return settings
    return settings.found("release", found.name, found.origin, found.where)


def _with(settings: Settings, own: Mapping[str, Any]) -> tuple[Settings, list[Problem]]:
    """Given settings with arguments over them; arguments that cannot be read are passed over."""
    read = Settings.from_env({}, **own)
    rules = {"ENV-MISSING"}  # judged on what is given here alone
    wrong = [one for one in read.problems if one.field in own and one.rule not in rules]
    bad = {problem.field for problem in wrong if problem.rule == "VALUE"}
    values = {name: getattr(read, name) for name in own if name not in bad}
    sources = {source.field: source for source in settings.sources}
    sources |= {name: read.source(name) for name in values}
    return replace(settings, **values, sources=tuple(sources.values())), wrong


def _sorted_out(
    overrides: Mapping[str, Any],
) -> tuple[UserHooks, dict[str, Any], dict[str, Any], list[Problem]]:
    """Arguments by kind: hooks, settings, options of the SDK, and what is neither."""
    hooks = {name: value for name, value in overrides.items() if name in HOOK_NAMES}
    own = {name: value for name, value in overrides.items() if name in FIELDS}
    rest = overrides.keys() - hooks.keys() - own.keys()
    known = installed_options()
    extra = {name: overrides[name] for name in rest & known}
    wrong = [_unknown(name, known) for name in sorted(rest - known)]
    wrong += [_no_place(name) for name in sorted(hooks) if _has_no_place(name, known)]
    return UserHooks(**hooks), own, extra, wrong


def _has_no_place(name: str, known: frozenset[str]) -> bool:
    return name not in known and name not in ONCE_EXPERIMENTS


def _no_place(name: str) -> Problem:
    text = f"sentry-sdk {sentry_sdk.VERSION} has no option {name!r}; the hook is never called"
    return Problem("LEFT-OUT", "warning", text)


def _unknown(name: str, known: frozenset[str]) -> Problem:
    hint = f"; did you mean {RENAMED[name]}?" if name in RENAMED else suggest(name, FIELDS | known)
    return Problem("UNKNOWN", "error", f"there is no setting or SDK option {name!r}{hint}")


def _status(settings: Settings, parts: Parts, options: Options, *, enabled: bool) -> Status:
    return Status(
        enabled=enabled,
        reason=settings.off_reason,
        dsn_configured=bool(settings.dsn),
        environment=settings.environment,
        release=settings.release,
        sample_rate=settings.sample_rate,
        traces_sample_rate=settings.traces_sample_rate if settings.enable_tracing else None,
        sdk_version=str(sentry_sdk.VERSION),
        scrubber=parts.scrubber is not None,
        left_out=options.left_out,
        problems=settings.problems,
    )


def _failed(error: Exception) -> Status:
    """Off, with the error's class only: its text may hold a DSN."""
    name = type(error).__name__
    log.warning("Sentry could not be set up: %s", name)
    problem = Problem("SETUP", "error", f"setup failed with {name}")
    return Status(False, f"setup failed with {name}", problems=(problem,))
