"""One configuration under each SDK: it starts, everything passes the scrubber, nothing is lost."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from fake_relay.testing import Relay

ROOT = Path(__file__).parents[2]
VERSIONS = ["1.45.1", "2.0.1", "2.75.0", "3.0.0b2"]

APP = """
import json, logging, sys
import sdk_config
import sentry_sdk
from sdk_config.runtime import current
from sdk_config.seams import Parts

CANARY = "canary" + "-4711"


class Redactor:
    def walk(self, found):
        if isinstance(found, dict):
            return {key: self.walk(value) for key, value in found.items()}
        if isinstance(found, (list, tuple)):
            return [self.walk(value) for value in found]
        return found.replace(CANARY, "*") if isinstance(found, str) else found

    def event(self, payload, hint):
        return self.walk(payload)

    transaction = span = log = metric = breadcrumb = event

    def envelope(self, envelope):
        if "trace" in envelope.headers:
            envelope.headers["trace"] = self.walk(envelope.headers["trace"])
        return envelope


status = sdk_config.setup(
    traces_sample_rate=1.0, send_default_pii=bool(sys.argv[1:]), parts=Parts(scrubber=Redactor())
)
sentry_sdk.add_breadcrumb(message=f"crumb {CANARY}")
sentry_sdk.capture_message(f"message {CANARY}")
logging.getLogger("shop").error("logged %s", CANARY)
try:
    secret = CANARY
    raise ValueError(f"raised {CANARY}")
except ValueError:
    sentry_sdk.capture_exception()
if hasattr(sentry_sdk, "start_transaction"):
    with sentry_sdk.start_transaction(name=f"work {CANARY}", op="task"):
        pass
else:
    with sentry_sdk.traces.start_span(name=f"work {CANARY}"):
        pass
emptied = sdk_config.flush(5)
counts = current().ledger.counts()
print(json.dumps({
    "enabled": status.enabled,
    "version": status.sdk_version,
    "problems": [str(problem) for problem in status.problems],
    "left_out": status.left_out,
    "emptied": emptied,
    "errors": counts.sent["error"],
    "dropped": len(counts.dropped),
}))
"""


@pytest.fixture(scope="session")
def installer() -> Any:
    """The script that installs SDKs into the cache."""
    spec = importlib.util.spec_from_file_location(
        "install_sdks", ROOT / "tests" / "scripts" / "install_sdks.py"
    )
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.slow
@pytest.mark.timeout(240)
@pytest.mark.parametrize("pii", [False, True])
@pytest.mark.parametrize("version", VERSIONS)
def test_it_starts_and_what_it_sends_went_through_the_scrubber(
    version: str, pii: bool, installer: Any, relay: Relay
) -> None:
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("SENTRY_")},
        "PYTHONPATH": f"{installer.python_sdk(version)}{os.pathsep}{ROOT}",
        "SENTRY_DSN": relay.dsn,
        "SENTRY_ENVIRONMENT": "test",
        "SENTRY_RELEASE": "shop@2.0.3",
    }
    # Warnings as errors: an application may run so.
    command = [sys.executable, "-W", "error", "-c", APP, *(["pii"] if pii else [])]

    run = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60)

    assert run.returncode == 0, run.stderr
    assert json.loads(run.stdout) == {
        "enabled": True,
        "version": version,
        "problems": [],
        "left_out": [],
        "emptied": True,
        "errors": 3,
        "dropped": 0,
    }
    relay.expect_event(count=3, release="shop@2.0.3", environment="test")
    relay.expect_item("span" if version.startswith("3") else "transaction")
    relay.assert_no_leaks("canary-4711")
