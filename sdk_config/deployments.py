"""The release that runs, and what happens to it: deployments, release events, release health.

Rule: a release's name that Sentry would refuse is refused here, and nothing is sent for it; a
deployment's own errors pass through unchanged.
May import: context, runtime, releases, environment; sentry_sdk.
"""

from __future__ import annotations

import inspect
import math
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from typing import Any

import sentry_sdk

from sdk_config import runtime
from sdk_config.context import global_scope, isolation_scope, level_name, scope, tag_all
from sdk_config.environment import environment_name
from sdk_config.releases.names import parse_release, validate_release
from sdk_config.runtime import current, is_on, safely

STATUSES = ("in_progress", "succeeded", "failed")
"""The states of a deployment, as S0-12 names them."""

_commits: dict[str, str] = {}
"""The commit that `set_release` was told for a release; a fact that does not age."""


@safely
def set_release(version: str, commit: str | None = None, environment: str | None = None) -> None:
    """Change the release of everything that is sent from now on: events, sessions, baggage.

    The same for the environment if one is given. A name that Sentry refuses changes nothing.
    """
    name = _good(version)
    running = current()
    if running is None:
        return
    settings = running.settings.found("release", name, "argument", "set_release()")
    if environment is not None:
        settings = settings.found(
            "environment", environment_name(environment), "argument", "set_release()"
        )
    if commit:
        _commits[name] = commit
    options = _client().options
    options["release"], options["environment"] = name, settings.environment
    _forget_what_was_said()
    global_scope().set_context("release", _known(version=name, commit=commit))
    status = replace(running.status, release=name, environment=settings.environment)
    runtime.replace_current(replace(running, settings=settings, status=status))


@safely
def current_release() -> str | None:
    """The release that events carry now, or None."""
    found = _client().options.get("release")
    return str(found) if found else None


@safely
def release_info() -> dict[str, str | None]:
    """Release, environment, commit, dist, and the source that said which release it is."""
    release, running = current_release(), current()
    options = _client().options
    source = running.settings.source("release") if running and release else None
    return {
        "release": release,
        "environment": options.get("environment"),
        "commit": _commit_of(release),
        "dist": options.get("dist"),
        "source": (source.name or source.origin) if source else None,
    }


@safely
def record_deployment(
    version: str,
    environment: str,
    status: str,
    details: Mapping[str, Any] | None = None,
) -> str | None:
    """Tell that a deployment is `in_progress`, has `succeeded` or `failed`; gives the event's id.

    The event belongs to the release and environment that are deployed, not to those that run.
    """
    name, environment = _good(version), environment_name(environment)
    if status not in STATUSES:
        raise ValueError(f"status must be one of {', '.join(STATUSES)}, got {status!r}")
    facts = {"version": name, "environment": environment, "status": status, **(details or {})}
    return _send(
        f"Deployment of {name} to {environment}: {status}",
        "error" if status == "failed" else "info",
        tags={"deploy.status": status, "deploy.environment": environment},
        contexts={"deployment": facts},
        fingerprint=["deployment", name, environment],
        belongs={"release": name, "environment": environment},
    )


@safely
def record_release_event(
    message: str, level: str = "info", release_metadata: Mapping[str, Any] | None = None
) -> str | None:
    """Tell something about the release that runs; gives the event's id."""
    return _send(
        str(message),
        level_name(level, "info"),
        tags={"release.event": "true"},
        contexts={"release_event": dict(release_metadata or {})},
        fingerprint=["release-event", str(message)],
    )


@safely
def record_release_health(
    version: str, metric: str, value: float, unit: str | None = None
) -> str | None:
    """Tell a number about a release: an info event, and a gauge where the SDK has metrics (K-30).

    Crash-free rates come from sessions and need no call. Gives the event's id.
    """
    name, number = _good(version), float(value)
    if not math.isfinite(number):
        raise ValueError(f"value must be a finite number, got {value!r}")
    _gauge(f"release.{metric}", number, unit, name)
    return _send(
        f"Release health of {name}: {metric} = {value}{f' {unit}' if unit else ''}",
        "info",
        tags={"release.metric": metric},
        contexts={"release_health": _known(version=name, metric=metric, value=value, unit=unit)},
        fingerprint=["release-health", name, metric],
        belongs={"release": name},
    )


