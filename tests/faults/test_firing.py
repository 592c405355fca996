"""Which requests a fault hits, and how often: the same requests always meet the same faults."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fake_relay.faults import plan_of
from fake_relay.faults.rule import Rule

ERROR = ("event", {"level": "error", "release": "shop@2.0.1"})
TRANSACTION = (
    "transaction",
    {
        "type": "transaction",
        "transaction": "GET /",
        "start_timestamp": 1.7e9 - 1,
        "timestamp": 1.7e9,
        "contexts": {"trace": {"trace_id": "c" * 32, "span_id": "d" * 16}},
    },
)
SESSION = ("session", {"sid": "e" * 32, "status": "ok", "attrs": {"release": "till@1"}})
OUTAGE: dict[str, Any] = {"effect": {"status": 503}}


def test_the_next_so_many_requests_are_hit_and_then_no_more(broken: Any) -> None:
    broken.plan(OUTAGE | {"times": 3})
    assert broken.statuses(5) == [503, 503, 503, 200, 200]


def test_a_plan_that_has_nothing_left_costs_nothing_any_more(broken: Any) -> None:
    broken.plan(OUTAGE | {"times": 1})
    broken.send()
    assert broken.relay.faults.active is False


def test_without_times_every_request_is_hit_until_the_plan_is_cleared(broken: Any) -> None:
    broken.plan(OUTAGE)
    assert broken.statuses(3) == [503] * 3
    assert broken.relay.faults.clear() == 1
    assert broken.statuses(1) == [200]


def test_only_requests_of_its_project_are_hit(broken: Any) -> None:
    broken.plan(OUTAGE | {"project": "42"})
    assert broken.statuses(1, project="7") == [200]
    assert broken.statuses(1, project="42") == [503]


def test_a_path_without_a_project_is_hit_once_the_body_has_named_it(broken: Any) -> None:
    broken.plan(OUTAGE | {"project": "0"})
    assert broken.send(path="/api/store/").status == 503
    assert broken.refused == [(503, "fault:status_503")]


def test_only_requests_to_its_door_are_hit(broken: Any) -> None:
    broken.plan(OUTAGE | {"match": {"door": "store"}})
    assert broken.statuses(1) == [200]
    assert broken.statuses(1, path="/api/{}/store/") == [503]


@pytest.mark.parametrize(
    ("match", "items", "status"),
    [
        ({"categories": ["error"]}, [ERROR], 503),
        ({"categories": ["error"]}, [TRANSACTION], 200),
        ({"categories": ["error", "transaction"]}, [TRANSACTION], 503),
        ({"types": ["event"]}, [SESSION, ERROR], 503),
        ({"types": ["event"]}, [TRANSACTION], 200),
        ({"q": "release:shop@2.*"}, [ERROR], 503),
        ({"q": "release:shop@3.*"}, [ERROR], 200),
        ({"q": "release:shop@2.*", "types": ["session"]}, [ERROR, SESSION], 200),
        ({"q": "project:42"}, [ERROR], 503),
        ({"q": "timestamp:-1h"}, [("event", {"timestamp": 1.7e9 - 60})], 503),
        ({"q": "timestamp:-1h"}, [("event", {"timestamp": 1.7e9 - 7200})], 200),
    ],
)
def test_one_item_has_to_fit_in_every_respect(
    broken: Any, match: dict[str, Any], items: list[Any], status: int
) -> None:
    broken.plan(OUTAGE | {"match": match})
    assert broken.send(*items).status == status


def test_requests_that_do_not_match_do_not_use_up_the_times(broken: Any) -> None:
    broken.plan(OUTAGE | {"match": {"categories": ["transaction"]}, "times": 1})
    assert [broken.send(item).status for item in (ERROR, TRANSACTION, TRANSACTION)] == [
        200,
        503,
        200,
    ]


def test_what_exceeds_a_token_bucket_is_hit_by_the_times_of_the_requests(broken: Any) -> None:
    broken.plan(OUTAGE | {"bucket": {"rate": 0.5, "burst": 2}})
    at = [0.0, 0.0, 0.0, 1.0, 2.0, 2.0, 100.0, 100.0, 100.0]
    assert [broken.send(at=second).status for second in at] == [
        *(200, 200, 503),  # the burst is used up
        *(503, 200, 503),  # one token after two seconds
        *(200, 200, 503),  # never more than the burst
    ]


def test_a_clock_that_is_set_back_refills_no_bucket(broken: Any) -> None:
    broken.plan(OUTAGE | {"bucket": {"rate": 1, "burst": 1}})
    assert [broken.send(at=second).status for second in (100.0, 0.0, 100.5, 101.0)] == [
        200,
        503,
        503,
        200,
    ]


def test_the_same_seed_gives_the_same_sequence_and_another_seed_another(
    fresh: Callable[[], Any],
) -> None:
    def sequence(seed: int) -> list[int]:
        broken = fresh()
        broken.plan(OUTAGE | {"probability": 0.5, "seed": seed})
        return list(broken.statuses(40))

    assert sequence(7) == sequence(7)
    assert sequence(7) != sequence(8)
    assert set(sequence(7)) == {200, 503}


def test_the_order_of_the_plan_decides_between_effects_that_decide_the_answer(
    broken: Any,
) -> None:
    broken.plan(OUTAGE | {"times": 1}, {"effect": {"status": 500}, "times": 1})
    assert broken.statuses(3) == [503, 500, 200]


def test_delays_add_up_and_go_with_any_other_effect(broken: Any) -> None:
    slow = {"effect": {"latency": {"ms": 250}}}
    broken.plan(OUTAGE, slow, slow)
    reply = broken.send()
    assert (reply.status, reply.wire.delay) == (503, 0.5)


def test_a_project_replaces_its_own_entries_and_the_others_keep_their_counters(
    broken: Any,
) -> None:
    broken.plan(OUTAGE | {"project": "7", "times": 2}, OUTAGE | {"project": "42"})
    broken.send(project="7")

    broken.plan({"effect": {"status": 500}, "project": "42"}, project="42")

    assert broken.statuses(1) == [500]
    assert broken.statuses(2, project="7") == [503, 200]


def test_an_entry_is_removed_by_its_id_alone(broken: Any) -> None:
    faults = broken.relay.faults
    first, second = (
        faults.add(fault) for fault in plan_of({"faults": [OUTAGE, {"effect": {"status": 500}}]})
    )
    assert faults.remove(first) == 1
    assert broken.statuses(1) == [500]
    assert faults.remove(first) == 0
    assert faults.remove(second, project="42") == 0
    assert [state.id for state in faults.state()] == [second]


def test_what_fired_is_remembered_with_its_request(broken: Any) -> None:
    broken.plan({"effect": {"truncate": {"bytes": 3}}, "match": {"types": ["event"]}})
    broken.send()
    (fired,) = broken.relay.faults.fired("42")
    assert (fired.label, fired.project, fired.door, fired.received_at, fired.event_id) == (
        *("truncate_3", "42", "envelope", 1.7e9, "b" * 32),
    )
    assert broken.relay.faults.fired("7") == ()
    (state,) = broken.relay.faults.state()
    assert (state.matched, state.fired, state.left) == (1, 1, None)


@settings(max_examples=100)
@given(
    times=st.none() | st.integers(1, 5),
    probability=st.sampled_from([0.0, 0.3, 1.0]),
    bucket=st.none() | st.fixed_dictionaries({"rate": st.just(1.0), "burst": st.integers(0, 3)}),
    seed=st.integers(),
    gaps=st.lists(st.floats(0, 2), max_size=20),
)
def test_a_rule_repeats_itself_and_keeps_its_bounds(
    times: int | None,
    probability: float,
    bucket: dict[str, float] | None,
    seed: int,
    gaps: list[float],
) -> None:
    """Two rules of one entry agree on every request; none fires oftener than it may."""
    entry = OUTAGE | {"times": times, "probability": probability, "bucket": bucket, "seed": seed}
    (fault,) = plan_of({"faults": [entry]})

    def run() -> list[bool]:
        rule, now, hits = Rule(fault), 1.7e9, []
        for gap in gaps:
            now += gap
            hits.append(not rule.spent and rule.hits(now))
        assert rule.fired == sum(hits)
        return hits

    assert run() == (hits := run())
    assert times is None or sum(hits) <= times
    assert probability > 0 or not any(hits)
