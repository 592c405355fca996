"""Sentry, offline: catch what Sentry SDKs send, keep it, show it, assert on it.

The names in `__all__` are what users import; the rest may change.
"""

from __future__ import annotations

__version__ = "0.1.0"

__all__ = ["__version__"]
