"""The pages on captures, context, releases, requests and migration: their examples run."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from fake_relay.testing import Relay

ROOT = Path(__file__).parents[2]
PYTHON_BLOCK = re.compile(r"^```python\n(.*?)^```", re.DOTALL | re.MULTILINE)

ARRIVES = {
    "capture": [
        "ValueError: card declined",
        "rate limit reached",
        "ValueError: card declined",
        "RuntimeError: parcel lost",
        "LookupError: no such order",
    ],
    "context": ["here is all of it", "inside", "outside"],
    "releases": [
        "Deployment of shop@2.1.0 to production: succeeded",
        "Deployment of shop@2.1.0 to production: in_progress",
        "Deployment of shop@2.1.0 to production: succeeded",
        "Release health of shop@2.1.0: error_rate = 0.4",
        "checkout is new",
        "Release health of shop@2.1.0: response_time = 120 millisecond",
    ],
    "web": ["GET /orders/* answered 503"],
    "migration": [
        "Deployment of 2.0.3 to production: in_progress",
        "features",
        "Release health of 2.0.3: error_rate = 0.5 percentage",
        "limit reached",
        "ValueError: slot is taken",
        "ValueError: export failed",
        "Test",
    ],
}

WITH_FRAMEWORKS = frozenset({"web"})


@pytest.mark.slow
@pytest.mark.timeout(240)
@pytest.mark.parametrize("page", ARRIVES)
def test_the_examples_of_a_page_run_from_top_to_bottom(
    page: str, installer: Any, relay: Relay, tmp_path: Path
) -> None:
    text = (ROOT / "docs" / "sdk-config" / f"{page}.md").read_text("utf-8")
    script = tmp_path / "example.py"
    script.write_text("\n".join(PYTHON_BLOCK.findall(text)), encoding="utf-8")
    # Frameworks that can be imported are started too, which takes a second.
    folders = [installer.frameworks()] if page in WITH_FRAMEWORKS else []
    folders += [installer.python_sdk("2.75.0"), ROOT]
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("SENTRY_")},
        "PYTHONPATH": os.pathsep.join(map(str, folders)),
        "SENTRY_DSN": relay.dsn,
        "SENTRY_ENVIRONMENT": "test",
        "SENTRY_RELEASE": "shop@2.0.3",
    }

    run = subprocess.run(
        [sys.executable, "-W", "error", str(script)],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        timeout=90,
    )

    assert run.returncode == 0, run.stderr
    assert [event.item.title for event in relay.items("event")] == ARRIVES[page]