@dataclass
class Deployment:
    """A deployment under way; what is put in `details` goes into its last event."""

    version: str
    environment: str
    details: dict[str, Any]


@contextmanager
def deployment(
    version: str,
    environment: str | None = None,
    *,
    stabilise: float = 0.0,
    probe: Callable[[], Mapping[str, float]] | None = None,
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], None] = time.sleep,
    **details: Any,
) -> Iterator[Deployment]:
    """Record a deployment around the work: in progress, then succeeded or failed, with seconds.

    After a success it waits `stabilise` seconds, and records what `probe` gives (metric to value)
    as release health. The work's own errors are recorded and raised again.
    """
    place = environment or runtime_environment()
    under_way = Deployment(version, place, dict(details))
    started = clock()
    record_deployment(version, place, "in_progress", details)
    try:
        yield under_way
    except BaseException:
        _ended(under_way, "failed", clock() - started)
        raise
    _ended(under_way, "succeeded", clock() - started)
    if stabilise > 0 and is_on():
        sleep(stabilise)
    if probe is not None:
        _probe(version, probe)


def runtime_environment() -> str:
    """The environment of this process; the default's name before `setup()`."""
    running = current()
    return running.settings.environment if running else "development"


def _ended(under_way: Deployment, status: str, seconds: float) -> None:
    facts = {"duration_seconds": round(seconds, 3), "success": status == "succeeded"}
    record_deployment(
        under_way.version, under_way.environment, status, {**facts, **under_way.details}
    )


@safely
def _probe(version: str, probe: Callable[[], Mapping[str, float]]) -> None:
    for metric, value in probe().items():
        record_release_health(version, metric, value)


def _good(version: str) -> str:
    """The release's name; raises `ValueError` for one that Sentry would refuse (K-19)."""
    name = str(version).strip()
    wrong = [problem for problem in validate_release(name) if problem.level == "error"]
    if wrong:
        raise ValueError(wrong[0].text)
    return name


def _send(
    message: str,
    level: str,
    *,
    tags: Mapping[str, str],
    contexts: Mapping[str, Mapping[str, Any]],
    fingerprint: list[str],
    belongs: Mapping[str, str] | None = None,
) -> str | None:
    __tracebackhide__ = True

    def own(event: dict[str, Any], hint: Any) -> dict[str, Any]:
        event.update(belongs or {})
        return event

    with scope() as inner:
        tag_all(inner, tags)
        for name, facts in contexts.items():
            inner.set_context(name, dict(facts))
        inner.fingerprint = fingerprint
        inner.add_event_processor(own)
        return sentry_sdk.capture_message(message, level=level)  # type: ignore[arg-type]


def _gauge(name: str, value: float, unit: str | None, release: str) -> None:
    gauge = getattr(getattr(sentry_sdk, "metrics", None), "gauge", None)
    # Older SDKs have a function of this name for a kind of metric that Sentry no longer takes.
    if gauge is not None and "attributes" in inspect.signature(gauge).parameters:
        gauge(name, value, unit=unit, attributes={"release.version": release})


def _forget_what_was_said() -> None:
    """Let the next trace header name the new release; what another service began stays."""
    with suppress(AttributeError):
        global_scope().set_global_attributes()
    trace = getattr(isolation_scope(), "_propagation_context", None)
    if isinstance(trace, dict):
        if not trace.get("parent_span_id"):
            trace["dynamic_sampling_context"] = None
    elif trace is not None and not getattr(trace, "parent_span_id", None):
        kept = "baggage" if hasattr(trace, "baggage") else "dynamic_sampling_context"
        setattr(trace, kept, None)


def _commit_of(release: str | None) -> str | None:
    if release is None:
        return None
    name = parse_release(release)
    return _commits.get(release) or (name.version if name.is_commit else None)


def _client() -> Any:
    if hasattr(sentry_sdk, "get_client"):
        return sentry_sdk.get_client()
    return sentry_sdk.Hub.current.client


def _known(**facts: Any) -> dict[str, Any]:
    return {name: value for name, value in facts.items() if value is not None}
