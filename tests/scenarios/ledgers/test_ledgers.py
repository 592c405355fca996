"""Generated is received and lost; what does not add up is told, and explained if it can be."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scenarios import (
    Accounted,
    Call,
    Exited,
    Message,
    Repeat,
    Result,
    Scenario,
    Session,
    Target,
    Transaction,
    run,
)
from scenarios.ledgers import Books, Facts, findings_of, rows
from scenarios.result import Finding


def findings(books: Books, facts: Facts = Facts()) -> list[Finding]:  # noqa: B008 - frozen
    return list(findings_of(rows(books), facts))


def test_what_adds_up_has_no_findings() -> None:
    books = Books(
        generated={"error": 10, "transaction": 5},
        received={("error", "accepted"): 6, ("error", "rate_limited"): 1, ("transaction", "x"): 5},
        discarded={("error", "sample_rate"): 3},
        reported={("error", "sample_rate"): 3},
    )
    assert findings(books) == []


def test_what_is_missing_without_a_cause_is_a_failure_that_names_possible_ones() -> None:
    [found] = findings(Books({"error": 3}, {("error", "accepted"): 1}))
    assert not found.known
    assert "2 error left no trace: 3 error generated, 1 received (accepted 1), 0 lost" in found.text
    assert "ignore_errors" in found.cause
    assert found.data == {"category": "error", "missing": 2}


@pytest.mark.parametrize(
    ("category", "facts", "cause"),
    [
        ("error", Facts(ignored=("KeyError",)), "ignore_errors"),
        ("log_item", Facts(ended_early="was ended by SIGKILL"), "ended early"),
        ("session", Facts(release=""), "no release"),
        ("attachment", Facts(reasons=frozenset({"before_send"})), "attachment of a dropped event"),
    ],
)
def test_a_gap_of_the_sdk_is_known_where_its_cause_is_shown(
    category: str, facts: Facts, cause: str
) -> None:
    [found] = findings(Books({category: 2}, {}), facts)
    assert found.known
    assert found.cause.startswith(f"{cause}: ")
    assert found.setting


@pytest.mark.parametrize(
    ("category", "facts"),
    [
        ("transaction", Facts(ignored=("KeyError",))),
        ("error", Facts(release="")),
        ("session", Facts(release="shop@1")),
    ],
)
def test_a_gap_explains_only_what_it_can_take(category: str, facts: Facts) -> None:
    [found] = findings(Books({category: 2}, {}), facts)
    assert not found.known


def test_what_is_there_twice_is_a_failure() -> None:
    [found] = findings(Books({"error": 1}, {("error", "accepted"): 2}))
    assert not found.known
    assert "1 error are there that were not generated" in found.text
    assert "forked child" in found.cause


def test_a_report_that_was_lost_in_an_outage_is_known() -> None:
    books = Books({"error": 3}, {}, discarded={("error", "network_error"): 3})
    [found] = findings(books, Facts(reasons=frozenset({"network_error"})))
    assert found.known
    assert found.cause.startswith("report lost: ")
    [found] = findings(books)
    assert not found.known


def test_reports_that_are_switched_off_are_known() -> None:
    books = Books({"error": 3}, {}, discarded={("error", "sample_rate"): 3})
    [found] = findings(books, Facts(client_reports=False))
    assert found.known
    assert found.setting == "send_client_reports=True"


def test_a_dropped_check_in_is_filed_as_an_error() -> None:
    books = Books(
        {"error": 1, "monitor": 2},
        {("error", "accepted"): 1},
        discarded={("error", "before_send"): 2},
        reported={("error", "before_send"): 2},
    )
    [found] = findings(books)
    assert found.known
    assert found.cause.startswith("misfiled check-in")


def test_what_sdk_config_dropped_is_not_counted_twice() -> None:
    books = Books(
        {"error": 4},
        {("error", "accepted"): 1},
        discarded={("error", "before_send"): 2, ("error", "sample_rate"): 1},
        dropped={("error", "filtered:class"): 2},
        reported={("error", "before_send"): 2, ("error", "sample_rate"): 1},
    )
    assert findings(books) == []
    [row] = rows(books)
    assert row.lost == {"filtered:class": 2, "sample_rate": 1}


CATEGORY = st.sampled_from(["error", "transaction", "log_item"])
FATE = st.sampled_from(["accepted", "rate_limited", "lost"])


@given(st.lists(st.tuples(CATEGORY, FATE), max_size=60), st.integers(0, 3), CATEGORY)
def test_exactly_what_vanished_is_missing(
    fates: list[tuple[str, str]], vanished: int, category: str
) -> None:
    generated = Counter(name for name, _ in fates)
    generated[category] += vanished
    lost = Counter((name, "sample_rate") for name, fate in fates if fate == "lost")
    received = Counter((name, fate) for name, fate in fates if fate != "lost")
    found = {row.category: row.missing for row in rows(Books(generated, received, lost))}
    assert {name: n for name, n in found.items() if n} == ({category: vanished} if vanished else {})


def raw(name: str, *steps: Any, **options: Any) -> Scenario:
    return Scenario(id=name, setup="raw", options=options, steps=steps, expect=(Accounted(),))


@pytest.fixture(scope="session")
def results() -> dict[str, Result]:
    ten = Repeat(times=10, steps=(Message(text="m ${n}"), Transaction(name="t")))
    chosen = [
        raw("sampled", ten, sample_rate=0.5, traces_sample_rate=0.5),
        raw("no release", Session(), Message(text="m"), release="", auto_session_tracking=False),
        Scenario(
            id="killed",
            setup="raw",
            steps=(
                Repeat(times=60, steps=(Message(text="m"),)),
                Call(target="os:_exit", args=(0,)),
            ),
            expect=(Accounted(), Exited(code=0)),
        ),
        Scenario(
            id="ours",
            setup="sdk_config",
            options={"traces_sample_rate": 0.5, "ignore_messages": ["m 1"], "release": "a@1"},
            steps=(ten,),
            expect=(Accounted(),),
        ),
    ]
    ran = run(chosen, Target(setup="raw"), jobs=2)
    return {result.id: result for result in ran.results}


def test_what_an_sdk_samples_out_it_reports(results: dict[str, Result]) -> None:
    result = results["sampled"]
    assert result.status == "passed", result.findings
    told = {row["category"]: row for row in result.facts["ledgers"][0]["rows"]}
    assert told["error"]["generated"] == 10
    assert told["error"]["lost"]["sample_rate"] > 0
    assert told["transaction"]["lost"]["sample_rate"] == told["transaction"]["reported"] > 0


def test_a_killed_process_is_a_known_gap(results: dict[str, Result]) -> None:
    [finding] = results["killed"].findings
    assert finding.known
    assert finding.cause.startswith("ended early")


def test_a_session_without_a_release_is_a_known_gap(results: dict[str, Result]) -> None:
    causes = [finding.cause.partition(":")[0] for finding in results["no release"].findings]
    assert causes == ["no release"]


def test_what_sdk_config_filters_is_in_its_own_ledger(results: dict[str, Result]) -> None:
    result = results["ours"]
    assert result.status == "passed", result.findings
    told = {row["category"]: row for row in result.facts["ledgers"][0]["rows"]}
    assert told["error"]["lost"] == {"filtered:message": 1}
