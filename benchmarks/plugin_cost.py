"""What the pytest plugin costs: a thousand trivial tests without it, with it, and with `relay`.

May import: the standard library; pytest runs in child processes.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

import msgspec

TRIVIAL = (
    "import pytest\n@pytest.mark.parametrize('n', range({count}))\ndef test_it({use}n): pass\n"
)


class PluginCost(msgspec.Struct, frozen=True, kw_only=True):
    """Milliseconds a test: plugin loaded but unused, and with the `relay` fixture."""

    tests: int
    unused_ms: float
    used_ms: float
    failed: str = ""


def measure(count: int, rounds: int) -> PluginCost:
    """Run each of the three so many times, in turn."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "test_plain.py").write_text(TRIVIAL.format(count=count, use=""))
        (folder / "test_relay.py").write_text(TRIVIAL.format(count=count, use="relay, "))
        try:
            runs = [
                (
                    _run(folder, "-p", "no:fake_relay", "test_plain.py"),
                    _run(folder, "test_plain.py"),
                    _run(folder, "test_relay.py"),
                )
                for _ in range(rounds)
            ]
        except subprocess.CalledProcessError as error:
            return PluginCost(tests=count, unused_ms=0, used_ms=0, failed=str(error.stdout)[-300:])
    return PluginCost(
        tests=count,
        unused_ms=median(loaded - without for without, loaded, _ in runs) * 1000 / count,
        used_ms=median(used - without for without, _, used in runs) * 1000 / count,
    )


def _run(folder: Path, *arguments: str) -> float:
    begun = time.perf_counter()
    subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *arguments],
        cwd=folder,
        check=True,
        capture_output=True,
        text=True,
    )
    return time.perf_counter() - begun
