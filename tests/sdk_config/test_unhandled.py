"""Errors that nobody catches are sent, from a script and from its threads."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from fake_relay.testing import Relay

ROOT = Path(__file__).parents[2]


IN_A_THREAD = """
import threading
def work(): raise LookupError('thread')
thread = threading.Thread(target=work)
thread.start()
thread.join()
"""


@pytest.mark.parametrize(
    ("code", "mechanism"),
    [("raise LookupError('main')", "excepthook"), (IN_A_THREAD, "threading")],
)
def test_an_unhandled_error_is_sent(code: str, mechanism: str, relay: Relay) -> None:
    """S2-01, S4-02, S4-03: the SDK's own integrations stay on, and the exit waits for them."""
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("SENTRY_")},
        "PYTHONPATH": str(ROOT),
        "SENTRY_DSN": relay.dsn,
        "SENTRY_ENVIRONMENT": "prod",
        "SENTRY_RELEASE": "2.0.3",
    }
    script = f"import sdk_config\nsdk_config.init_sentry()\n{code}"

    subprocess.run([sys.executable, "-c", script], env=environment, capture_output=True, timeout=60)

    event = relay.expect_event(exception="LookupError", release="2.0.3", environment="production")
    value = event["exception"]["values"][0]
    assert value["mechanism"] == {"type": mechanism, "handled": False}
    assert event["timestamp"]
    assert value["stacktrace"]["frames"]


def test_an_exit_is_no_error(relay: Relay) -> None:
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "SENTRY_DSN": relay.dsn}
    script = "import sys, sdk_config\nsdk_config.init_sentry()\nsys.exit(3)"

    run = subprocess.run([sys.executable, "-c", script], env=environment, timeout=60)

    assert run.returncode == 3
    assert relay.items("event") == []
