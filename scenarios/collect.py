"""pytest: `*.scenarios.yaml` and `*_scenarios.py` are collected, a test for each scenario.

Rule: a relay and a fork server are started once in each process of a session, when the first
scenario runs. A failure shows what the terminal shows of that scenario.
May import: one, selection, yaml_file, target, report.terminal; pytest, fake_relay's names.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import msgspec
import pytest

from scenarios.errors import ScenarioError
from scenarios.one import Stage, run_one
from scenarios.report import terminal
from scenarios.result import Result
from scenarios.runner import launcher_for, relay_for
from scenarios.scenario import Scenario
from scenarios.target import CONFIG_FILE, Target, read_target
from scenarios.yaml_file import read_file

_STAGE: pytest.StashKey[Stage] = pytest.StashKey()


class ScenarioFailed(Exception):
    """A scenario that is bad; its text is the report of that one."""


class ScenariosFile(pytest.File):
    """A file of scenarios."""

    def collect(self) -> Iterator[ScenarioItem]:
        """A test for each scenario, and for each of its cases."""
        for scenario in read_file(self.path):
            for one in scenario.expanded():
                yield ScenarioItem.from_parent(self, name=one.id, scenario=one)

    def repr_failure(self, excinfo: Any, style: Any = None) -> Any:  # noqa: ARG002 - a node's
        """What is wrong with the file, without our frames."""
        if isinstance(excinfo.value, ScenarioError):
            return str(excinfo.value)
        return super().repr_failure(excinfo)


class ScenarioItem(pytest.Item):
    """A scenario as a test; its group and its tags are marks."""

    def __init__(self, *, scenario: Scenario, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.scenario = scenario
        for name in dict.fromkeys((scenario.group, *scenario.tags)):
            mark = mark_of(name)
            self.config.addinivalue_line("markers", f"{mark}: scenarios of {name!r}")
            self.add_marker(mark)

    def runtest(self) -> None:
        """Run it; skips what is planned, needs something or is known to fail."""
        result = run_one(self.scenario, stage_of(self.session))
        if result.status in ("planned", "skipped"):
            pytest.skip(f"{result.status}: {result.reason}")
        if result.status == "known":
            pytest.xfail(result.reason)
        if result.bad:
            raise ScenarioFailed(terminal.text(result).strip())
        self.add_report_section("call", "scenario", _caught(result))

    def repr_failure(self, excinfo: Any, style: Any = None) -> Any:
        """The terminal's report of the scenario."""
        if isinstance(excinfo.value, ScenarioFailed | ScenarioError):
            return str(excinfo.value)
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, int | None, str]:
        """Where it stands, and how a report calls it."""
        return self.path, None, f"{self.scenario.id} {self.scenario.title}".strip()


def mark_of(name: str) -> str:
    """A group or tag as a name that `-m` can select: `my-shop` is `my_shop`."""
    return re.sub(r"\W", "_", name)


def stage_of(session: pytest.Session) -> Stage:
    """The relay and the fork server of this session; started by the first scenario."""
    if _STAGE not in session.stash:
        target = _target(session.config)
        stack = ExitStack()
        session.config.add_cleanup(stack.close)
        url = session.config.getoption("--fake-relay-url", default=None) or ""
        live = relay_for(stack, url)
        launcher = stack.enter_context(launcher_for(target))
        session.stash[_STAGE] = Stage(live, launcher, target, threading.Event())
    return session.stash[_STAGE]


def _target(config: pytest.Config) -> Target:
    """The target of the root's fake-relay.toml, seen from there, whatever the folder."""
    path = config.rootpath / CONFIG_FILE
    read = read_target(path if path.exists() else None)
    return read if read.cwd else msgspec.structs.replace(read, cwd=str(config.rootpath))


def _caught(result: Result) -> str:
    return ", ".join(f"{n} {kind}" for kind, n in sorted(result.arrived.items())) or "nothing"
