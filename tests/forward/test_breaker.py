"""Back-off with full jitter, and a breaker: pure, with the time and the dice passed in."""

from __future__ import annotations

import random

import pytest

from fake_relay.forward.breaker import Breaker

NOW = 1_795_348_800.0


class Highest(random.Random):
    """Always draws the upper end."""

    def uniform(self, a: float, b: float) -> float:
        return b


def breaker(**settings: float) -> Breaker:
    known = {"base": 1.0, "most": 300.0, "after": 5, **settings}
    return Breaker(known["base"], known["most"], int(known["after"]), Highest())


def test_the_bound_doubles_with_each_failure_up_to_the_most() -> None:
    one, now, waits = breaker(), NOW, []
    for _ in range(11):
        waits.append(one.failed(now, now))
        now += waits[-1]
    assert waits == pytest.approx([1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300], abs=1e-3)


def test_waits_are_drawn_from_the_whole_span_below_the_bound() -> None:
    drawn = []
    for seed in range(200):
        one = Breaker(8.0, 300.0, 5, random.Random(seed))
        drawn.append(one.failed(NOW, NOW))
    assert min(drawn) < 0.5
    assert max(drawn) > 7.5
    assert 3.0 < sum(drawn) / len(drawn) < 5.0


def test_nobody_starts_before_the_wait_is_over_and_all_after_a_success() -> None:
    one = breaker()
    assert one.room(NOW, 0, 4) == 4
    one.failed(NOW, NOW)
    assert one.room(NOW + 0.9, 0, 4) == 0
    assert one.room(NOW + 1.1, 1, 4) == 3
    one.succeeded()
    assert one.room(NOW, 0, 4) == 4


def test_after_several_failures_one_request_at_a_time_tries() -> None:
    one, now = breaker(after=2), NOW
    assert one.state(now) == "closed"
    for _ in range(2):
        now += one.failed(now, now)
    assert one.state(now - 0.1) == "open"
    assert one.state(now + 0.1) == "half_open"
    assert one.room(now + 0.1, 0, 4) == 1
    assert one.room(now + 0.1, 1, 4) == 0


def test_requests_that_were_on_their_way_together_count_as_one_failure() -> None:
    one = breaker()
    for _ in range(4):
        one.failed(NOW - 1, NOW)
    assert one.failures == 1


def test_what_the_upstream_asks_for_is_the_least_but_not_for_ever() -> None:
    assert breaker().failed(NOW, NOW, least=120) == pytest.approx(120)
    assert breaker().failed(NOW, NOW, least=10**9) == pytest.approx(3600)


def test_a_clock_that_was_set_back_does_not_hold_everything() -> None:
    one = breaker()
    one.failed(NOW, NOW)
    assert one.room(NOW - 10_000_000, 0, 4) == 4


def test_very_many_failures_do_not_overflow() -> None:
    one = breaker()
    one.failures = 10_000
    assert one.bound() == 300.0
