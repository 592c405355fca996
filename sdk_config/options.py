"""From settings to the options of the installed SDK.

Rule: only what the SDK accepts is given to it (its own list decides, not its version), and what
had to be left out is said. Options that it only takes with a deprecation are translated.
May import: settings, seams.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from sdk_config.settings import Settings

SAME_NAME = (
    "dsn",
    "environment",
    "release",
    "dist",
    "server_name",
    "sample_rate",
    "attach_stacktrace",
    "max_breadcrumbs",
    "max_request_body_size",
    "auto_session_tracking",
    "shutdown_timeout",
    "transport_queue_size",
    "keep_alive",
    "http_proxy",
    "https_proxy",
    "ca_certs",
    "send_client_reports",
    "debug",
)
"""Settings that are options of the same name and meaning."""

ONCE_EXPERIMENTS = ("enable_logs", "before_send_log", "before_send_metric", "before_send_span")
"""Options that some versions take under `_experiments` only; others pass over them there."""

RENAMED = {
    "with_locals": "include_local_variables",
    "request_bodies": "max_request_body_size",
    "tracing_sample_rate": "traces_sample_rate",
}
"""Names that the SDK once had, or that people expect (3.1)."""

FRAME_LINES = 5
"""Source lines around a frame, as the SDK takes them."""


@dataclass(frozen=True)
class Options:
    """What goes to `sentry_sdk.init`, and the names that this SDK does not know."""

    values: Mapping[str, Any]
    left_out: tuple[str, ...] = ()


def installed_options() -> frozenset[str]:
    """The names of the options that the installed SDK accepts."""
    from sentry_sdk.consts import DEFAULT_OPTIONS

    return frozenset(DEFAULT_OPTIONS)


def to_options(
    settings: Settings,
    accepted: Collection[str] | None = None,
    hooks: Mapping[str, Any] | None = None,
    extra: Mapping[str, Any] | None = None,
) -> Options:
    """The options of `init()` for an SDK that accepts these names; those of the installed one.

    `hooks` are functions by option name; `extra` are the application's own options, which win.
    """
    known = installed_options() if accepted is None else frozenset(accepted)
    wanted: dict[str, Any] = {name: getattr(settings, name) for name in SAME_NAME}
    wanted |= _more(settings)
    wanted |= _tracing(settings)
    wanted |= _profiling(settings, known)
    wanted |= _collection(settings, known)
    wanted |= hooks or {}
    wanted |= extra or {}
    return _fitting({name: value for name, value in wanted.items() if value is not None}, known)


def _more(settings: Settings) -> dict[str, Any]:
    return {
        "max_value_length": settings.max_value_length,
        # Said in so many words, so that the SDK reads no variable of its own.
        "spotlight": _spotlight(settings.spotlight),
        "enable_logs": settings.enable_logs or None,
        "in_app_include": list(settings.in_app_include),
        "in_app_exclude": list(settings.in_app_exclude),
    }


def _spotlight(value: str | None) -> str | bool:
    word = (value or "").lower()
    if word in {"", "0", "false", "no", "off", "f", "n"}:
        return False
    return True if word in {"1", "true", "yes", "on", "t", "y"} else str(value)


def _tracing(settings: Settings) -> dict[str, Any]:
    targets = settings.trace_propagation_targets
    return {
        # No rate at all: a rate of 0 would go on with what others sampled (K-09, D-05).
        "traces_sample_rate": settings.traces_sample_rate if settings.enable_tracing else None,
        "trace_propagation_targets": None if targets is None else list(targets),
    }


def _profiling(settings: Settings, known: Collection[str]) -> dict[str, Any]:
    """One way to profile (K-07): by session where the SDK can, else by transaction."""
    if not settings.profiles:
        return {}
    by_session = settings.profile_session_sample_rate
    rate = settings.profiles_sample_rate if by_session is None else by_session
    if "profile_session_sample_rate" not in known:
        return {"profiles_sample_rate": rate or None}
    lifecycle = settings.profile_lifecycle or "trace"
    return {"profile_session_sample_rate": rate, "profile_lifecycle": lifecycle} if rate else {}


def _collection(settings: Settings, known: Collection[str]) -> dict[str, Any]:
    """Personal data: `data_collection` only where the old options are gone or deprecated.

    Giving it switches off the two `include_*` options (3.1), so it says what they say.
    """
    pii = settings.send_default_pii
    old = {
        "include_local_variables": settings.include_local_variables,
        "include_source_context": settings.include_source_context,
    }
    if "data_collection" not in known:
        return {**old, "send_default_pii": pii}
    if not pii and "send_default_pii" in known:
        return old
    return {"data_collection": data_collection(settings)}


def data_collection(settings: Settings) -> dict[str, Any]:
    """What the SDK collects, in its newer form."""
    pii = settings.send_default_pii
    terms = {"mode": "denylist", "terms": [] if pii else ["forwarded", "-ip", "remote-", "-user"]}
    bodies = settings.max_request_body_size != "never"
    return {
        "user_info": pii,
        "cookies": terms if pii else {"mode": "off"},
        "http_headers": {"request": terms},
        "http_bodies": ["incoming_request"] if bodies else [],
        "url_query_params": terms,
        "graphql": {"document": pii, "variables": pii},
        "gen_ai": {"inputs": pii, "outputs": pii},
        "mcp": {"inputs": pii, "outputs": pii},
        "database_query_data": pii,
        "queues": pii,
        "stack_frame_variables": settings.include_local_variables,
        "frame_context_lines": FRAME_LINES if settings.include_source_context else 0,
    }


def _fitting(wanted: Mapping[str, Any], known: frozenset[str]) -> Options:
    values = {name: value for name, value in wanted.items() if name in known}
    early = {name: wanted[name] for name in ONCE_EXPERIMENTS if name in wanted.keys() - known}
    if early:
        values["_experiments"] = {**early, **values.get("_experiments", {})}
    return Options(values, tuple(sorted(wanted.keys() - known - set(ONCE_EXPERIMENTS))))
