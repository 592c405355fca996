"""What was answered 200 survives the server's death."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[1] / "scripts" / "kill_rounds.py"


@pytest.mark.slow(12)
def test_events_that_were_answered_survive_twenty_kills_exactly_once() -> None:
    # Nothing is measured in processes that are killed, and they would start more slowly.
    uncovered = {k: value for k, value in os.environ.items() if not k.startswith("COVERAGE")}
    ran = subprocess.run(
        [sys.executable, str(SCRIPT), "--rounds", "20", "--longest", "0.2"],
        cwd=SCRIPT.parents[2],
        env=uncovered,
        capture_output=True,
        text=True,
        check=False,
        timeout=55,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert "20 kills" in ran.stdout
