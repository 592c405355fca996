"""The process under test may be another interpreter, another language, and knows nothing of us."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from scenarios import (
    Call,
    Command,
    Items,
    Journaled,
    Log,
    Message,
    Metric,
    Result,
    Scenario,
    Target,
)
from scenarios.report.terminal import text
from tests.scripts.install_sdks import node_command, node_sdk, python_sdk

Run = Callable[..., Result]


@pytest.mark.parametrize("setup", ["raw", "sdk_config"])
@pytest.mark.parametrize("process", ["fork", "spawn"])
def test_nothing_of_the_relay_is_imported_there(setup: str, process: str, run: Run) -> None:
    asked = Call("sys:modules.__contains__", args=("fake_relay",), id="there")
    scenario = Scenario(
        id="S",
        steps=(Message("hi"), asked),
        expect=(Journaled("there", returned=False),),
        process=process,  # type: ignore[arg-type]
    )
    result = run(scenario, Target(setup=setup))
    assert result.status == "passed", text(result)


@pytest.mark.parametrize("setup", ["raw", "sdk_config"])
def test_another_interpreter_needs_nothing_but_an_sdk(setup: str, run: Run) -> None:
    python = getattr(sys, "_base_executable", sys.executable)
    target = Target(setup=setup, python=python, sdk=str(python_sdk("2.0.1")))
    asked = Call("sys:modules.__contains__", args=("msgspec",), id="there")
    scenario = Scenario(
        id="S",
        steps=(Message("hi"), asked),
        expect=(
            Items(type="event", where={"sdk__version": "2.0.1"}, count=1),
            Journaled("there", returned=False),
        ),
    )
    result = run(scenario, target)
    assert result.status == "passed", text(result)


def test_another_interpreter_can_do_what_the_catalogue_does(run: Run) -> None:
    python = getattr(sys, "_base_executable", sys.executable)
    target = Target(setup="raw", python=python, sdk=str(python_sdk("2.0.1")))
    acts = Path(__file__).parents[3] / "scenarios" / "catalogue" / "acts"
    modules = [f"scenarios.catalogue.acts.{file.stem}" for file in acts.glob("[a-z]*.py")]
    load = tuple(Call("importlib:import_module", args=(name,), id=name) for name in modules)
    planted = Call("scenarios.canary.plant:surfaces", id="surfaces")
    result = run(Scenario(id="S", steps=(*load, planted)), target)
    assert result.status == "passed", text(result)


@pytest.mark.slow(4)
def test_a_service_in_another_language_is_driven_by_its_command_line(run: Run) -> None:
    program = (
        "const Sentry = require('@sentry/node');"
        "Sentry.init({dsn: process.env.SENTRY_DSN, release: process.env.SHOP_RELEASE});"
        "Sentry.captureMessage('from node');"
        "Sentry.flush(5000).then(ok => process.exit(ok ? 0 : 1));"
    )
    node = Command(
        tuple(node_command("node", "-e", program)),
        environment={"NODE_PATH": str(node_sdk() / "node_modules"), "SHOP_RELEASE": "shop@1"},
        id="node",
    )
    wanted = {"message": "from node", "release": "shop@1"}
    scenario = Scenario(
        id="S",
        setup="none",
        steps=(node,),
        expect=(Journaled("node", returned=0), Items(type="event", where=wanted, count=1)),
    )
    result = run(scenario)
    assert result.status == "passed", text(result)


def test_logs_and_metrics_of_the_newest_sdk_are_steps(run: Run) -> None:
    scenario = Scenario(
        id="S",
        options={"enable_logs": True},
        steps=(
            Log("sold", via="sentry", level="info", extra={"n": 1}),
            Log("told", level="warning"),
            Metric("sales", value=2, unit="none", attributes={"shop": "berlin"}),
            Metric("stock", kind="gauge", value=3),
        ),
        expect=(
            Items(type="log", where={"message": "sold"}, count=1),
            Items(type="log", where={"message": "told"}, count=1),
            Items(type="trace_metric", where={"name": "sales", "value": 2}, count=1),
            Items(type="trace_metric", where={"name": "stock"}, count=1),
        ),
        needs=("sentry-sdk>=2.44",),
    )
    result = run(scenario)
    assert result.status == "passed", text(result)


def test_a_file_of_functions_is_loaded_once(run: Run, tmp_path: Path) -> None:
    (tmp_path / "acts.py").write_text(
        "calls = []\ndef act():\n    calls.append(1)\n    return len(calls)\n"
    )
    target = f"{tmp_path / 'acts.py'}:act"
    scenario = Scenario(
        id="S",
        steps=(Call(target), Call(target, id="second")),
        expect=(Journaled("second", returned=2),),
    )
    assert run(scenario).status == "passed"


def test_what_json_cannot_carry_is_journaled_as_its_repr(run: Run) -> None:
    scenario = Scenario(
        id="S",
        steps=(Call("builtins:complex", args=(1, 2), id="made"),),
        expect=(Journaled("made", returned="(1+2j)"),),
    )
    assert run(scenario).status == "passed"
