"""`demo` shows the main job on real input and ends by itself."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable

import pytest

Start = Callable[..., "subprocess.Popen[str]"]


@pytest.mark.slow
def test_the_demo_shows_every_part_of_the_main_job(start: Start) -> None:
    child = start("demo")
    output, error = child.communicate(timeout=55)
    shown = (
        "CardDeclined: card declined: 120 is over the limit of 100",
        "unhandled · excepthook",
        "asked for 120",
        "db.query",
        "cart.csv",
        "session crashed",
        "nightly-stock",
        "stock of sku-23 is low",
        "before_send",
        "sample_rate",
        "This failure was intended",
        "fake-relay serve",
    )
    assert (child.returncode, error) == (0, "")
    assert [text for text in shown if text not in output] == []


@pytest.mark.slow
def test_the_demo_tells_machines_which_expectation_failed(start: Start) -> None:
    child = start("demo", "--json")
    output, _ = child.communicate(timeout=55)
    assert [verdict["held"] for verdict in json.loads(output)["expectations"]] == [
        True,
        True,
        False,
    ]
