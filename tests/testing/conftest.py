"""Ways to send to a relay without an SDK, and suites of other projects that use the plugin."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import fake_relay
from fake_relay.protocol.dsn import Dsn

Post = Callable[..., None]
Suite = Callable[..., pytest.RunResult]

SENDING = """
import json
import urllib.request

import pytest


@pytest.fixture
def send(relay):
    def send(payload, type="event", dsn=None):
        key, _, rest = (dsn or relay.dsn).partition("://")[2].partition("@")
        host, _, project = rest.partition("/")
        data = json.dumps(payload).encode()
        head = json.dumps({"type": type, "length": len(data)}).encode()
        body = b"\\n".join((b'{"event_id":"' + b"a" * 32 + b'"}', head, data, b""))
        url = f"http://{host}/api/{project}/envelope/?sentry_key={key}"
        urllib.request.urlopen(urllib.request.Request(url, body, method="POST")).read()

    return send
"""


@pytest.fixture
def post() -> Post:
    """Send one item to a DSN: `post(relay.dsn, {"message": "boom"}, type="event")`."""

    def post_item(
        dsn: str,
        payload: Any,
        type: str = "event",  # noqa: A002
        **header: Any,
    ) -> None:
        to = Dsn.parse(dsn)
        data = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
        head = json.dumps({"type": type, "length": len(data), **header}).encode()
        body = b"\n".join((b'{"event_id":"' + b"a" * 32 + b'"}', head, data, b""))
        url = f"{to.envelope_url}?sentry_key={to.public_key}"
        with urllib.request.urlopen(urllib.request.Request(url, body, method="POST")) as answer:
            answer.read()

    return post_item


@pytest.fixture
def suite(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> Suite:
    """Run tests of another project within this process: `suite(source, "-v")`.

    They have a fixture `send(payload, type="event", dsn=None)`. `own_process=True` is for tests
    whose subject is what a process imports, how processes divide a suite, or the global SDK.
    """
    pytester.makeconftest(SENDING)
    pytester.makeini("[pytest]\nasyncio_mode = auto\nasyncio_default_fixture_loop_scope = function")
    plugin = ("-p", "no:fake_relay", "-p", "fake_relay.testing.plugin")

    def run(source: str, *arguments: str, own_process: bool = False) -> pytest.RunResult:
        pytester.makepyfile(source)
        if not own_process:
            return pytester.runpytest_inprocess(*plugin, *arguments)
        monkeypatch.setenv("PYTHONPATH", str(Path(fake_relay.__file__).parents[1]))
        # Of the plugins in our environment only those that the tests need, and no coverage: it
        # is measured within this process, and each import of each worker would cost.
        monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
        monkeypatch.delenv("COVERAGE_PROCESS_CONFIG", raising=False)
        others = ("-p", "pytest_asyncio.plugin", "-p", "xdist.plugin")
        return pytester.runpytest_subprocess(*plugin, *others, *arguments, timeout=200)

    return run
