"""The scrubber under the last SDK before scopes: errors, breadcrumbs, users, transactions."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import pytest

from fake_relay.testing import Relay

ROOT = Path(__file__).parents[3]
INSTALLER = ROOT / "tests" / "scripts" / "install_sdks.py"

APP = """
import logging
import sdk_config
import sentry_sdk

CARD = "4111" + "1111" * 3
status = sdk_config.setup(traces_sample_rate=1.0)
assert status.enabled and status.sdk_version == "1.45.1", status
sentry_sdk.set_user({"id": "7", "email": "ann@clinic" + ".example"})
sentry_sdk.add_breadcrumb(message="paid with " + CARD, data={"form": {"password": "hunter" + "2"}})
logging.getLogger("shop").error("card %s", CARD)
try:
    db_password = "hunter" + "2"
    raise ValueError("declined " + CARD)
except ValueError:
    sentry_sdk.capture_exception()
with sentry_sdk.start_transaction(name="pay " + CARD, op="task") as transaction:
    transaction.set_tag("session_token", "hunter" + "2")
    with sentry_sdk.start_span(op="db", description="SELECT a FROM t WHERE b = '" + CARD + "'"):
        pass
assert sdk_config.shutdown(10)
"""


@pytest.mark.slow
def test_nothing_leaves_the_last_sdk_of_the_first_line(relay: Relay) -> None:
    spec = importlib.util.spec_from_file_location("install_sdks", INSTALLER)
    assert spec is not None
    assert spec.loader is not None
    installer = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(installer)
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("SENTRY_")},
        "PYTHONPATH": f"{installer.python_sdk('1.45.1')}{os.pathsep}{ROOT}",
        "SENTRY_DSN": relay.dsn,
        "SENTRY_ENVIRONMENT": "test",
        "SENTRY_RELEASE": "shop@2.0.3",
    }
    command = [sys.executable, "-W", "error", "-c", APP]

    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=50)

    assert done.returncode == 0, done.stderr
    relay.expect_event(count=2)
    relay.expect_transaction(transaction="pay [Filtered]")
    relay.assert_no_leaks("4111111111111111", "hunter2", "ann@clinic.example")
