"""A service that calls `setup()` in this process, against its own project of the relay."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import sentry_sdk

from sdk_config import Status, setup, shutdown

if TYPE_CHECKING:
    from fake_relay.testing import Relay

ROOT = Path(__file__).parents[2]

SetUp = Callable[..., Status]


@pytest.fixture(scope="session")
def installer() -> Any:
    """The script that installs SDKs and frameworks into the cache."""
    spec = importlib.util.spec_from_file_location(
        "install_sdks", ROOT / "tests" / "scripts" / "install_sdks.py"
    )
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def run_under(relay: Relay, installer: Any) -> Callable[[str, str], Any]:
    """Run a program under a version of the SDK, for this test's project; the JSON it prints.

    Warnings are errors, because an application may run so.
    """

    def run(version: str, program: str) -> Any:
        environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("SENTRY_")},
            "PYTHONPATH": f"{installer.python_sdk(version)}{os.pathsep}{ROOT}",
            "SENTRY_DSN": relay.dsn,
            "SENTRY_ENVIRONMENT": "test",
            "SENTRY_RELEASE": "shop@2.0.3",
        }
        command = [sys.executable, "-W", "error", "-c", program]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    return run


@pytest.fixture
def service(relay: Relay, monkeypatch: pytest.MonkeyPatch) -> Iterator[SetUp]:
    """Call `setup()` for this test's project: `service(traces_sample_rate=1.0)`; undone after."""
    monkeypatch.setenv("SENTRY_DSN", relay.dsn)
    monkeypatch.setenv("SENTRY_ENVIRONMENT", "test")
    monkeypatch.setenv("SENTRY_RELEASE", "shop@2.0.3")

    def start(*arguments: Any, **overrides: Any) -> Status:
        # The SDK's scopes outlive a test, with its tags, breadcrumbs and transaction.
        sentry_sdk.get_global_scope().clear()
        sentry_sdk.get_isolation_scope().clear()
        sentry_sdk.get_current_scope().clear()
        return setup(*arguments, **overrides)

    yield start
    shutdown()
