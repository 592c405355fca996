"""The SDK in this process, if there is one: ask it to send what it still holds.

Rule: sentry_sdk is never imported here, of whatever version; it is looked up among the
modules that the test has imported.
May import: protocol.
"""

from __future__ import annotations

import sys
from typing import Any

from fake_relay.errors import InvalidDsn
from fake_relay.protocol.dsn import Dsn


def client_of(dsn: Dsn) -> Any:
    """The current client of sentry_sdk if it sends to this DSN's project, else None."""
    sdk = sys.modules.get("sentry_sdk")
    if sdk is None:
        return None
    # get_client() is of 2.x; 1.x has the client on its current hub.
    client = sdk.get_client() if hasattr(sdk, "get_client") else sdk.Hub.current.client
    given = (getattr(client, "options", None) or {}).get("dsn")
    if not given:
        return None
    try:
        found = Dsn.parse(str(given))
    except InvalidDsn:
        return None
    ours = (found.host, found.port, found.project_id) == (dsn.host, dsn.port, dsn.project_id)
    return client if ours else None


def flush(dsn: Dsn, timeout: float) -> bool:
    """Have the SDK send its queue, at most for `timeout` seconds; whether there is one of ours."""
    client = client_of(dsn)
    if client is None:
        return False
    client.flush(timeout=timeout)
    return True
