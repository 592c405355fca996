"""A way to send any bytes to a relay, as any sender."""

from __future__ import annotations

import urllib.error
import urllib.request
from collections.abc import Callable

import pytest

from fake_relay.protocol.dsn import Dsn

Send = Callable[..., int]


@pytest.fixture
def send() -> Send:
    """Send a body to a door: `send(relay.dsn, body, agent="x", door="store")`; the status."""

    def send_body(
        dsn: str, body: bytes, agent: str = "test", door: str = "envelope", coding: str = ""
    ) -> int:
        to = Dsn.parse(dsn)
        address = to.envelope_url.replace("/envelope/", f"/{door}/")
        url = f"{address}?sentry_key={to.public_key}"
        headers = {"User-Agent": agent, **({"Content-Encoding": coding} if coding else {})}
        request = urllib.request.Request(url, body, headers, method="POST")
        try:
            with urllib.request.urlopen(request) as answer:
                return int(answer.status)
        except urllib.error.HTTPError as error:
            error.close()
            return error.code

    return send_body
