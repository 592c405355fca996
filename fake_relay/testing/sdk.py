"""The SDK in this process, if there is one: ask it to send what it still holds.

Rule: sentry_sdk is never imported here, of whatever version; it is looked up among the
modules that the test has imported.
May import: protocol, errors.
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
    client = _current(sdk)
    return client if _same(_dsn_of(client), dsn) else None


def _current(sdk: Any) -> Any:
    # get_client() is of 2.x; 1.x has the client on its current hub.
    return sdk.get_client() if hasattr(sdk, "get_client") else sdk.Hub.current.client


def _options(client: Any) -> dict[str, Any]:
    return getattr(client, "options", None) or {}


def _dsn_of(client: Any) -> str:
    return str(_options(client).get("dsn") or "")


def _same(given: str, dsn: Dsn) -> bool:
    try:
        found = Dsn.parse(given)
    except InvalidDsn:
        return False
    return (found.host, found.port, found.project_id) == (dsn.host, dsn.port, dsn.project_id)


def state(dsn: Dsn) -> str:
    """What this process's SDK is set to, for whoever wonders why nothing came."""
    sdk = sys.modules.get("sentry_sdk")
    if sdk is None:
        return (
            "this process has not imported sentry_sdk; another process is pointed here by relay.env"
        )
    client = _current(sdk)
    given = _dsn_of(client)
    if not given:
        return (
            "sentry_sdk of this process has no DSN; call sentry_sdk.init(dsn=relay.dsn), or give"
            " relay.env to another process"
        )
    if not _same(given, dsn):
        return (
            f"sentry_sdk of this process sends to {given!r}, not here;"
            " call sentry_sdk.init(dsn=relay.dsn) in each test"
        )
    options = _options(client)
    rates = [
        f"{name}={options[name]!r}"
        for name in ("sample_rate", "traces_sample_rate")
        if options.get(name) is not None
    ]
    return f"sentry_sdk of this process sends here, with {', '.join(rates) or 'its defaults'}"


def flush(dsn: Dsn, timeout: float) -> bool:
    """Have the SDK send its queue, at most for `timeout` seconds; whether there is one of ours."""
    client = client_of(dsn)
    if client is None:
        return False
    client.flush(timeout=timeout)
    return True
