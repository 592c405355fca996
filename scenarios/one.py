"""Run one scenario: a project, a child, its journal, a verdict.

Rule: nothing of it raises but what keeps every scenario from running.
May import: judge, verdict, evidence, process.launch, target, scenario, result; fake_relay's names.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import msgspec

from fake_relay.errors import FakeRelayError
from fake_relay.expect import Watch
from fake_relay.protocol.dsn import Dsn
from fake_relay.testing.live import LiveRelay
from scenarios.asked import answer
from scenarios.evidence import Evidence, Journal, Line
from scenarios.expectations import Items
from scenarios.judge import items_expected
from scenarios.process.launch import Ended, Launcher, signal_name
from scenarios.result import Ending, Finding, Result
from scenarios.scenario import Scenario, filled_in, places
from scenarios.target import DEFAULT_PROMISES, Target, unmet
from scenarios.verdict import from_evidence, result_of

LATE = ("n", "step.", "sdk.")
"""Places that the child or the judgement fills in."""


@dataclass
class Stage:
    """What all scenarios of a run share; `keep` is shown the evidence of each, in its thread."""

    live: LiveRelay
    launcher: Launcher
    target: Target
    stop: threading.Event
    versions: dict[str, str] = field(default_factory=dict)
    keep: Callable[[Evidence], None] | None = None


def run_one(scenario: Scenario, stage: Stage) -> Result:
    """Run a scenario to its result."""
    began = time.monotonic()
    if scenario.planned:
        return result_of(scenario, "planned", reason=scenario.planned)
    try:
        dsn = stage.live.create_project()
        values = _values(stage, dsn)
        if reason := unmet(scenario.promised, values):
            return result_of(scenario, "skipped", reason=reason)
        told = filled_in(scenario, values)
        missing = sorted(name for name in places(told) if not _is_late(name))
        if missing:
            reason = f"the target does not promise {missing[0]!r}; say --promise {missing[0]}=..."
            return result_of(scenario, "skipped", reason=reason)
        if scenario.project:
            stage.live.configure(dsn.project_id, scenario.project)
        evidence = _watched(told, stage, dsn)
        result = from_evidence(evidence)
        if stage.keep is not None:
            stage.keep(evidence)
    except FakeRelayError as error:
        finding = Finding(kind="scenario", text=str(error))
        result = result_of(scenario, "error", findings=(finding,))
    return msgspec.structs.replace(result, seconds=time.monotonic() - began)


def _is_late(name: str) -> bool:
    return name == LATE[0] or name.startswith(LATE[1:])


def _values(stage: Stage, dsn: Dsn) -> dict[str, Any]:
    given = {"dsn": str(dsn), "url": stage.live.url, "project": dsn.project_id}
    return {**DEFAULT_PROMISES, **stage.target.promises, **given}


def _watched(scenario: Scenario, stage: Stage, dsn: Dsn) -> Evidence:
    lines: list[Line] = []
    fast = _FailFast(scenario, stage.live, dsn.project_id)

    def hear(line: dict[str, Any], send: Callable[[Any], None]) -> None:
        if line.get("kind") == "ask":
            send(answer(line, stage.live, dsn, time_limit=scenario.time_limit))
        read = _read(line)
        if read is not None:
            lines.append(read)

    started = time.time()
    ended = stage.launcher.run(
        plan_of(scenario, stage.target, stage.live.url, dsn),
        hear,
        time_limit=scenario.time_limit,
        stop=lambda: stage.stop.is_set() or fast.failed(),
        spawn=scenario.process == "spawn",
    )
    evidence = Evidence(
        scenario,
        stage.target,
        stage.live,
        dsn.project_id,
        Journal(tuple(lines)),
        _ending(ended),
        started,
    )
    _note_versions(stage, evidence)
    return replace(evidence, scenario=filled_in(scenario, _late_values(evidence)))


def _read(line: dict[str, Any]) -> Line | None:
    data = dict(line)
    kind, at, step = data.pop("kind", None), data.pop("at", None), data.pop("step", None)
    if not isinstance(kind, str) or not isinstance(at, int | float) or not isinstance(step, str):
        return None
    return Line(kind, float(at), step, data)


def _late_values(evidence: Evidence) -> dict[str, Any]:
    """What only the run tells: `${step.id}`, what a step returned; `${sdk.release}`, an option.

    An option that is on or off is 1 or 0: so many items are to be expected of it.
    """
    returned = {
        f"step.{line.data['id']}": line.data.get("value")
        for line in evidence.journal.of("returned")
        if line.data.get("id")
    }
    options = {
        f"sdk.{name}": int(value) if isinstance(value, bool) else value
        for name, value in evidence.setup.get("options", {}).items()
    }
    return {**options, **returned}


def _ending(ended: Ended) -> Ending:
    signal = signal_name(ended.code)
    code = None if signal else ended.code
    return Ending(
        code=code,
        signal=signal,
        timed_out=ended.timed_out,
        stopped=ended.stopped,
        output=ended.output,
    )


def _note_versions(stage: Stage, evidence: Evidence) -> None:
    for line in evidence.journal.of("start"):
        stage.versions["python"] = str(line.data.get("python"))
        if line.data.get("sdk"):
            stage.versions["sentry-sdk"] = str(line.data["sdk"])


class _FailFast:
    """Sees whether an expectation that is to fail fast cannot hold any more."""

    def __init__(self, scenario: Scenario, live: LiveRelay, project: str) -> None:
        wanted = [e for e in scenario.expect if isinstance(e, Items) and e.fail_fast]
        # What only the run tells cannot be watched for meanwhile.
        known = [e for e in wanted if b"${" not in msgspec.json.encode(e)]
        self._watches = [Watch(items_expected(e, project), live.reader, live.views) for e in known]

    def failed(self) -> bool:
        """Whether one has failed for good."""
        verdicts = [watch.look() for watch in self._watches]
        return any(verdict.settled and not verdict.held for verdict in verdicts)


def plan_of(scenario: Scenario, target: Target, url: str, dsn: Dsn) -> dict[str, Any]:
    """What the child is told, with every default in it, as JSON can carry it."""
    cwd = str(Path(target.cwd or ".").resolve())
    given: dict[str, str | None] = {
        name: value.replace("${dsn}", str(dsn)) for name, value in target.environment.items()
    }
    if _is_of_ours(scenario.setup):
        said = (name for name in (*given, *os.environ) if name.startswith("SENTRY_"))
        given |= {**dict.fromkeys(said), "SENTRY_DSN": str(dsn)}
    where = {"SENTRY_DSN": str(dsn), "FAKE_RELAY_URL": url}
    return {
        "setup": scenario.setup or target.setup,
        "options": _options(scenario, target),
        "environment": {**where, **given, **scenario.environment},
        "needs": [*scenario.needs, *_implied(scenario)],
        "cwd": cwd,
        "arguments": list(scenario.arguments),
        "seed": scenario.seed,
        "flush": scenario.flush,
        "steps": [whole(step) for step in scenario.steps],
    }


def _is_of_ours(setup: str) -> bool:
    """Whether a story is about a setup that no target's variables are meant for."""
    return setup in ("sdk_config", "raw", "none") or setup.startswith("scenarios.")


def _options(scenario: Scenario, target: Target) -> dict[str, Any]:
    bare = (scenario.setup or target.setup) in ("raw", "sdk_config")
    given = {} if scenario.setup else target.options
    return {**(scenario.defaults if bare else {}), **given, **scenario.options}


def _implied(scenario: Scenario) -> list[str]:
    """What steps need without saying so."""
    return ["time_machine"] if b'"do":"clock"' in msgspec.json.encode(scenario.steps) else []


def whole(record: Any) -> Any:
    """A record with its tag and every field, defaults included, as plain data."""
    if isinstance(record, msgspec.Struct):
        config = record.__struct_config__
        tag = {config.tag_field: config.tag} if config.tag_field else {}
        return {**tag, **{name: whole(getattr(record, name)) for name in record.__struct_fields__}}
    if isinstance(record, dict):
        return {key: whole(value) for key, value in record.items()}
    if isinstance(record, list | tuple):
        return [whole(value) for value in record]
    return record
