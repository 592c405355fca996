"""Each kind of expectation says what does not hold, and why."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from scenarios import (
    Call,
    Check,
    Exited,
    Items,
    Journaled,
    Judged,
    Ledger,
    Message,
    Order,
    Result,
    Scenario,
)
from scenarios.errors import ScenarioError
from scenarios.expectations import Bounds, Expectation
from scenarios.judge import bounds
from scenarios.result import Finding

CHECKS = """
def holds(evidence): return True
def fails(evidence): return False
def says(evidence, text): return text
def asserts(evidence): assert len(evidence.items) == 9, "nine were promised"
def bare(evidence): assert evidence.items == 9
def raises(evidence): raise KeyError("oh")
def sees(evidence):
    (event,) = evidence.items
    assert event.payload["message"] == "hi"
    assert [e.client for e in evidence.envelopes] and evidence.refused == []
    assert evidence.not_accepted == [] and evidence.ledger
    assert evidence.journal.generated() == {"error": 1}
    assert evidence.setup["active"]
"""


@pytest.fixture(scope="module")
def judged(
    run: Callable[..., Result], tmp_path_factory: pytest.TempPathFactory
) -> Callable[..., Result]:
    """One message is sent and one function called; what these expectations make of it."""
    folder = tmp_path_factory.mktemp("checks")
    (folder / "checks.py").write_text(CHECKS)

    def judged(*expect: Expectation, **more: object) -> Result:
        here = [
            msgspec.structs.replace(one, target=one.target.replace("HERE", str(folder)))
            if isinstance(one, Check)
            else one
            for one in expect
        ]
        steps = (Message("hi", id="sent"), Call("json:loads", args=("{",), id="loaded"))
        return run(Scenario(id="S", steps=steps, expect=tuple(here), **more))  # type: ignore[arg-type]

    return judged


def test_what_holds_passes(judged: Callable[..., Result]) -> None:
    result = judged(
        Items(type="event", where={"event_id": "${step.sent}"}),
        Order((Items(type="event"),)),
        Ledger("error", Bounds(min=1)),
        Journaled("loaded", raised=True),
        Journaled("sent", below_ms=60_000),
        Exited(code=0),
        Check("HERE/checks.py:holds"),
        Check("HERE/checks.py:sees"),
    )
    assert [finding.text for finding in result.findings] == []
    assert result.status == "passed"


WRONG: list[tuple[Expectation, str]] = [
    (
        Items(type="event", where={"message": "ho"}),
        "expected at least 1 event with message = 'ho'; none matched",
    ),
    (
        Order((Items(type="event"), Items(type="event"))),
        "expected 2 in this order; 1 were",
    ),
    (Ledger("error", 2), "expected 2 error accepted in the ledger, found 1"),
    (
        Ledger("error", Bounds(min=3, max=4)),
        "expected 3 to 4 error accepted in the ledger, found 1",
    ),
    (
        Ledger("error", Bounds(min=1), outcome="client_discard", reason="before_send"),
        "expected at least 1 error client_discard (before_send) in the ledger, found 0",
    ),
    (Journaled("sent", raised=True), "the step 'sent' should raise, and did not"),
    (Journaled("sent", returned="x"), "the step 'sent' should return 'x', not "),
    (Journaled("sent", below_ms=0), "the step 'sent' took "),
    (Journaled("loaded"), "the step 'loaded' raised JSONDecodeError: "),
    (Journaled("loaded", raised="KeyError"), "the step 'loaded' should raise KeyError, and"),
    (Journaled("loaded", raised=True, said="ho"), "the step 'loaded' should say 'ho', and"),
    (Journaled("none"), "the step 'none' did not come to its end"),
    (Exited(code=1), "the process should end with 1; it ended with 0"),
    (Exited(signal="SIGTERM"), "SIGTERM should end the process; it ended with 0"),
    (Exited(output="ho"), "the process should print 'ho', and did not"),
    (Check("HERE/checks.py:fails"), "checks.py:fails answers False"),
    (Check("HERE/checks.py:says", {"text": "too few"}), "too few"),
    (Check("HERE/checks.py:asserts"), "nine were promised"),
    (Check("HERE/checks.py:bare"), "checks.py:bare asserts what does not hold"),
]


@pytest.fixture(scope="module")
def wrong(judged: Callable[..., Result]) -> Result:
    """One run that is judged by all of them."""
    return judged(*(expectation for expectation, _ in WRONG))


@pytest.mark.parametrize("place", range(len(WRONG)), ids=lambda place: repr(WRONG[place][0])[:60])
def test_what_does_not_hold_is_said(place: int, wrong: Result) -> None:
    (finding,) = [one for one in wrong.findings if one.expectation == place]
    assert wrong.status == "failed"
    assert WRONG[place][1] in finding.text


@pytest.mark.parametrize(
    ("expectation", "text"),
    [
        (Check("HERE/checks.py:raises"), "KeyError: 'oh'"),
        (Check("HERE/checks.py:nothing"), "has no 'nothing'"),
        (Check("no_such_module:check"), "No module named 'no_such_module'"),
        (Items(where={"__": 1}), "is no lookup"),
        (Items(count="many"), "count needs"),
        (Ledger("error", "many"), "count needs a whole number, not 'many'"),
    ],
    ids=lambda given: repr(given)[:60] if not isinstance(given, str) else "",
)
def test_what_cannot_be_judged_is_an_error_and_no_pass(
    expectation: Expectation, text: str, judged: Callable[..., Result]
) -> None:
    result = judged(expectation)
    assert result.status == "error"
    assert text in result.findings[0].text


def test_where_nothing_came_the_child_tells_why(run: Callable[..., Result]) -> None:
    wanted = (Items(type="event"),)
    blank = Scenario(id="S", steps=(Message("hi"),), expect=wanted, environment={"SENTRY_DSN": ""})
    assert run(blank).findings[0].cause == "after the setup the SDK has no DSN, or is switched off"
    lost = Scenario(id="S", steps=(Message("hi"),), expect=wanted, options={"sample_rate": 0.0})
    assert run(lost).findings[0].cause == "the SDK threw away: 1 error (sample_rate)"


def test_the_scenarios_own_words_come_where_the_check_has_none(
    judged: Callable[..., Result],
) -> None:
    told = Exited(code=1, because="it must fail", setting="SENTRY_FAIL")
    (finding,) = judged(told).findings
    assert (finding.cause, finding.setting, finding.expectation) == (
        "it must fail",
        "SENTRY_FAIL",
        0,
    )


def test_until_looks_again_until_it_holds(judged: Callable[..., Result], tmp_path: Path) -> None:
    third = tmp_path / "count.py"
    third.write_text(
        "looks = []\ndef third(evidence):\n    looks.append(1)\n    return len(looks) >= 3\n"
    )
    assert judged(Check(f"{third}:third")).status == "failed"
    assert judged(Check(f"{third}:third", until=20.0)).status == "passed"


@pytest.mark.parametrize(
    ("count", "meant"),
    [(3, (3, 3)), (2.0, (2, 2)), (Bounds(min=1), (1, None)), (Bounds(min=1, max=2), (1, 2))],
)
def test_a_count_is_a_number_or_bounds(count: object, meant: tuple[int, int | None]) -> None:
    assert bounds(count) == meant


@pytest.mark.parametrize("count", [True, 1.5, "some", None])
def test_a_count_that_is_no_number_is_refused(count: object) -> None:
    with pytest.raises(ScenarioError, match="count needs a whole number"):
        bounds(count)


def test_known_findings_fail_nothing() -> None:
    assert Judged((Finding(kind="ledger", text="a gap", known=True),)).held
    assert not Judged((Finding(kind="ledger", text="a loss"),)).held
