"""Where a relay is found unless somebody says otherwise.

It stands alone, so that `fake-relay list --help` need not load every settings record.
May import: nothing.
"""

from __future__ import annotations

DEFAULT_URL = "http://127.0.0.1:9119"
"""Where `serve` listens unless it is told otherwise."""
