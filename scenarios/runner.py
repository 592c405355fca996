"""Run scenarios: each in a process of its own, against a project of its own, to a verdict.

Rule: whatever a scenario does to its process is a result, never the end of the run. Progress
is told as events; the results stand in the order in which the scenarios were given.
May import: judge, evidence, process.launch, target, scenario, result; fake_relay's names.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from fake_relay import RelayConfig, __version__
from fake_relay.testing.attached import ServedElsewhere
from fake_relay.testing.live import LiveRelay, ServedHere
from scenarios.errors import ScenarioError
from scenarios.evidence import Evidence
from scenarios.one import Stage, run_one
from scenarios.process.launch import Launcher
from scenarios.result import Result, Run
from scenarios.scenario import Scenario
from scenarios.target import Target

PATIENCE = 0.2
"""Seconds after which the main thread looks up, so that Ctrl-C is heard."""


@dataclass(frozen=True)
class Progress:
    """Something happened: a scenario started, or it came to a result."""

    scenario: Scenario
    result: Result | None = None


def run(
    scenarios: Sequence[Scenario],
    target: Target,
    *,
    jobs: int = 0,
    stop_at_first: bool = False,
    url: str = "",
    tell: Callable[[Progress], None] = lambda progress: None,
    keep: Callable[[Evidence], None] | None = None,
) -> Run:
    """Run scenarios against a target; their cases are told apart.

    `jobs` at once, as many as there are processors for 0. `url` is a relay that runs already,
    else one is served here for as long as it takes; `keep` is shown the evidence of each
    scenario that ran, in a thread of its own. Ctrl-C ends what runs and gives what there
    is. Raises `ScenarioError` for two of one id, `Unreachable` and `OSError` when nothing can
    be run at all.
    """
    chosen = [one for scenario in scenarios for one in scenario.expanded()]
    _no_doubles(chosen)
    started, began = time.time(), time.monotonic()
    with ExitStack() as stack:
        live = relay_for(stack, url)
        launcher = stack.enter_context(launcher_for(target))
        stage = Stage(live, launcher, target, threading.Event(), keep=keep)
        results, interrupted = _all(stage, chosen, jobs or os.cpu_count() or 2, stop_at_first, tell)
        told = _bugs(live)
    return Run(
        target=target.setup,
        results=tuple(results),
        versions={**versions_of(stage), "fake-relay": __version__},
        started=started,
        seconds=time.monotonic() - began,
        interrupted=interrupted,
        relay_errors=told,
    )


def relay_for(stack: ExitStack, url: str) -> LiveRelay:
    """The relay that runs at this URL, or one that is served here until the stack is closed."""
    if url:
        return stack.enter_context(ServedElsewhere(url))
    return stack.enter_context(ServedHere(RelayConfig()))


def versions_of(stage: Stage) -> dict[str, str]:
    """What the children told of themselves."""
    return dict(sorted(stage.versions.items()))


def launcher_for(target: Target) -> Launcher:
    """Starts the children of a target: its interpreter, its SDK, its environment."""
    own = target.kind == "own"
    dropped = ("SENTRY_DSN", "SENTRY_SPOTLIGHT") if own else ("SENTRY_",)
    environment = {key: value for key, value in os.environ.items() if not key.startswith(dropped)}
    if target.sdk:
        paths = (str(Path(target.sdk).resolve()), environment.get("PYTHONPATH", ""))
        environment["PYTHONPATH"] = os.pathsep.join(path for path in paths if path)
    # The same order of sets in each run.
    environment.setdefault("PYTHONHASHSEED", "0")
    # What the user wrote is loaded in the child, where its import can be judged.
    load = ("sdk_config.install",) if target.kind == "sdk_config" else ()
    return Launcher(target.interpreter, environment, target.cwd or str(Path.cwd()), load=load)


def _no_doubles(scenarios: Sequence[Scenario]) -> None:
    seen: set[str] = set()
    for scenario in scenarios:
        if scenario.id in seen:
            raise ScenarioError(f"two scenarios are called {scenario.id!r}; rename one")
        seen.add(scenario.id)


def _all(
    stage: Stage,
    scenarios: Sequence[Scenario],
    jobs: int,
    stop_at_first: bool,
    tell: Callable[[Progress], None],
) -> tuple[list[Result], bool]:
    waiting = list(enumerate(scenarios))[::-1]
    running: dict[Future[Result], int] = {}
    found: dict[int, Result] = {}
    interrupted = False
    with ThreadPoolExecutor(jobs, thread_name_prefix="scenario") as pool:
        try:
            while waiting or running:
                while waiting and len(running) < jobs:
                    place, scenario = waiting.pop()
                    tell(Progress(scenario))
                    running[pool.submit(run_one, scenario, stage)] = place
                for done in wait(running, PATIENCE, FIRST_COMPLETED).done:
                    place = running.pop(done)
                    found[place] = done.result()
                    tell(Progress(scenarios[place], found[place]))
                    if stop_at_first and found[place].bad:
                        waiting.clear()
        except KeyboardInterrupt:
            interrupted = True
        finally:
            # Also for a failure of ours: nothing may keep the pool from ending.
            if running:
                stage.stop.set()
    return [found[place] for place in sorted(found)], interrupted


def _bugs(live: LiveRelay) -> tuple[str, ...]:
    return tuple(f"{type(error).__name__}: {error}" for error in live.errors())
