"""Make raven send an error, a message and breadcrumbs through the legacy store door."""

from __future__ import annotations

import json
import os
from typing import Any

import raven
from raven.transport.http import HTTPTransport


def main() -> None:
    """Send synchronously, and say so."""
    client: Any = raven.Client(
        os.environ["SENTRY_DSN"], transport=HTTPTransport, release="matrix@1"
    )
    try:
        raise ValueError("matrix-event")
    except ValueError:
        client.captureException()
    client.captureMessage("a plain message")
    print(json.dumps({"kind": "event", "sent": True}))


main()
