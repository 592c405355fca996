"""Dynamic sampling: the number that follows from an id, the rules, and what falls."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fake_relay.config import RelayConfig
from fake_relay.config.own_settings import read_own_settings
from fake_relay.config.sampling import Sampling
from fake_relay.errors import ConfigError
from fake_relay.pipeline.sample import chance, sample_stage
from fake_relay.protocol.envelope import make_envelope, make_item, serialize
from fake_relay.records import Inbound
from fake_relay.relay import Relay
from fake_relay.store import open_store

NOW = 1_700_000_000.0
EVENT_ID = "771a43a4192642f0b136d5159a501700"
"""Its number is 0.084."""
TRACE_ID = "9ec79c33ec9942ab8353589fcb2e04dc"
"""Its number is 0.312."""


@pytest.mark.parametrize(
    ("seed", "number"),
    [
        ("00000000000000000000000000000000", 0.21723014649319783),
        ("9ec79c33ec9942ab8353589fcb2e04dc", 0.3117228823358973),
        ("771a43a4192642f0b136d5159a501700", 0.084458025231689),
        ("ffffffffffffffffffffffffffffffff", 0.4667000898975493),
    ],
)
def test_chance_is_the_protocols_reference_number(seed: str, number: float) -> None:
    assert chance(seed) == number


@given(st.integers(0, 2**128 - 1))
def test_chance_is_a_share(number: int) -> None:
    assert 0 <= chance(f"{number:032x}") < 1


def rule(rate: float, kind: str = "sampleRate", **more: Any) -> dict[str, Any]:
    return {
        "id": 1000,
        "type": "transaction",
        "samplingValue": {"type": kind, "value": rate},
    } | more


def outcome_of(rules: list[Any], *, trace: bool = True, **event: Any) -> dict[str, dict[str, int]]:
    """The ledger after one transaction with one span of its own."""
    sampling = read_own_settings("42", {"sampling": {"version": 2, "rules": rules}}).config.sampling
    assert sampling is not None
    relay = Relay(open_store("memory:"), RelayConfig(sampling=sampling))
    return received_by(relay, trace=trace, **event)


def received_by(relay: Relay, *, trace: bool = True, **event: Any) -> dict[str, dict[str, int]]:
    payload = {
        "type": "transaction",
        "transaction": "/cart",
        "start_timestamp": NOW - 1,
        "timestamp": NOW,
        "contexts": {"trace": {"trace_id": TRACE_ID, "span_id": "d" * 16}},
    } | event
    header: dict[str, Any] = {"event_id": EVENT_ID}
    if trace:
        header["trace"] = {"trace_id": TRACE_ID, "public_key": "a" * 32, "release": "web@9"}
    envelope = make_envelope(header, [make_item("transaction", json.dumps(payload).encode())])
    inbound = Inbound(
        "POST",
        "/api/42/envelope/",
        "",
        {"x-sentry-auth": f"Sentry sentry_key={'a' * 32}"},
        serialize(envelope),
        "192.0.2.1",
        NOW,
        "b" * 32,
    )
    assert relay.receive(inbound).status == 200
    relay.commit()
    found: dict[str, dict[str, int]] = {}
    for entry in relay.store.ledger():
        text = f"{entry.outcome}({entry.reason})" if entry.reason else str(entry.outcome)
        found.setdefault(entry.category, {})[text] = entry.quantity
    return found


def test_a_transaction_that_is_not_sampled_has_been_counted_and_is_not_stored() -> None:
    assert outcome_of([rule(0)]) == {
        "transaction": {"accepted": 1},
        "span": {"accepted": 1},
        "transaction_indexed": {"filtered(Sampled:1000)": 1},
        "span_indexed": {"filtered(Sampled:1000)": 1},
    }


@pytest.mark.parametrize(
    ("rules", "reason"),
    [
        ([], ""),
        ([rule(1)], ""),
        ([rule(0.0845)], ""),
        ([rule(0.0844)], "Sampled:1000"),
        ([rule(0.32, type="trace")], ""),
        ([rule(0.31, type="trace")], "Sampled:1000"),
        ([rule(0.31, type="project")], "Sampled:1000"),
        ([rule(0, type="trace"), rule(1)], ""),
        ([rule(0), rule(1)], "Sampled:1000"),
        ([rule(0.04), rule(2, "factor")], "Sampled:1000"),
        ([rule(2, "factor", id=1004), rule(0.043)], ""),
        ([rule(2, "factor", id=1004), rule(0.042)], "Sampled:1000,1004"),
        ([rule(0.5, "minimumSampleRate"), rule(0)], ""),
        ([rule(0.01, "minimumSampleRate", id=3001), rule(0, id=7)], "Sampled:0,3000"),
        (
            [rule(0.01, "minimumSampleRate"), rule(0.9, "minimumSampleRate"), rule(0)],
            "Sampled:1000",
        ),
        ([rule(0, "factor", id=1400)], ""),
        ([rule(0, "factor", id=1450), rule(0, type="trace", id=1501)], "Sampled:1400,1500"),
        ([rule(0, condition={"op": "eq", "name": "event.transaction", "value": "/x"})], ""),
        (
            [rule(0, condition={"op": "eq", "name": "event.transaction", "value": "/cart"})],
            "Sampled:1000",
        ),
        (
            [
                rule(
                    0,
                    type="trace",
                    condition={"op": "glob", "name": "trace.release", "value": ["web@*"]},
                )
            ],
            "Sampled:1000",
        ),
        ([rule(0, timeRange={"start": "2023-11-14T22:13:21Z"})], ""),
        ([rule(0, timeRange={"start": "2023-11-14T22:13:20Z"})], "Sampled:1000"),
        ([rule(0, timeRange={"end": "2023-11-14T22:13:20Z"})], ""),
        ([rule(0, timeRange={"end": None, "start": None})], "Sampled:1000"),
    ],
)
def test_rules_decide(rules: list[Any], reason: str) -> None:
    found = outcome_of(rules)["transaction_indexed"]
    assert found == {f"filtered({reason})" if reason else "accepted": 1}


def test_a_linear_decay_goes_from_one_value_to_the_other() -> None:
    """Half way from 0.12 to 0.02 is 0.07, which is less than the event's number."""
    around = {"start": "2023-11-14T22:13:10Z", "end": "2023-11-14T22:13:30Z"}
    linear = {"type": "linear", "decayedValue": 0.02}
    kept = outcome_of([rule(0.16, timeRange=around, decayingFn=linear)])
    fallen = outcome_of([rule(0.12, timeRange=around, decayingFn=linear)])
    assert kept["transaction_indexed"] == {"accepted": 1}
    assert fallen["transaction_indexed"] == {"filtered(Sampled:1000)": 1}
    no_end = outcome_of([rule(0, decayingFn=linear)])
    assert no_end["transaction_indexed"] == {"accepted": 1}


def test_without_a_trace_in_the_envelope_trace_rules_decide_nothing() -> None:
    found = outcome_of([rule(0, type="trace")], trace=False)
    assert found["transaction_indexed"] == {"accepted": 1}


def test_other_versions_of_rules_keep_everything() -> None:
    sampling = read_own_settings("42", {"sampling": {"version": 1, "rules": [rule(0)]}}).config
    assert sampling.sampling is not None
    assert sample_stage(sampling.sampling) is None
    assert sample_stage(Sampling()) is None


def test_a_rule_that_means_nothing_is_named() -> None:
    own = read_own_settings("42", {"sampling": {"rules": [rule(0, condition={"op": "x"})]}}).config
    assert own.sampling is not None
    with pytest.raises(ConfigError, match=r"sampling\.rules\[0\]\.condition\.op is 'x'"):
        sample_stage(own.sampling)
    with pytest.raises(ConfigError, match="has no time zone"):
        read_own_settings(
            "42", {"sampling": {"rules": [rule(0, timeRange={"end": "2023-11-14T00:00:00"})]}}
        )
