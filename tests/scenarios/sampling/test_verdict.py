"""Verdicts accuse no more sound configurations than they may, and find the unsound."""

from __future__ import annotations

from random import Random

import pytest

from scenarios.sampling import Decision, Verdict, judge_decisions, judge_number, sample_rand


def run(seed: int, total: int, rate: float, promised: float | None = None) -> list[Decision]:
    """What arrives of traces with chance ids at a rate: of dropped ones, nothing is known."""
    dice = Random(seed)
    ids = [f"{dice.getrandbits(128):032x}" for _ in range(total)]
    said = rate if promised is None else promised
    return [
        Decision(trace_id, True, rand=rand, rate=said, sampled=True)
        for trace_id in ids
        if (rand := sample_rand(trace_id)) < rate
    ]


def counted(seed: int, total: int, rate: float, confidence: float) -> Verdict:
    dice = Random(f"run {seed}")
    kept = sum(dice.random() < rate for _ in range(total))
    return judge_number(kept, total, rate, confidence)


@pytest.mark.parametrize(("confidence", "most"), [(0.95, 50), (0.99, 10)])
def test_of_1000_sound_configurations_no_more_are_accused_than_was_said(
    confidence: float, most: int
) -> None:
    rates = [0.01, 0.1, 0.25, 0.5, 0.9]
    verdicts = [counted(seed, 300, rates[seed % 5], confidence) for seed in range(1000)]
    assert sum(not verdict.holds for verdict in verdicts) <= most


def test_of_1000_sound_configurations_with_decisions_no_more_are_accused_than_was_said() -> None:
    """At 99.9 % one may be; the second look, at the highest number, has no share of its own."""
    rates = [0.05, 0.1, 0.25, 0.5, 0.8]
    accused = [
        seed
        for seed in range(1000)
        if not judge_decisions(run(seed, 60, rates[seed % 5]), rates[seed % 5], total=60).holds
    ]
    assert len(accused) <= 1


@pytest.mark.parametrize("rate", [0.05, 0.1, 0.25, 0.5, 0.8])
@pytest.mark.parametrize("factor", [0.8, 1.2])
def test_a_rate_that_is_off_by_a_fifth_is_found_in_2000(rate: float, factor: float) -> None:
    """Even where the SDK claims the promised rate, so that only the numbers tell."""
    for seed in range(3):
        verdict = judge_decisions(run(seed, 2000, rate * factor, promised=rate), rate, total=2000)
        assert not verdict.holds, seed


@pytest.mark.parametrize(("rate", "factor"), [(0.25, 0.8), (0.25, 1.2), (0.5, 0.8), (0.5, 1.2)])
def test_by_number_alone_it_is_found_from_a_quarter_on(rate: float, factor: float) -> None:
    """Power at n = 2,000 and 99.9 %: 0.95 at a quarter, more above; see `finds`."""
    dice = Random(4711)
    found = 0
    for _ in range(20):
        kept = sum(dice.random() < rate * factor for _ in range(2000))
        found += not judge_number(kept, 2000, rate).holds
    assert found >= 18


def test_a_verdict_says_what_its_number_could_show() -> None:
    assert judge_number(500, 2000, 0.25).finds == 0.2
    assert judge_number(5, 20, 0.25).finds is None
    assert judge_number(1000, 2000, 0.5).finds == 0.15


def test_a_verdict_that_holds_says_rate_number_interval_and_confidence() -> None:
    text = str(judge_decisions(run(1, 2000, 0.25), 0.25, total=2000))
    assert text.startswith("the rate 0.25 holds: ")
    assert "of 2000 kept" in text
    assert "99.9000% confidence" in text
    assert "decisions were recomputed" in text


def test_a_verdict_that_does_not_hold_names_the_decisions() -> None:
    decisions = [Decision(f"{i:032x}", True, name="GET /pay", item=i) for i in range(1, 41)]
    text = str(judge_decisions(decisions, 0.5))
    assert "does not hold" in text
    assert text.count("GET /pay") == 5
    assert "more wrong decisions" in text


def test_parents_and_arguments_do_not_count_as_chance() -> None:
    followed = [Decision(f"{i:032x}", True, continued=True, parent=True) for i in range(200)]
    assert judge_decisions(followed, 0.01).holds
    assert not judge_decisions(followed, 0.01, parent="ignore").holds


def test_tracing_that_is_off_keeps_nothing() -> None:
    assert judge_decisions([Decision("a" * 32, False)], None).holds
    assert not judge_decisions([Decision("a" * 32, True)], None).holds


def test_what_was_dropped_is_what_the_sdk_reports() -> None:
    decisions = run(3, 400, 0.5)
    dropped = 400 - len(decisions)
    assert judge_decisions(decisions, 0.5, total=400, discarded={"sample_rate": dropped}).holds
    verdict = judge_decisions(decisions, 0.5, total=400, discarded={"sample_rate": dropped - 3})
    assert "generated is not received and discarded" in str(verdict)


def test_nothing_generated_is_no_proof() -> None:
    assert not judge_decisions([], 0.5).holds
    assert not judge_number(0, 0, 0.5).holds
    assert "cannot be judged" in str(judge_decisions([], 0.5))
