"""Sentry's own normaliser and scrubber, the package `sentry-relay`, loaded when it is needed.

Rule: everything that does without it works without it; what cannot says what to install.
May import: errors.
"""

from __future__ import annotations

import functools
from typing import Any

from fake_relay.errors import ConfigError

EXTRA = "pip install 'fake-relay[relay]'"


class LibraryMissing(ConfigError):
    """The package `sentry-relay` is not installed."""


@functools.cache
def relay_library() -> Any:
    """The module `sentry_relay`; raises `LibraryMissing`, which says what to install."""
    try:
        import sentry_relay
    except ImportError as error:
        raise LibraryMissing(
            f"normalisation and scrubbing need the package sentry-relay: {EXTRA}"
        ) from error
    return sentry_relay


def library_present() -> bool:
    """Whether the package `sentry-relay` can be imported."""
    try:
        relay_library()
    except LibraryMissing:
        return False
    return True
