"""The interval is the published one, and misses no more often than it says."""

from __future__ import annotations

from fractions import Fraction
from math import comb

import pytest

from scenarios.sampling import interval, power
from scenarios.sampling.interval import at_least, at_most

PUBLISHED = [
    # Of textbooks and of statistics packages: kept, total, confidence, low, high.
    (682, 925, 0.95, 0.707668, 0.765407),
    (0, 10, 0.95, 0.0, 0.308497),
    (10, 10, 0.95, 0.691503, 1.0),
    (1, 10, 0.95, 0.002529, 0.445016),
    (5, 10, 0.95, 0.187086, 0.812914),
    (10, 100, 0.95, 0.049005, 0.176223),
    (4, 20, 0.95, 0.057334, 0.436614),
]


@pytest.mark.parametrize(("kept", "total", "confidence", "low", "high"), PUBLISHED)
def test_it_is_the_published_interval(
    kept: int, total: int, confidence: float, low: float, high: float
) -> None:
    found = interval(kept, total, confidence)
    assert (round(found.low, 6), round(found.high, 6)) == (low, high)


def exact_at_least(kept: int, total: int, rate: float) -> float:
    """The tail by whole fractions, without a float on the way."""
    p = Fraction(rate)
    terms = (comb(total, i) * p**i * (1 - p) ** (total - i) for i in range(kept, total + 1))
    return float(sum(terms))


@pytest.mark.parametrize("rate", [0.01, 0.25, 0.5, 0.9])
@pytest.mark.parametrize("kept", [0, 1, 17, 40, 59, 60])
def test_the_tails_are_sums_of_binomial_terms(kept: int, rate: float) -> None:
    assert at_least(kept, 60, rate) == pytest.approx(exact_at_least(kept, 60, rate), abs=1e-13)
    assert at_most(kept - 1, 60, rate) == pytest.approx(1 - at_least(kept, 60, rate), abs=1e-13)


@pytest.mark.parametrize("rate", [0.003, 0.1, 0.37, 0.5, 0.98])
@pytest.mark.parametrize("confidence", [0.9, 0.99, 0.999])
def test_it_misses_the_true_rate_no_more_often_than_it_says(rate: float, confidence: float) -> None:
    total = 50
    missed = sum(
        comb(total, kept) * rate**kept * (1 - rate) ** (total - kept)
        for kept in range(total + 1)
        if rate not in interval(kept, total, confidence)
    )
    assert missed <= 1 - confidence


def test_its_power_is_what_the_outcomes_that_refute_weigh() -> None:
    total, rate, other = 80, 0.25, 0.4
    refuting = [k for k in range(total + 1) if rate not in interval(k, total, 0.99)]
    weight = sum(comb(total, k) * other**k * (1 - other) ** (total - k) for k in refuting)
    assert power(total, rate, other, 0.99) == pytest.approx(weight, abs=1e-12)


def test_large_numbers_are_no_trouble() -> None:
    found = interval(250_000, 1_000_000, 0.999)
    assert (round(found.low, 6), round(found.high, 6)) == (0.248577, 0.251427)


@pytest.mark.parametrize(("kept", "total", "confidence"), [(-1, 2, 0.9), (3, 2, 0.9), (0, 0, 0.9)])
def test_counts_that_cannot_be_are_refused(kept: int, total: int, confidence: float) -> None:
    with pytest.raises(ValueError, match="cannot be"):
        interval(kept, total, confidence)


@pytest.mark.parametrize("confidence", [0.0, 1.0, 99.9, float("nan")])
def test_a_confidence_is_between_0_and_1(confidence: float) -> None:
    with pytest.raises(ValueError, match="not between 0 and 1"):
        interval(1, 2, confidence)
