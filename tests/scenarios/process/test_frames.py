"""What a scenario holds does not leave through the frames of the harness itself."""

from __future__ import annotations

import textwrap
from collections.abc import Callable
from pathlib import Path

import pytest

from scenarios import (
    Call,
    Capture,
    Catch,
    CheckIn,
    Exited,
    Items,
    Log,
    Message,
    NoLeaks,
    Raise,
    Repeat,
    Request,
    Result,
    Scenario,
    Scope,
    Session,
    Span,
    Target,
    Thread,
    Transaction,
)
from scenarios.report.terminal import text
from scenarios.steps import Step

SECRET = "canary-7f3a9c51"

APP = '''
def wsgi(environ, start_response):
    raise ValueError("in the app")

def act(secret):
    """Never looks at what it is given."""
    del secret
    raise ValueError("in the act")
'''

AROUND: tuple[Callable[[Step], Step], ...] = (
    lambda step: step,
    lambda step: Transaction("t", steps=(step,)),
    lambda step: Span("s", steps=(step,)),
    lambda step: Scope(tags={"a": "b"}, steps=(step,)),
    lambda step: Session(steps=(step,)),
    lambda step: CheckIn("m", steps=(step,)),
    lambda step: Repeat(1, steps=(step,)),
    lambda step: Thread((step,)),
    lambda step: Catch(steps=(step,)),
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with an application."""
    made = tmp_path_factory.mktemp("app")
    (made / "app.py").write_text(textwrap.dedent(APP))
    return made


def kept(*steps: Step, sdk: Target, folder: Path, run: Callable[..., Result]) -> Result:
    """The result of steps in a plan that holds a secret in a step that is never reached."""
    scenario = Scenario(
        id="S",
        steps=(*steps, Raise("KeyError", "the end"), Message(SECRET)),
        expect=(NoLeaks(values=(SECRET,)), Items(type="event"), Exited(code=1)),
        options={"attach_stacktrace": True, "traces_sample_rate": 1.0},
        arguments=("app.py", "--password", "argv"),
    )
    return run(scenario, Target(setup="raw", sdk=sdk.sdk, cwd=str(folder)))


def test_exceptions_through_our_frames_tell_nothing_of_the_plan(
    sdk: Target, folder: Path, run: Callable[..., Result]
) -> None:
    raised = [Catch(steps=(around(Raise("ValueError", "inside")),)) for around in AROUND]
    captured = [around(Capture(message="captured")) for around in AROUND]
    result = kept(*raised, *captured, sdk=sdk, folder=folder, run=run)
    assert result.status == "passed", text(result)


def test_a_stack_that_is_attached_tells_nothing_of_the_plan(
    sdk: Target, folder: Path, run: Callable[..., Result]
) -> None:
    steps = (Message("m"), Log("l", level="error"), Call("app:act", args=(SECRET,)))
    request = Request("/", app="app:wsgi", headers={"X-Unread": SECRET[:3]})
    result = kept(*steps, request, sdk=sdk, folder=folder, run=run)
    assert result.status == "passed", text(result)


def test_a_local_variable_that_the_scenario_names_does_leave(run: Callable[..., Result]) -> None:
    scenario = Scenario(
        id="S",
        steps=(Capture(locals={"blob": SECRET}),),
        expect=(NoLeaks(values=(SECRET,)),),
    )
    result = run(scenario)
    assert result.status == "failed"
    assert "vars" in result.findings[0].path
