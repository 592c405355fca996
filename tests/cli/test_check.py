"""`fake-relay check` judges the configured settings and connects to a relay of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DSN = "https://0123456789abcdef@o1.ingest.sentry.invalid/42"


def check(folder: Path, *arguments: str, **env: str) -> subprocess.CompletedProcess[str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("SENTRY_")}
    return subprocess.run(
        [sys.executable, "-m", "fake_relay", "check", *arguments],
        cwd=folder,
        env={**kept, "PYTHONPATH": str(ROOT), **env},
        capture_output=True,
        text=True,
        timeout=50,
    )


@pytest.mark.slow(2)
def test_the_configured_dsn_is_judged_and_a_private_relay_is_asked(tmp_path: Path) -> None:
    env = {"SENTRY_DSN": DSN, "SENTRY_ENVIRONMENT": "production", "SENTRY_RELEASE": "shop@2.0.3"}

    done = check(tmp_path, "--json", **env)

    found = json.loads(done.stdout)
    assert done.returncode == 0, done.stderr
    assert "connectivity" in found["check_types"]
    # Nobody answers at that DSN, so the relay was asked in its place.
    assert "CONNECT" not in {one["rule"] for one in found["findings"]}
    assert "items go to https://***@o1.ingest.sentry.invalid/42" in found["facts"]


@pytest.mark.slow(2)
def test_a_setup_is_probed_and_findings_give_the_exit_status(tmp_path: Path) -> None:
    (tmp_path / "shop.py").write_text(
        "import sentry_sdk\ndef setup():\n    sentry_sdk.init(traces_sample_rate='1.0')\n"
    )

    done = check(tmp_path, "--setup", "shop:setup", "--check-type", "performance")

    assert done.returncode == 1
    assert "traces_sample_rate='1.0' is no number" in done.stdout


@pytest.mark.slow(1)
def test_a_type_that_is_not_there_is_status_2(tmp_path: Path) -> None:
    done = check(tmp_path, "--check-type", "everything")

    assert done.returncode == 2
    assert "got 'everything'" in done.stderr
