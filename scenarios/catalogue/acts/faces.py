"""Which face of the SDK an application has: sdk_config's helpers, or the SDK's own functions.

Rule: an application uses what its configuration gives it; nothing is imported that is not in use.
May import: the standard library; sdk_config where it runs already.
"""

from __future__ import annotations

import sys
from importlib import import_module
from typing import Any


def helpers() -> Any:
    """sdk_config, where it has been set up in this process; else None."""
    running: Any = sys.modules.get("sdk_config.runtime")
    found = running.current() if running is not None else None
    return import_module("sdk_config") if found is not None and found.status.enabled else None
