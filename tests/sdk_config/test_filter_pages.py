"""The pages on filters, sampling and fingerprints: examples run, and what they send arrives."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from fake_relay.testing import Relay

ROOT = Path(__file__).parents[2]
PYTHON_BLOCK = re.compile(r"^```python\n(.*?)^```", re.DOTALL | re.MULTILINE)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("page", "kind", "arrives"),
    [
        ("filters", "event", {"exception": "ValueError"}),
        ("sampling", "transaction", {"transaction": "nightly report"}),
        ("fingerprints", "event", {"exception": "RuntimeError"}),
    ],
)
def test_the_examples_run_and_only_what_they_keep_arrives(
    page: str, kind: str, arrives: dict[str, str], relay: Relay, tmp_path: Path
) -> None:
    text = (ROOT / "docs" / "sdk-config" / f"{page}.md").read_text("utf-8")
    script = tmp_path / "example.py"
    script.write_text("\n".join(PYTHON_BLOCK.findall(text)), encoding="utf-8")
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("SENTRY_")},
        "PYTHONPATH": str(ROOT),
        "SENTRY_DSN": relay.dsn,
        "SENTRY_ENVIRONMENT": "test",
        "SENTRY_RELEASE": "shop@2.0.3",
    }

    run = subprocess.run(
        [sys.executable, str(script)],
        env=environment,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=50,
    )

    assert run.returncode == 0, run.stderr
    relay.expect_item(kind, count=1, **arrives)
