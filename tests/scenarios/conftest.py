"""A relay and a fork server for all scenarios of a session, by SDK."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from scenarios.one import Stage, run_one
from scenarios.process.launch import Launcher
from scenarios.result import Result
from scenarios.runner import launcher_for, relay_for
from scenarios.scenario import Scenario
from scenarios.target import Target
from tests.scripts.install_sdks import python_sdk

Run = Callable[..., Result]


@pytest.fixture(scope="session")
def stages() -> Iterator[Callable[[Target], Stage]]:
    """The stage of a target: one relay for all, one fork server for each SDK."""
    with ExitStack() as stack:
        live = relay_for(stack, "")
        made: dict[tuple[str, ...], Launcher] = {}

        def stage(target: Target) -> Stage:
            where = os.environ.get("PYTHONPATH", "")
            key = (target.interpreter, target.sdk, target.kind, where)
            if key not in made:
                made[key] = stack.enter_context(launcher_for(target))
            return Stage(live, made[key], target, threading.Event())

        yield stage


@pytest.fixture(scope="session")
def run(stages: Callable[[Target], Stage]) -> Run:
    """Run a scenario, with the raw SDK unless a target is given."""

    def run(scenario: Scenario, target: Target | None = None) -> Result:
        return run_one(scenario, stages(target or Target(setup="raw")))

    return run


@pytest.fixture(scope="session", params=["2.0.1", "newest"])
def sdk(request: pytest.FixtureRequest) -> Target:
    """The raw SDK as a target, the oldest that is supported and the one that is installed."""
    folder = "" if request.param == "newest" else str(python_sdk(request.param))
    return Target(setup="raw", sdk=folder)


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder to stand in."""
    monkeypatch.chdir(tmp_path)
    return tmp_path
