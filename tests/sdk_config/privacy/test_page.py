"""The page on privacy: its example runs, and what it plugs in redacts."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

from fake_relay.testing import Relay

ROOT = Path(__file__).parents[3]
PAGE = ROOT / "docs" / "sdk-config" / "privacy.md"
BLOCK = re.compile(r"^```python\n(.*?)^```", re.DOTALL | re.MULTILINE)

USED = """
import sentry_sdk
from sdk_config import shutdown

sentry_sdk.set_extra("tax_no", "12/345/67890")
sentry_sdk.capture_message("about PAT-" + "123456")
assert shutdown(10)
"""


def test_the_example_of_the_page_runs_and_redacts(relay: Relay) -> None:
    script = "\n".join([*BLOCK.findall(PAGE.read_text("utf-8")), USED])
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("SENTRY_")},
        "PYTHONPATH": str(ROOT),
        "SENTRY_DSN": relay.dsn,
        "SENTRY_ENVIRONMENT": "test",
        "SENTRY_RELEASE": "shop@2.0.3",
    }
    command = [sys.executable, "-W", "error", "-c", script]

    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=50)

    assert done.returncode == 0, done.stderr
    event = relay.expect_event(title="about [Filtered]")
    assert event.extra.tax_no == "[Filtered]"
    relay.assert_no_leaks("PAT-123456", "12/345/67890")
