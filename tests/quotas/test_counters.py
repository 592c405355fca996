"""Counters and remembered limits: windows, bounds, and what time takes away."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from fake_relay.config import Quota
from fake_relay.protocol.category import Category
from fake_relay.protocol.rate_limits import RateLimit
from fake_relay.quotas import Quotas, Sender
from fake_relay.quotas.counters import MAX_COUNTERS, Counters, window_of
from fake_relay.quotas.groups import Group
from fake_relay.quotas.memory import MAX_PLACES, Memory
from fake_relay.quotas.sender import Bound, bind

NOW = 1_700_000_040.0
places = st.sampled_from([("organization", ""), ("project", "7"), ("key", "7", "a" * 32)])


def errors(amount: int = 1, monitor: str = "") -> Group:
    return Group([0], {Category.ERROR: amount}, monitor)


@given(places, st.integers(1, 10**6), st.floats(0, 4e9))
def test_a_time_is_in_its_window(place: tuple[str, ...], window: int, now: float) -> None:
    _, end = window_of(place, window, now)
    assert end - window <= now < end


@given(places, st.integers(1, 10**6), st.floats(0, 4e9))
def test_windows_follow_one_another(place: tuple[str, ...], window: int, now: float) -> None:
    slot, end = window_of(place, window, now)
    assert window_of(place, window, end) == (slot + 1, end + window)


def test_the_windows_of_projects_do_not_all_end_together() -> None:
    ends = {window_of(("project", str(number)), 60, NOW)[1] for number in range(50)}
    assert len(ends) > 20
    assert window_of(("organization", ""), 60, NOW)[1] == NOW + 60


def test_a_group_is_counted_under_all_quotas_or_under_none() -> None:
    quotas = [
        Quota("wide", ("error",), limit=3, window=60),
        Quota("narrow", ("error",), limit=2, window=60),
    ]
    bound, counters = bind(quotas, Sender("7")), Counters()
    assert counters.charge(errors(2), bound, NOW) == []
    assert [found.quota.id for found, _ in counters.charge(errors(1), bound, NOW)] == ["narrow"]
    assert counters.charge(errors(1), bound[:1], NOW) == []
    assert [found.quota.id for found, _ in counters.charge(errors(1), bound[:1], NOW)] == ["wide"]


def test_any_number_of_keys_is_bounded_and_what_is_over_goes_first() -> None:
    counters = Counters()
    short = Quota("short", limit=1, window=1, scope="key")
    long = Quota("long", limit=1, window=10**6, scope="key")
    kept = bind([long], Sender("7", "kept"))
    assert counters.charge(errors(), kept, NOW) == []
    for number in range(MAX_COUNTERS + 10):
        counters.charge(errors(), bind([short], Sender("7", str(number))), NOW + number * 2)
    assert len(counters._used) == len(counters._ends) <= MAX_COUNTERS
    assert len(counters.charge(errors(), kept, NOW + 1)) == 1


def test_counters_are_bounded_even_when_none_is_over() -> None:
    counters = Counters()
    for number in range(MAX_COUNTERS + 10):
        quota = Quota("q", limit=1, window=10**6, scope="key")
        assert counters.charge(errors(), bind([quota], Sender("7", str(number))), NOW) == []
    assert len(counters._used) <= MAX_COUNTERS


def test_remembered_limits_are_bounded_and_end() -> None:
    memory = Memory()
    for number in range(MAX_PLACES + 10):
        bound = Bound(Quota(limit=0, scope="key"), ("key", "7", str(number)))
        memory.remember(bound, NOW + 10)
    assert len(memory.places) == MAX_PLACES
    last = Sender("7", str(MAX_PLACES + 9))
    assert [limit.retry_after for limit, _ in memory.of(last, NOW + 0.5)] == [10]
    assert memory.of(last, NOW + 10) == []


def test_nothing_is_asked_any_more_when_the_last_limit_is_over() -> None:
    quotas, sender = Quotas(), Sender("7")
    assert quotas.idle(())
    quotas.impose(RateLimit(0), NOW + 1, "7")
    assert not quotas.idle(())
    assert [limit.retry_after for limit in quotas.limits(sender, NOW)] == [1]
    assert quotas.limits(sender, NOW + 1) == []
    assert quotas.idle(())


def test_the_longer_of_two_equal_limits_holds() -> None:
    quotas, sender = Quotas(), Sender("7")
    for seconds in (5, 90, 30):
        quotas.impose(RateLimit(0, (Category.ERROR,)), NOW + seconds)
    assert [limit.retry_after for limit in quotas.limits(sender, NOW)] == [90]


def test_a_quota_without_categories_counts_items_and_not_bytes() -> None:
    files = Group([0], {Category.ATTACHMENT: 5000, Category.ATTACHMENT_ITEM: 2})
    assert files.amount(()) == 2
    assert files.amount((Category.ATTACHMENT,)) == 5000
    assert errors().amount((Category.DEFAULT,)) == 1
