"""Memory goes back to the system."""

from __future__ import annotations

import subprocess
import sys

import pytest

from fake_relay.web.memory import held

SCRIPT = """
from fake_relay.web.memory import GROWN, Memory, held
memory = Memory()
before = held()
blocks = [bytearray(100_000) for _ in range(10 * GROWN // 100_000)]
pin = bytearray(100_000)  # what is below it stays with the process
grown = held() - before
assert grown > 5 * GROWN, grown
del blocks
tried, again = memory.give_back(), memory.give_back()
print(tried, again, held() - before < GROWN)
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="elsewhere nobody tells")
def test_what_is_free_goes_back_once_there_is_much_of_it() -> None:
    """In a process of its own, for the settings are those of a process."""
    command = [sys.executable, "-c", SCRIPT]
    told = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (told.stdout.strip(), told.stderr) == ("True False True", "")


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="elsewhere nobody tells")
def test_a_process_holds_something() -> None:
    before = held()
    kept = bytearray(b"x" * 20_000_000)
    assert held() - before > len(kept) / 2 > 0
