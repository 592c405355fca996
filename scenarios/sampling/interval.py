"""Between which rates the truth lies, for so many kept out of so many: the exact interval.

Rule: pure and exact (Clopper and Pearson, 1934), never a normal approximation: for each true
rate, the interval misses it with a probability of at most 1 - confidence.
May import: the standard library.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

STEPS = 80
"""Halvings of a bracket of width 1: past the precision of a float."""

ITERATIONS = 10_000
TINY = 1e-300


@dataclass(frozen=True, slots=True)
class Interval:
    """Rates from `low` to `high`, both included."""

    low: float
    high: float

    def __contains__(self, rate: float) -> bool:
        return self.low <= rate <= self.high

    def __str__(self) -> str:
        return f"{self.low:.4f} to {self.high:.4f}"


def interval(kept: int, total: int, confidence: float) -> Interval:
    """The Clopper-Pearson interval for `kept` out of `total`.

    Raises `ValueError` for counts that cannot be, or a confidence that is not between 0 and 1.
    """
    _check(kept, total, confidence)
    half = (1 - confidence) / 2
    low = 0.0 if kept == 0 else _solve(lambda rate: at_least(kept, total, rate), half)
    high = 1.0 if kept == total else _solve(lambda rate: -at_most(kept, total, rate), -half)
    return Interval(low, high)


def at_least(kept: int, total: int, rate: float) -> float:
    """The probability that `kept` or more of `total` are kept at a rate."""
    return 1.0 if kept <= 0 else _beta(kept, total - kept + 1, rate) if kept <= total else 0.0


def at_most(kept: int, total: int, rate: float) -> float:
    """The probability that `kept` or fewer of `total` are kept at a rate."""
    return 1.0 if kept >= total else _beta(total - kept, kept + 1, 1 - rate) if kept >= 0 else 0.0


def fits(kept: int, total: int, rate: float, confidence: float) -> bool:
    """Whether a rate lies in the interval, without making it."""
    half = (1 - confidence) / 2
    return at_least(kept, total, rate) >= half and at_most(kept, total, rate) >= half


def power(total: int, rate: float, other: float, confidence: float) -> float:
    """The probability that `total` decisions at a rate `other` refute `rate`."""
    _check(0, total, confidence)
    half = (1 - confidence) / 2
    # `rate` leaves the interval where one of its tails is lighter than half of what may be missed.
    fewest = _first(total, lambda kept: at_most(kept, total, rate) > half)
    most = _first(total, lambda kept: at_least(kept + 1, total, rate) <= half)
    return at_most(fewest - 1, total, other) + at_least(most + 1, total, other)


def _check(kept: int, total: int, confidence: float) -> None:
    if not 0 <= kept <= total or total < 1:
        raise ValueError(f"{kept} of {total} kept cannot be; give 0 <= kept <= total and total > 0")
    if not 0 < confidence < 1:
        raise ValueError(f"confidence {confidence!r} is not between 0 and 1; 0.999 is usual")


def _first(total: int, holds: Callable[[int], bool]) -> int:
    """The smallest count for which something holds that holds for all greater ones."""
    low, high = 0, total
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if holds(middle) else (middle + 1, high)
    return low


def _solve(rising: Callable[[float], float], target: float) -> float:
    low, high = 0.0, 1.0
    for _ in range(STEPS):
        middle = (low + high) / 2
        low, high = (low, middle) if rising(middle) > target else (middle, high)
    return (low + high) / 2


def _beta(a: float, b: float, x: float) -> float:
    """The regularised incomplete beta function; a binomial tail is one."""
    if not 0 < x < 1:
        return 0.0 if x <= 0 else 1.0
    scale = math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b)
    front = math.exp(scale + a * math.log(x) + b * math.log1p(-x))
    # The fraction converges fast below the mean, and the function is symmetrical.
    if x < (a + 1) / (a + b + 2):
        return front * _fraction(a, b, x) / a
    return 1 - front * _fraction(b, a, 1 - x) / b


def _fraction(a: float, b: float, x: float) -> float:
    """Its continued fraction, by the method of Lentz."""
    numerator = 1.0
    denominator = 1 / _not_zero(1 - (a + b) * x / (a + 1))
    result = denominator
    for m in range(1, ITERATIONS):
        even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
        odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
        for step in (even, odd):
            denominator = 1 / _not_zero(1 + step * denominator)
            numerator = _not_zero(1 + step / numerator)
            change = denominator * numerator
            result *= change
        if abs(change - 1) < 1e-15:
            break
    return result


def _not_zero(value: float) -> float:
    return value if abs(value) > TINY else TINY
