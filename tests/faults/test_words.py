"""Faults in words: what people write means an entry, and an entry reads like what they wrote."""

from __future__ import annotations

import pytest

from fake_relay.config.faults import Bucket, Effect, Fault, Latency, Match
from fake_relay.errors import ConfigError
from fake_relay.faults import fault_of, milliseconds, words_of
from fake_relay.faults.words import EXAMPLES


@pytest.mark.parametrize("text", [*EXAMPLES, "latency=250ms~50ms", "rate_limit=:30"])
def test_an_effect_reads_as_it_was_written(text: str) -> None:
    assert words_of(fault_of(text)) == text


@pytest.mark.parametrize(
    ("text", "effect"),
    [
        ("latency=2s", Effect(latency=Latency(ms=2000))),
        ("latency=0.5", Effect(latency=Latency(ms=500))),
        ("bad-json", Effect(bad_json=True)),
        (" status = 503 ", Effect(status=503)),
    ],
)
def test_units_dashes_and_spaces_are_understood(text: str, effect: Effect) -> None:
    assert fault_of(text).effect == effect


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "no effect; use one like status=503"),
        ("flood=1", "'flood=1' is no effect"),
        ("status=many", "'status=many' is no good status; write it like 'status=503'"),
        ("status=42", "effect.status"),
        ("garbage=yes", "no good garbage"),
        ("quota=transaction", "no good quota"),
        ("rate_limit=error:soon", "no good rate_limit"),
        ("latency=soon", "'soon' is no length of time"),
        ("truncate=-1", "effect.truncate.bytes"),
        ("reset=later", "effect.reset"),
        ("hang=2h", "effect.hang.seconds"),
    ],
)
def test_a_mistake_comes_with_what_to_write(text: str, words: str) -> None:
    with pytest.raises(ConfigError) as caught:
        fault_of(text)
    assert words in str(caught.value)


def test_an_entry_says_whom_it_hits_and_how_often() -> None:
    fault = Fault(
        effect=Effect(garbage=True),
        project="42",
        match=Match(door="envelope", categories=("error", "transaction"), q="level:error"),
        times=3,
        probability=0.5,
        seed=7,
        bucket=Bucket(rate=10, burst=20),
    )
    assert words_of(fault) == (
        "garbage, in project 42, door envelope, categories error or transaction, q level:error,"
        " times 3, beyond 20 at once and 10 a second, with probability 0.5 (seed 7)"
    )


@pytest.mark.parametrize(
    ("time", "expected"), [("250ms", 250), ("2s", 2000), ("1m", 60_000), (0.25, 250), ("3", 3000)]
)
def test_times_are_seconds_unless_they_say_otherwise(time: str | float, expected: float) -> None:
    assert milliseconds(time) == expected


@pytest.mark.parametrize("time", ["", "soon", "-1s", -1, float("nan"), float("inf")])
def test_what_is_no_length_of_time_is_refused(time: str | float) -> None:
    with pytest.raises(ConfigError, match="length of time"):
        milliseconds(time)
