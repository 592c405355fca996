"""The middleware in Flask, Django and FastAPI: an error knows its request and its user."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import pytest

from fake_relay.testing import Relay

ROOT = Path(__file__).parents[3]


@pytest.fixture
def frameworks() -> str:
    """The folders with the frameworks and the newest SDK, as PYTHONPATH has them."""
    path = ROOT / "tests" / "scripts" / "install_sdks.py"
    spec = importlib.util.spec_from_file_location("install_sdks", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    folders = [module.frameworks(), module.python_sdk("2.75.0"), ROOT]
    return os.pathsep.join(str(folder) for folder in folders)


@pytest.mark.slow
@pytest.mark.timeout(240)
def test_an_error_in_each_framework_has_its_request_and_user_and_no_secret(
    frameworks: str, relay: Relay
) -> None:
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("SENTRY_")},
        "PYTHONPATH": frameworks,
        "SENTRY_DSN": relay.dsn,
        "SENTRY_ENVIRONMENT": "test",
        "SENTRY_RELEASE": "shop@2.0.3",
    }
    app = Path(__file__).with_name("three_frameworks.py")

    run = subprocess.run(
        [sys.executable, str(app)], env=environment, capture_output=True, text=True, timeout=90
    )

    assert run.returncode == 0, run.stderr
    assert run.stdout.split("\n")[:-1] == [
        "flask 500 INTERNAL SERVER ERROR",
        "django 500 Internal Server Error",
        "fastapi 500",
        "fastapi raised",
    ]
    for name in ("flask", "django", "fastapi"):
        event = relay.expect_event(exception="LookupError", tags={"request_id": f"request-{name}"})
        assert event["exception"]["values"][-1]["value"] == name
        assert event["exception"]["values"][-1]["stacktrace"]["frames"]
        assert event["user"]["id"] == f"user-{name}"
        request = event["request"]
        assert (request["method"], request["url"]) == ("POST", "http://shop.test/fail")
        assert request["data"]["order_id"] == 7
        assert "page=2" in request["query_string"]
    assert len(relay.items("event")) == 3
    relay.assert_no_leaks("canary-body", "canary-query", "canary-header")
