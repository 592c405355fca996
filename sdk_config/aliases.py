"""The documents' own names for ours (K-02): one table, identical behaviour, no deprecation.

Rule: an alias is the function itself, unless its arguments differ; then it is a thin function
here that only moves them.
May import: every room below it.
"""

from __future__ import annotations

ALIASES: dict[str, str] = {
    "configure_sentry": "install.setup",
    "init_sentry": "install.setup",
    "setup_sentry": "install.setup",
}
"""A document's name, and where its original lives: `module.name` within sdk_config."""
