"""When a wait goes on and when it is over, by a clock that the tests turn."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from fake_relay.expect import NONE, Count, Vigil
from fake_relay.relay import Relay
from fake_relay.testing.sentences import event


def test_a_wait_for_what_is_there_is_over_at_once(relay: Relay, send: Any) -> None:
    send({"message": "boom"})
    vigil = Vigil(event(message="boom"), relay.store, now=100.0)
    assert vigil.look(100.0) is None
    assert vigil.verdict.held


def test_a_wait_lasts_until_its_deadline(relay: Relay) -> None:
    vigil = Vigil(replace(event(), within=2.0), relay.store, now=100.0)
    assert vigil.look(100.5) == pytest.approx(1.5)
    assert vigil.look(102.0) is None
    assert not vigil.verdict.held


def test_a_wait_is_over_when_it_comes(relay: Relay, send: Any) -> None:
    vigil = Vigil(event(message="boom"), relay.store, now=100.0)
    assert vigil.look(100.0) is not None
    send({"message": "boom"})
    assert vigil.look(101.0) is None


def test_a_negative_waits_for_quiet_from_the_last_arrival_on(relay: Relay, send: Any) -> None:
    expectation = replace(event(message="boom"), count=NONE, quiet=0.5)
    vigil = Vigil(expectation, relay.store, now=100.0)
    assert vigil.look(100.0) == pytest.approx(0.5)
    send({"message": "something else"})
    assert vigil.look(100.25) == pytest.approx(0.5)
    assert vigil.look(100.75) is None
    assert vigil.verdict.held


def test_a_negative_fails_as_soon_as_one_comes(relay: Relay, send: Any) -> None:
    vigil = Vigil(replace(event(), count=NONE, quiet=0.5), relay.store, now=100.0)
    assert vigil.look(100.0) is not None
    send({"message": "boom"})
    assert vigil.look(100.1) is None
    assert not vigil.verdict.held


def test_a_negative_that_never_gets_quiet_ends_at_its_deadline(relay: Relay, send: Any) -> None:
    expectation = replace(event(message="boom"), count=NONE, quiet=0.5, within=1.0)
    vigil = Vigil(expectation, relay.store, now=100.0)
    for now in (100.2, 100.4, 100.6, 100.8):
        send({"message": "noise"})
        assert vigil.look(now) is not None
    send({"message": "noise"})
    assert vigil.look(101.0) is None
    assert vigil.verdict.held


def test_an_exact_count_with_quiet_waits_for_one_too_many(relay: Relay, send: Any) -> None:
    send({"message": "boom"})
    expectation = replace(event(message="boom"), count=Count(1, 1), quiet=0.5)
    vigil = Vigil(expectation, relay.store, now=100.0)
    assert vigil.look(100.0) == pytest.approx(0.5)
    send({"message": "boom"})
    assert vigil.look(100.2) is None
    assert not vigil.verdict.held


def test_the_position_is_how_far_the_wait_has_looked(relay: Relay, send: Any) -> None:
    vigil = Vigil(replace(event(), project="42"), relay.store, now=100.0)
    newest = send({"message": "elsewhere"}, project="43")
    vigil.look(100.0)
    assert vigil.position == newest
