"""Decisions made again are those of the protocol, and of the SDK that is installed."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from scenarios.sampling import (
    Decision,
    expected,
    expected_rand,
    joined,
    received,
    sample_rand,
    wrong,
)

PUBLISHED = {
    "0af7651916cd43dd8448eb211c80319c": 0.133576,
    "771a43a4192642f0b136d5159a501700": 0.471308,
    "4bf92f3577b34da6a3ce929d0e0e4736": 0.720848,
}
"""SDK_CONFIG.md 4.1, D-02."""

LOW, MIDDLE, HIGH = PUBLISHED


@pytest.mark.parametrize("trace_id", PUBLISHED)
def test_a_trace_id_stands_for_a_number(trace_id: str) -> None:
    assert sample_rand(trace_id) == PUBLISHED[trace_id]


def test_a_parent_without_a_number_draws_below_or_above_its_rate() -> None:
    one = Decision(LOW, True, continued=True, parent=True, incoming_rate=0.25)
    assert expected_rand(one) == 0.033394
    assert expected_rand(replace(one, parent=False)) == pytest.approx(0.25 + 0.75 * 0.133576, abs=2)
    assert expected_rand(replace(one, incoming_rate=0.0)) is None


@pytest.mark.parametrize("rand", [1.5, -0.1])
def test_a_number_out_of_range_is_drawn_again(rand: float) -> None:
    assert expected_rand(Decision(LOW, True, incoming_rand=rand)) == 0.133576


@pytest.mark.parametrize(
    ("decision", "rate", "kept"),
    [
        (Decision(LOW, True), 0.25, True),
        (Decision(HIGH, True), 0.25, False),
        (Decision(HIGH, True, parent=True), 0.0, True),
        (Decision(LOW, True, parent=False), 1.0, False),
        (Decision(LOW, True, parent=True), None, False),
        (Decision(HIGH, True, argument=True, parent=False), 0.0, True),
        (Decision(LOW, True, argument=False), 1.0, False),
        (Decision(LOW, True, incoming_rand=0.4), 0.3, False),
    ],
)
def test_argument_parent_and_rate_decide_in_this_order(
    decision: Decision, rate: float | None, kept: bool
) -> None:
    assert expected(decision, rate) is kept


def test_a_sampler_may_be_allowed_to_ignore_the_parent() -> None:
    assert expected(Decision(LOW, True, parent=False), 0.25, "ignore") is True


@pytest.mark.parametrize(
    ("decision", "says"),
    [
        (Decision(HIGH, True), "was kept, although its sample_rand 0.720848 is not below"),
        (Decision(LOW, False), "was dropped, although its sample_rand 0.133576 is below"),
        (Decision(LOW, False, parent=True), "does a sampler ignore it"),
        (Decision(LOW, True, argument=False), "begun with sampled=False"),
        (Decision(LOW, True, rate=0.5, rand=0.133576), "decided at the rate 0.5, not at 0.25"),
        (Decision(LOW, True, rand=0.2), "sample_rand 0.200000, but its trace id stands for"),
        (Decision(LOW, True, sampled=False), "says sampled=false"),
    ],
)
def test_a_wrong_decision_says_why(decision: Decision, says: str) -> None:
    [found] = wrong([decision], 0.25)
    assert says in str(found)
    assert decision.trace_id in str(found)


def test_what_came_with_the_trace_is_not_held_against_our_rate() -> None:
    one = Decision(LOW, True, continued=True, parent=True, rate=0.9, rand=0.7, sampled=True)
    assert wrong([one], 0.25) == []


def test_a_transaction_is_read_from_its_envelope() -> None:
    header = {"trace": {"sample_rand": "0.133576", "sample_rate": "0.25", "sampled": "true"}}
    payload = {
        "transaction": "job",
        "contexts": {"trace": {"trace_id": LOW, "span_id": "b" * 16}},
    }
    assert received(header, payload, 7) == Decision(
        LOW, True, "b" * 16, "job", 7, rand=0.133576, rate=0.25, sampled=True
    )


@pytest.mark.parametrize(
    ("header", "payload"),
    [
        ({}, {}),
        ({"trace": "x"}, {"contexts": []}),
        ({"trace": {"sample_rand": "abc", "sampled": "maybe"}}, {"contexts": {"trace": None}}),
    ],
)
def test_a_broken_transaction_is_a_decision_that_tells_nothing(
    header: dict[str, Any], payload: dict[str, Any]
) -> None:
    assert received(header, payload) == Decision("", True)


def test_what_was_begun_is_joined_with_what_arrived() -> None:
    made = [Decision(LOW, False, "1" * 16, parent=True), Decision(HIGH, True, "2" * 16)]
    came = [Decision(LOW, True, "1" * 16, item=4, rate=0.5), Decision(MIDDLE, True, "3" * 16)]
    assert joined(made, came) == [
        Decision(LOW, True, "1" * 16, item=4, parent=True, rate=0.5),
        Decision(HIGH, False, "2" * 16),
        Decision(MIDDLE, True, "3" * 16),
    ]


def test_the_installed_sdk_decides_the_same() -> None:
    """Not its code, but what it does: with a transport of its own in this process."""
    import sentry_sdk
    from sentry_sdk.transport import Transport

    kept: list[Any] = []

    class Kept(Transport):
        def capture_envelope(self, envelope: Any) -> None:
            kept.append(envelope)

    client = sentry_sdk.Client(
        dsn="http://key@127.0.0.1:9/1",
        transport=Kept,
        traces_sample_rate=0.4,
        default_integrations=False,
    )
    made = []
    with sentry_sdk.isolation_scope() as scope:
        scope.set_client(client)
        for number in range(200):
            trace_id = f"{number:032x}"
            headers = {"sentry-trace": f"{trace_id}-{'1' * 16}"}
            with sentry_sdk.start_transaction(
                sentry_sdk.continue_trace(headers, name="job", op="task")
            ) as transaction:
                made.append(Decision(trace_id, False, transaction.span_id, "job"))
    came = [
        received(envelope.headers, item.payload.json)
        for envelope in kept
        for item in envelope.items
        if item.type == "transaction"
    ]
    whole = joined(made, came)
    assert 0 < sum(one.kept for one in whole) < 200
    assert wrong(whole, 0.4) == []
    assert len(wrong(whole, 0.3)) >= 5
