"""The record of a scenario: threads that meet it first, all at once."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

FILL_AT_ONCE = """
import threading
from scenarios.scenario import Scenario, filled_in
from scenarios.steps import Message

go = threading.Barrier(8)
one = Scenario(id="a", steps=(Message("${text}"),))
texts = []

def fill():
    go.wait()
    texts.append(filled_in(one, {"text": "b"}).steps[0].text)

threads = [threading.Thread(target=fill) for _ in range(8)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
print(*texts)
"""


def test_threads_that_fill_the_first_scenarios_at_once_do_not_crash_the_run() -> None:
    # Without the care that is taken, three of four such processes died of a segmentation fault.
    command = [sys.executable, "-c", FILL_AT_ONCE]
    root = Path(__file__).parents[2]
    ran = [subprocess.Popen(command, cwd=root, stdout=subprocess.PIPE, text=True) for _ in range(3)]
    assert [process.communicate()[0].split() for process in ran] == [["b"] * 8] * 3
