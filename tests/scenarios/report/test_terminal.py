"""The terminal's report tells what is wrong, why and what mends it, and obeys nothing."""

from __future__ import annotations

import io

from rich.console import Console

from scenarios import Finding, Message, Result, Run, Scenario
from scenarios.report import listing, progress, terminal
from scenarios.result import Ending
from scenarios.runner import Progress

HOSTILE = "\x1b[31mred\x07 [bold]markup[/bold] \u202eback"

LEAK = Finding(
    kind="leak",
    text=f"it left\n{HOSTILE}",
    cause="before_send forgets transactions",
    setting="before_send_transaction",
)
RUN = Run(
    target="shop:init",
    results=(
        Result(id="A", status="passed", arrived={"event": 2, "log": 1}, seconds=0.25),
        Result(
            id="B",
            title=HOSTILE,
            status="failed",
            findings=(LEAK,),
            ending=Ending(code=1, output=f"a line\n{HOSTILE}\n"),
        ),
        Result(id="C", status="skipped", reason="needs celery, which is not installed"),
        Result(id="D", status="known", reason="the SDK does so", findings=(LEAK,)),
        Result(
            id="E",
            status="passed",
            findings=(Finding(kind="ledger", text="a gap", cause="429", known=True),),
        ),
    ),
    versions={"python": "3.11.1"},
    seconds=2.0,
    interrupted=True,
    relay_errors=("KeyError: 'x'",),
)


def printed(*, verbose: bool = False) -> str:
    """What is printed where nobody looks at colours."""
    file = io.StringIO()
    terminal.show(RUN, Console(file=file, width=120, markup=False), verbose=verbose)
    return file.getvalue()


def test_a_failure_is_told_in_full_with_its_cause_and_its_setting() -> None:
    told = printed()
    assert "cause: before_send forgets transactions" in told
    assert "to mend it: before_send_transaction" in told
    assert "the process ended with 1; the end of its output:\n    a line" in told
    assert "2 event, 1 log" in told


def test_what_is_skipped_known_or_explained_is_not_silent() -> None:
    told = printed()
    assert "skipped: needs celery, which is not installed" in told
    assert "known: the SDK does so" in told
    assert "nothing (1 known gaps, -v)" in told
    assert "ledger (known): a gap" not in told
    assert "ledger (known): a gap\n    cause: 429" in printed(verbose=True)


def test_the_last_lines_count_and_tell_an_interrupt_and_bugs_of_the_relay() -> None:
    told = printed()
    assert "interrupted; 2 passed, 1 failed, 1 known, 1 skipped, in 2.0 s" in told
    assert "the relay itself failed: KeyError: 'x'" in told
    assert RUN.failed


def test_nothing_that_a_process_said_reaches_the_terminal_as_an_order() -> None:
    told = printed(verbose=True)
    assert not {"\x1b", "\x07", "\u202e"} & set(told)
    assert "[bold]markup[/bold]" in told


def test_a_list_of_scenarios_shows_what_is_planned_and_obeys_nothing() -> None:
    file = io.StringIO()
    scenarios = [Scenario(id="A", title=HOSTILE), Scenario(id="B", title="t", planned="alerts")]
    Console(file=file, width=120).print(listing.table(scenarios))
    assert "t (planned: alerts)" in file.getvalue()
    assert "\x1b" not in file.getvalue()


def test_a_bar_is_drawn_on_a_terminal_alone() -> None:
    scenario = Scenario(id="A [bold]", steps=(Message("m"),))
    bad = Result(id="A [bold]", status="failed", title="it [red]broke")
    drawn: dict[bool, str] = {}
    for is_terminal in (True, False):
        file = io.StringIO()
        console = Console(file=file, force_terminal=is_terminal, width=80, _environ={})
        with progress.bar(console, 1) as tell:
            tell(Progress(scenario))
            tell(Progress(scenario, bad))
        drawn[is_terminal] = file.getvalue()
    assert "A [bold] it [red]broke" in drawn[True]
    assert drawn[False] == ""
