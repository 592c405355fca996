"""Expectations that are met one after the other."""

from __future__ import annotations

from typing import Any

from fake_relay.expect import OrderWatch
from fake_relay.relay import Relay
from fake_relay.testing.sentences import event, log


def test_an_order_holds_whatever_came_between(relay: Relay, send: Any) -> None:
    for message in ("start", "noise", "middle", "noise", "end"):
        send({"message": message})
    watch = OrderWatch([event(message="start"), event(message="end")], relay.store)
    verdict = watch.look()
    assert [subject.item.id for subject in verdict.matched] == [1, 5]
    assert verdict.held


def test_a_match_that_came_too_early_does_not_count(relay: Relay, send: Any) -> None:
    send({"message": "end"})
    send({"message": "start"})
    verdict = OrderWatch([event(message="start"), event(message="end")], relay.store).look()
    assert not verdict.held
    assert verdict.text.splitlines()[:3] == [
        "expected 2 in this order; 1 were",
        "  1. event with message = 'start': event 2",
        "  2. event with message = 'end': came too early (event 1)",
    ]


def test_what_did_not_come_is_shown_with_near_misses(relay: Relay, send: Any) -> None:
    send({"message": "start"})
    text = OrderWatch([event(message="start"), event(message="end")], relay.store).look().text
    assert text == (
        "expected 2 in this order; 1 were\n"
        "  1. event with message = 'start': event 1\n"
        "  2. event with message = 'end': did not come\n"
        "closest:\n"
        "  event 1: start\n"
        "    - message: expected = 'end', got 'start'\n"
        "arrived: 1 event"
    )


def test_the_same_expectation_twice_needs_two_items(relay: Relay, send: Any) -> None:
    send({"message": "tick"})
    watch = OrderWatch([event(message="tick"), event(message="tick")], relay.store)
    assert not watch.look().held
    send({"message": "tick"})
    assert watch.look().held


def test_records_of_one_container_have_an_order(relay: Relay, send: Any) -> None:
    record = {"timestamp": 1.7e9, "trace_id": "b" * 32, "level": "info"}
    send({"items": [{**record, "body": "a"}, {**record, "body": "b"}]}, type="log")
    assert OrderWatch([log(body="a"), log(body="b")], relay.store).look().held
    assert not OrderWatch([log(body="b"), log(body="a")], relay.store).look().held
