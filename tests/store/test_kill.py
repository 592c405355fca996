"""What was answered 200 survives the server's death."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[1] / "scripts" / "kill_rounds.py"


@pytest.mark.slow
def test_events_that_were_answered_survive_twenty_kills_exactly_once() -> None:
    ran = subprocess.run(
        [sys.executable, str(SCRIPT), "--rounds", "20", "--longest", "0.2"],
        cwd=SCRIPT.parents[2],
        capture_output=True,
        text=True,
        check=False,
        timeout=55,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert "20 kills" in ran.stdout
