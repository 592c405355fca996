"""The shared Sentry SDK configuration of a service; knows nothing of fake_relay.

Rule: importing this costs nothing; each name is loaded when it is first used.
May import: its own rooms, lazily.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sdk_config.capture import (
        capture_booking_error,
        capture_exception,
        capture_integration_error,
        capture_message,
        capture_notification_error,
        capture_payment_error,
        domain_capture,
    )
    from sdk_config.checks import Report, check
    from sdk_config.checks.facts import estimate_quota
    from sdk_config.context import (
        add_breadcrumb,
        add_business_context,
        clear_user,
        scope,
        set_context,
        set_flags,
        set_tag,
        set_user,
    )
    from sdk_config.deployments import (
        current_release,
        deployment,
        record_deployment,
        record_release_event,
        record_release_health,
        release_info,
        set_release,
    )
    from sdk_config.errors import Problem, SettingsError
    from sdk_config.filters import ErrorFilter
    from sdk_config.fingerprints import Fingerprinter, FingerprintRule
    from sdk_config.install import flush, setup, shutdown, status
    from sdk_config.monitors import (
        DatabaseMonitor,
        TaskMonitor,
        celery_monitor,
        cron,
        database_monitor,
        monitored_session,
    )
    from sdk_config.options import to_options
    from sdk_config.performance import measure, monitor, monitored_calls, span, transaction
    from sdk_config.precedence import Source
    from sdk_config.privacy import Scrubber
    from sdk_config.profiles import PROFILES, recommend_rates
    from sdk_config.releases.names import validate_release
    from sdk_config.releases.sources import release_from_git, resolve_release
    from sdk_config.runtime import Status
    from sdk_config.sampling import ErrorRule, Rule, Sampler
    from sdk_config.seams import Parts
    from sdk_config.settings import Settings
    from sdk_config.statistics import StatsClient
    from sdk_config.stats import PrometheusStats
    from sdk_config.status_page import health_payload
    from sdk_config.testing import recording
    from sdk_config.web.aiohttp import aiohttp_context
    from sdk_config.web.asgi import ContextMiddleware
    from sdk_config.web.incoming import PathRule
    from sdk_config.web.tokens import JWTReader
    from sdk_config.web.users import bind_user, bind_user_from, capture_graphql_errors
    from sdk_config.web.wsgi import WSGIContextMiddleware

__all__ = [
    "PROFILES",
    "ContextMiddleware",
    "DatabaseMonitor",
    "ErrorFilter",
    "ErrorRule",
    "FingerprintRule",
    "Fingerprinter",
    "JWTReader",
    "Parts",
    "PathRule",
    "Problem",
    "PrometheusStats",
    "Report",
    "Rule",
    "Sampler",
    "Scrubber",
    "Settings",
    "SettingsError",
    "Source",
    "StatsClient",
    "Status",
    "TaskMonitor",
    "WSGIContextMiddleware",
    "add_breadcrumb",
    "add_business_context",
    "aiohttp_context",
    "bind_user",
    "bind_user_from",
    "capture_booking_error",
    "capture_exception",
    "capture_graphql_errors",
    "capture_integration_error",
    "capture_message",
    "capture_notification_error",
    "capture_payment_error",
    "celery_monitor",
    "check",
    "clear_user",
    "cron",
    "current_release",
    "database_monitor",
    "deployment",
    "domain_capture",
    "estimate_quota",
    "flush",
    "health_payload",
    "measure",
    "monitor",
    "monitored_calls",
    "monitored_session",
    "recommend_rates",
    "record_deployment",
    "record_release_event",
    "record_release_health",
    "recording",
    "release_from_git",
    "release_info",
    "resolve_release",
    "scope",
    "set_context",
    "set_flags",
    "set_release",
    "set_tag",
    "set_user",
    "setup",
    "shutdown",
    "span",
    "status",
    "to_options",
    "transaction",
    "validate_release",
]

_HOMES = {
    "ContextMiddleware": "web.asgi",
    "DatabaseMonitor": "monitors",
    "ErrorFilter": "filters",
    "ErrorRule": "sampling",
    "FingerprintRule": "fingerprints",
    "Fingerprinter": "fingerprints",
    "JWTReader": "web.tokens",
    "PROFILES": "profiles",
    "PathRule": "web.incoming",
    "Parts": "seams",
    "Problem": "errors",
    "PrometheusStats": "stats",
    "Report": "checks",
    "Rule": "sampling",
    "Sampler": "sampling",
    "Scrubber": "privacy",
    "Settings": "settings",
    "SettingsError": "errors",
    "Source": "precedence",
    "StatsClient": "statistics",
    "Status": "runtime",
    "TaskMonitor": "monitors",
    "WSGIContextMiddleware": "web.wsgi",
    "add_breadcrumb": "context",
    "add_business_context": "context",
    "aiohttp_context": "web.aiohttp",
    "bind_user": "web.users",
    "bind_user_from": "web.users",
    "capture_booking_error": "capture",
    "capture_exception": "capture",
    "capture_graphql_errors": "web.users",
    "capture_integration_error": "capture",
    "capture_message": "capture",
    "capture_notification_error": "capture",
    "capture_payment_error": "capture",
    "celery_monitor": "monitors",
    "check": "checks",
    "clear_user": "context",
    "cron": "monitors",
    "current_release": "deployments",
    "database_monitor": "monitors",
    "deployment": "deployments",
    "domain_capture": "capture",
    "estimate_quota": "checks.facts",
    "flush": "install",
    "health_payload": "status_page",
    "measure": "performance",
    "monitor": "performance",
    "monitored_calls": "performance",
    "monitored_session": "monitors",
    "recommend_rates": "profiles",
    "record_deployment": "deployments",
    "record_release_event": "deployments",
    "record_release_health": "deployments",
    "recording": "testing",
    "release_from_git": "releases.sources",
    "release_info": "deployments",
    "resolve_release": "releases.sources",
    "scope": "context",
    "set_context": "context",
    "set_flags": "context",
    "set_release": "deployments",
    "set_tag": "context",
    "set_user": "context",
    "setup": "install",
    "shutdown": "install",
    "span": "performance",
    "status": "install",
    "to_options": "options",
    "transaction": "performance",
    "validate_release": "releases.names",
}
"""Where each public name lives; a test holds the three lists together."""


def __getattr__(name: str) -> Any:
    home = _HOMES.get(name)
    if home is None and not name.startswith("_"):
        home, _, name_there = _alias(name).rpartition(".")
        return getattr(import_module(f"{__name__}.{home}"), name_there)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{home}"), name)


def _alias(name: str) -> str:
    """Where the original of a document's own name lives."""
    from sdk_config.aliases import ALIASES

    if name not in ALIASES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return ALIASES[name]
