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
    """Send a body to the envelope door: `send(relay.dsn, body, agent="x")`; the status."""

    def send_body(dsn: str, body: bytes, agent: str = "test") -> int:
        to = Dsn.parse(dsn)
        url = f"{to.envelope_url}?sentry_key={to.public_key}"
        headers = {"User-Agent": agent}
        request = urllib.request.Request(url, body, headers, method="POST")
        try:
            with urllib.request.urlopen(request) as answer:
                return int(answer.status)
        except urllib.error.HTTPError as error:
            error.close()
            return error.code

    return send_body
