"""The shared Sentry SDK configuration of a service; knows nothing of fake_relay.

Rule: importing this costs nothing; each name is loaded when it is first used.
May import: its own rooms, lazily.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sdk_config.errors import Problem, SettingsError
    from sdk_config.install import flush, setup, shutdown, status
    from sdk_config.options import to_options
    from sdk_config.precedence import Source
    from sdk_config.profiles import PROFILES, recommend_rates
    from sdk_config.releases.names import validate_release
    from sdk_config.releases.sources import release_from_git, resolve_release
    from sdk_config.runtime import Status
    from sdk_config.settings import Settings

__all__ = [
    "PROFILES",
    "Problem",
    "Settings",
    "SettingsError",
    "Source",
    "Status",
    "flush",
    "recommend_rates",
    "release_from_git",
    "resolve_release",
    "setup",
    "shutdown",
    "status",
    "to_options",
    "validate_release",
]

_HOMES = {
    "PROFILES": "profiles",
    "Problem": "errors",
    "Settings": "settings",
    "SettingsError": "errors",
    "Source": "precedence",
    "Status": "runtime",
    "flush": "install",
    "recommend_rates": "profiles",
    "release_from_git": "releases.sources",
    "resolve_release": "releases.sources",
    "setup": "install",
    "shutdown": "install",
    "status": "install",
    "to_options": "options",
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
