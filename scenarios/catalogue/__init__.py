"""The built-in scenarios: a file for each group, each with a tuple `SCENARIOS`.

To add a scenario: write a `Scenario(...)` into `catalogue/<group>.py` with the id of the
catalogue (`E-02`), a title that says what it drives, `group="<group>"`, steps and expectations.
What data cannot say is a function in `catalogue/acts/<group>.py`, called by
`Call("scenarios.catalogue.acts.<group>:function")`; it runs in the child, so it imports the
standard library, sentry_sdk and the framework it is about, and nothing of fake_relay; it may
use `scenarios.process.journal` (`note`, `canary`, `generated`). A judgement that no
expectation says is a function in `catalogue/checks/<group>.py`, asked by
`Check("scenarios.catalogue.checks.<group>:function")`: it runs in the parent, and is given the
`Evidence`. Several values of one story are `cases`, filled in by `${case.name}`. What depends
on the target's settings is a promise: `${rate.traces}`, `${release}`. A story about one
configuration alone names its `setup` (`raw`, `sdk_config`, or `module:function`); where a
target is expected to fail, `known={"raw": "why"}` says so. What waits for a later part of the
relay has `planned="what for"` and no steps. `needs` lists what must be importable.

Rule: importing this imports nothing else, for every child that calls an act does so, and its
interpreter may have neither fake_relay nor msgspec.

Try it: `fake-relay scenarios run E-02`, with `-v` for all findings; `--setup raw` for the SDK
as it is, `--sdk FOLDER` for another version of it.
May import: scenario, errors, the files of the groups; inside of functions.
"""

from __future__ import annotations

import importlib
import pkgutil
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from scenarios.scenario import Scenario

GROUPS = (
    "errors",
    "transactions",
    "sampling",
    "releases",
    "pii",
    "filters",
    "sessions",
    "context",
    "resilience",
    "frameworks",
    "alerts",
)
"""In the order in which they are shown."""


def built_in() -> list[Scenario]:
    """All built-in scenarios, group by group in the order of their ids.

    Raises `ScenarioError` for an id that is there twice.
    """
    from scenarios.errors import ScenarioError

    found: dict[str, Scenario] = {}
    for module in pkgutil.iter_modules(__path__):
        if module.ispkg:
            continue
        for scenario in importlib.import_module(f"{__name__}.{module.name}").SCENARIOS:
            if scenario.id in found:
                raise ScenarioError(f"two built-in scenarios are called {scenario.id!r}")
            found[scenario.id] = scenario
    return sorted(found.values(), key=_place)


def _place(scenario: Scenario) -> tuple[int, str]:
    known = scenario.group in GROUPS
    return (GROUPS.index(scenario.group) if known else len(GROUPS)), scenario.id
