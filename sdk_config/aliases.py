"""The documents' own names for ours (K-02): one table, identical behaviour, no deprecation.

Rule: an alias is the function itself, unless its arguments differ; then it is a thin function
here that only moves them. The table is asked while rooms are still being imported, so this file
imports them where it uses them.
May import: every room below it.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

ALIASES: dict[str, str] = {
    "add_user_context": "aliases.add_user_context",
    "before_send_hook": "aliases.filter_sensitive_data",
    "capture_deployment_event": "deployments.record_deployment",
    "capture_release_event": "deployments.record_release_event",
    "capture_release_health": "deployments.record_release_health",
    "clear_user_context": "context.clear_user",
    "configure_sentry": "install.setup",
    "filter_sensitive_data": "aliases.filter_sensitive_data",
    "get_current_release": "deployments.current_release",
    "get_release_info": "deployments.release_info",
    "get_version_from_git": "aliases.get_version_from_git",
    "init_sentry": "install.setup",
    "monitor_performance": "performance.monitor",
    "monitored_db_session": "monitors.monitored_session",
    "push_scope": "context.scope",
    "set_release_context": "deployments.set_release",
    "set_user_context": "aliases.set_user_context",
    "setup_sentry": "install.setup",
    "start_span": "performance.span",
    "start_transaction": "performance.transaction",
}
"""A document's name, and where its original lives: `module.name` within sdk_config."""


def set_user_context(
    user_id: Any = None, username: str | None = None, email: str | None = None, **more: Any
) -> None:
    """`set_user()` with the positions of S2."""
    from sdk_config.context import set_user

    set_user(user_id=user_id, username=username, email=email, **more)


def add_user_context(
    user_id: Any = None,
    user_email: str | None = None,
    user_role: str | None = None,
    location_id: Any = None,
    **more: Any,
) -> None:
    """`set_user()` with the positions and names of S3; role and location are tags as well."""
    from sdk_config.context import set_user

    set_user(user_id=user_id, email=user_email, role=user_role, location_id=location_id, **more)


def filter_sensitive_data(event: dict[str, Any], hint: Any = None) -> dict[str, Any] | None:
    """The event as the scrubber of these settings lets it leave; None if it cannot be scrubbed.

    `setup()` does this by itself; the function is for code that has hooks of its own.
    """
    try:
        from sdk_config.parts import parts_of
        from sdk_config.runtime import current
        from sdk_config.settings import Settings

        running = current()
        scrubber = running.parts.scrubber if running else None
        scrubber = scrubber or parts_of(running.settings if running else Settings()).scrubber
        return scrubber.event(event, hint or {}) if scrubber else None
    except Exception:  # noqa: BLE001 - what cannot be scrubbed does not leave
        return None


def get_version_from_git() -> str | None:
    """The newest tag of the checkout, or None where S0 says "unknown" (K-19)."""
    from sdk_config.releases.sources import release_from_git

    return release_from_git(mode="tag")


def __getattr__(name: str) -> Any:
    """Let `from sdk_config.aliases import init_sentry` work for the whole table."""
    if name not in ALIASES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    home, _, name_there = ALIASES[name].rpartition(".")
    return getattr(import_module(f"sdk_config.{home}"), name_there)
