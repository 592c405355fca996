"""The built-in scenarios, a group at a time, against a target."""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from scenarios.catalogue import built_in
from scenarios.one import Stage, run_one
from scenarios.result import Result
from scenarios.target import Target
from tests.scripts.install_sdks import python_sdk

Results = dict[str, Result]
Group = Callable[..., Results]


@pytest.fixture
def group(stages: Callable[[Target], Stage]) -> Group:
    """Runs a group against a setup under an SDK; the results by scenario id.

    What brings a setup of its own says the same of every target, and runs for sdk_config alone;
    `without` leaves a tag out.
    """

    def group(
        name: str, setup: str = "sdk_config", sdk: str = "newest", without: str = ""
    ) -> Results:
        folder = "" if sdk == "newest" else str(python_sdk(sdk))
        ours = setup == "sdk_config"
        chosen = [one for one in built_in() if one.group == name and (ours or not one.setup)]
        chosen = [one for one in chosen if without not in one.tags]
        cases = [case for one in chosen for case in one.expanded()]
        stage = stages(Target(setup=setup, sdk=folder))
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            results = pool.map(lambda case: run_one(case, stage), cases)
            return {result.id: result for result in results}

    return group


@pytest.fixture(params=["2.0.1", "newest"])
def sdk(request: pytest.FixtureRequest) -> str:
    """The oldest sentry-sdk that is supported, and the one that is installed."""
    version: str = request.param
    return version
