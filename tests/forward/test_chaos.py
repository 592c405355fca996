"""Everything at once: an upstream that fails in every way, and a relay that is killed."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[1] / "scripts" / "forward_chaos.py"


@pytest.mark.slow(12)
def test_what_was_selected_arrives_through_failures_and_kills() -> None:
    # Nothing is measured in processes that are killed, and they would start more slowly.
    uncovered = {k: value for k, value in os.environ.items() if not k.startswith("COVERAGE")}
    options = ["--events", "300", "--kills", "2", "--seed", "11", "--longest", "0.8"]
    ran = subprocess.run(
        [sys.executable, str(SCRIPT), *options],
        cwd=SCRIPT.parents[2],
        env=uncovered,
        capture_output=True,
        text=True,
        check=False,
        timeout=55,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert "selected events were answered 200" in ran.stdout
