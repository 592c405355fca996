"""Start and stop the SDK with some settings: the one file that sees every other.

Rule: nothing here raises into the application, and nothing is sent that the last line does not
guard: where it cannot be bound, the client is closed again.
May import: every room of sdk_config but its faces; sentry_sdk.
"""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Mapping, Sequence
from dataclasses import fields, replace
from typing import Any

import sentry_sdk

from sdk_config import client, forks, runtime, termination
from sdk_config.arguments import sorted_out, with_arguments
from sdk_config.drops import Ledger
from sdk_config.errors import Problem
from sdk_config.hooks import Chain
from sdk_config.options import Options, installed_options, to_options
from sdk_config.otel import linked
from sdk_config.parts import parts_of, problems_of
from sdk_config.releases.sources import resolve_release
from sdk_config.runtime import Runtime, Status
from sdk_config.seams import Parts, UserHooks
from sdk_config.settings import Settings

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
    termination.unwatch()
    emptied = flush(running.settings.shutdown_timeout if timeout is None else timeout)
    runtime.replace_current(None)
    client.close()
    return emptied


def flush(timeout: float = 2.0) -> bool:
    """Send what waits, for at most these seconds; True if nothing is left. Never raises."""
    running = client.current()
    if getattr(running, "transport", None) is None:
        return True
    try:
        _tell_summaries()
        running.flush(timeout=timeout)
        return client.emptied(running.transport)
    except Exception as error:  # noqa: BLE001 - a flush stands in exit handlers
        runtime.note_failure("flush", error)
        return False


def transport() -> Any:
    """The transport of the client that runs, or None."""
    return getattr(client.current(), "transport", None)


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
    user, own, extra, wrong = sorted_out(overrides)
    if settings is None:
        settings = Settings.from_env(profile=profile, dotenv=dotenv, **own)
    elif own:
        settings, more = with_arguments(settings, own)
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
        listed = client.integrations(() if isinstance(integrations, str) else integrations)
        options = to_options(settings, hooks=hooks, extra={"integrations": listed, **extra})
        warned = client.start(options, parts, ledger)
        settings = replace(settings, problems=(*settings.problems, *warned))
        state = _status(settings, parts, options, enabled=True)
        client.tag(settings.default_tags)
        forks.watch()
        if settings.flush_on_sigterm:
            seconds = settings.shutdown_timeout
            termination.watch(lambda: flush(seconds), seconds)
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


def _tell_summaries() -> None:
    """Send what filters have summed up: a hook must not capture, so it waits for a flush."""
    running = runtime.current()
    take = getattr(running.parts.error_filter, "take_summaries", None) if running else None
    for summary in take() if take else ():
        sentry_sdk.capture_event(summary.event())


def _with_release(settings: Settings) -> Settings:
    if settings.release is not None or settings.off_reason is not None:
        return settings
    found = resolve_release(settings.release_sources)
    if found is None or found.origin == "environment":
        return settings
    return settings.found("release", found.name, found.origin, found.where)


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
