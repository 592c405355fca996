"""Whatever a scenario does to its process is a result, and nothing of it is left behind."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path

from scenarios import (
    Await,
    Call,
    Capture,
    Command,
    Exit,
    Exited,
    Fault,
    Items,
    Journaled,
    Ledger,
    Message,
    Repeat,
    Request,
    Result,
    Scenario,
    Target,
)
from scenarios.expectations import Expectation
from scenarios.steps import Step

Run = Callable[..., Result]


def story(*steps: Step, expect: tuple[Expectation, ...] = (), **more: object) -> Scenario:
    """A scenario of these steps."""
    return Scenario(id="S", steps=steps, expect=expect, **more)  # type: ignore[arg-type]


def test_a_crash_that_nobody_expects_is_an_error_that_names_the_signal(run: Run) -> None:
    result = run(story(Call("ctypes:string_at", args=(0,)), expect=(Items(count=0),)))
    assert result.status == "error"
    assert "was ended by SIGSEGV" in result.findings[0].text


def test_a_signal_that_is_expected_is_a_pass(run: Run) -> None:
    assert run(story(Exit("SIGTERM"), expect=(Exited(signal="SIGTERM"),))).status == "passed"


def test_an_end_that_is_not_the_expected_one_is_told(run: Run) -> None:
    result = run(story(Exit(code=3), expect=(Exited(code=0),)))
    assert result.status == "failed"
    assert result.findings[0].text == "the process should end with 0; it ended with 3"


def test_a_process_that_hangs_is_ended_at_its_time_limit(run: Run) -> None:
    result = run(story(Message("before"), Call("time:sleep", args=(60,)), time_limit=1.5))
    assert result.status == "timed out"
    assert "still ran after 1.5 s" in result.findings[0].text
    assert result.seconds < 20


def test_a_process_that_ignores_signals_is_ended_all_the_same(run: Run) -> None:
    deaf = "trap '' TERM INT HUP; while :; do sleep 1; done"
    result = run(story(Command(("sh", "-c", deaf)), time_limit=1.5))
    assert result.status == "timed out"


def test_grandchildren_are_gone_when_the_scenario_is(run: Run, tmp_path: Path) -> None:
    pid_file = tmp_path / "pid"
    leave = f"sleep 300 & echo $! > {pid_file}"
    result = run(
        story(Command(("sh", "-c", leave), id="sh"), expect=(Journaled("sh", returned=0),))
    )
    assert result.status == "passed"
    assert not _runs(int(pid_file.read_text()))


def _runs(pid: int) -> bool:
    """Whether a process runs; one that waits to be reaped does not."""
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline:
        try:
            state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        except OSError:
            return False
        if state == "Z":
            return False
        os.sched_yield()
    return True


def test_much_output_is_kept_to_a_bound_and_the_last_of_it(run: Run) -> None:
    flood = "i=0; while [ $i -lt 3000 ]; do echo 'a line of output, quite long'; i=$((i+1)); done"
    result = run(story(Command(f"{flood}; echo the end"), expect=(Exited(output="the end"),)))
    assert result.status == "passed"
    assert result.ending is not None
    assert len(result.ending.output) <= 20_000


def test_what_a_called_function_raises_may_go_through_and_end_the_process(run: Run) -> None:
    loads = Call("json:loads", args=("{",), through=True)
    result = run(story(loads, Message("never"), expect=(Items(type="event", count=1),)))
    assert result.status == "passed"
    assert result.ending is not None
    assert result.ending.code == 1


def test_nothing_is_waited_for_longer_than_the_scenarios_time_limit(run: Run) -> None:
    result = run(story(Await({"type": "event"}, within=600), time_limit=1.5))
    assert result.status in ("error", "timed out")
    assert result.seconds < 30


def test_a_setup_that_raises_is_an_error_with_its_own_words(run: Run) -> None:
    result = run(story(Message("never")), Target(setup="json:loads", options={"s": "{"}))
    assert result.status == "error"
    assert "the setup raised JSONDecodeError" in result.reason


def test_a_setup_that_is_not_there_is_an_error_that_names_it(run: Run) -> None:
    result = run(story(Message("never")), Target(setup="json:start_sentry"))
    assert "'json:start_sentry': json has no 'start_sentry'" in result.reason


def test_a_step_that_is_wrong_ends_the_scenario_with_the_reason(run: Run) -> None:
    result = run(story(Capture(type="NoSuchError")))
    assert result.status == "error"
    assert "'NoSuchError' is no builtin exception" in result.findings[0].text


def test_the_same_scenario_passes_when_it_is_spawned(run: Run) -> None:
    scenario = story(Message("hi"), expect=(Items(type="event", count=1),), process="spawn")
    assert run(scenario).status == "passed"


def test_a_process_that_kills_its_parent_costs_no_other_scenario(run: Run) -> None:
    kill = story(
        Command("kill -9 $(cut -d' ' -f4 /proc/$PPID/stat)"), Call("time:sleep", args=(60,))
    )
    result = run(kill)
    assert result.status == "error"
    assert "the process was gone, and nobody could tell how" in result.findings[0].text
    again = story(Message("hi"), expect=(Items(type="event", count=1),))
    assert [run(again).status for _ in range(2)] == ["passed", "passed"]


def test_a_spawned_process_that_hangs_is_ended_too(run: Run) -> None:
    scenario = story(Call("time:sleep", args=(60,)), process="spawn", time_limit=2)
    assert run(scenario).status == "timed out"


def test_a_fault_is_set_for_the_scenarios_project_before_the_next_step(run: Run) -> None:
    limited = story(
        Message("kept"),
        Await({"type": "event", "count": 1}, id="arrived"),
        Fault("rate_limit=error:60"),
        Message("refused"),
        expect=(
            Journaled("arrived", returned=1),
            Items(type="event", count=1),
            Ledger("error", 1, outcome="rate_limited"),
        ),
    )
    assert run(limited).status == "passed"
    assert run(story(Message("m"), expect=(Items(type="event", count=1),))).status == "passed"


def test_a_fault_that_means_nothing_ends_the_scenario_with_the_reason(run: Run) -> None:
    result = run(story(Fault("status=99")))
    assert result.status == "error"
    assert "status: expected `int` >= 200" in result.findings[0].text


def test_what_never_comes_is_waited_for_no_longer_than_asked(run: Run) -> None:
    result = run(story(Await({"type": "event"}, within=0.2)))
    assert result.status == "error"
    assert result.ending is not None
    assert "expected at least 1 event; none matched" in result.ending.output


def test_an_expectation_that_fails_fast_ends_the_process_and_the_judging(run: Run) -> None:
    result = run(
        story(
            Message("bad"),
            Await({"type": "event"}),
            Repeat(10_000, steps=(Command("sleep 0.05"),)),
            expect=(
                Items(type="event", where={"message": "bad"}, count=0, fail_fast=True),
                Items(type="transaction"),
            ),
        )
    )
    assert result.status == "failed"
    assert [finding.expectation for finding in result.findings] == [0]


def test_a_setup_that_sends_elsewhere_is_stopped_before_anything_is_driven(run: Run) -> None:
    options = {"dsn": "http://key@sentry.invalid/1"}
    result = run(
        story(Message("never"), expect=(Items(count=0),)), Target(setup="raw", options=options)
    )
    assert result.status == "error"
    assert "the setup sends to sentry.invalid, not to SENTRY_DSN" in result.reason


def test_a_request_to_nowhere_is_journaled(run: Run) -> None:
    nowhere = Request(url="http://127.0.0.1:9", id="asked")
    result = run(story(nowhere, expect=(Journaled("asked", raised="URLError"),)))
    assert result.status == "passed"
