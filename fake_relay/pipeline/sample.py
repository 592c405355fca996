"""Dynamic sampling: which transactions Sentry would keep, by a project's rules (11.4).

Rule: errors are never sampled. The same id gives the same decision on every Relay, because
chance is a number that follows from it.
May import: records, config, protocol, pipeline.filters.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

import msgspec

from fake_relay.config.sampling import VERSION, Sampling, SamplingRule
from fake_relay.pipeline.filters.conditions import Condition, Lookup, compile_condition
from fake_relay.pipeline.filters.paths import lookup_in
from fake_relay.pipeline.filters.subject import Subject
from fake_relay.pipeline.stage import Context, Stage, Walked
from fake_relay.protocol.category import Category
from fake_relay.protocol.envelope import trace_id_of
from fake_relay.protocol.outcome import ACCEPTED, Fate, Outcome
from fake_relay.records import ReceivedItem

INDEXED: Final = frozenset({Category.TRANSACTION_INDEXED, Category.SPAN_INDEXED})

_MULTIPLIER: Final = 6364136223846793005
_MASK64: Final = 2**64 - 1
_MASK32: Final = 2**32 - 1


class Rule(NamedTuple):
    """A rule and its condition, compiled."""

    rule: SamplingRule
    holds: Condition


def sample_stage(sampling: Sampling) -> Stage | None:
    """The stage that samples by these rules; None when there is nothing to sample by.

    Raises `ConfigError` for a condition that means nothing.
    """
    if sampling.version != VERSION or not sampling.rules:
        return None
    rules = [_compiled(rule, place) for place, rule in enumerate(sampling.rules)]
    by_event = [found for found in rules if found.rule.type == "transaction"]
    by_trace = [found for found in rules if found.rule.type != "transaction"]

    def sample(received: ReceivedItem, context: Context) -> ReceivedItem | Walked:
        """Keep a transaction, or let what is stored of it fall; it has been counted already."""
        if received.item.type != "transaction":
            return received
        evaluation = Evaluation(lookup_in(Subject(received, context)), context.received_at)
        for rules, seed in ((by_event, _event_id(context)), (by_trace, _trace_id(context))):
            if seed and evaluation.decides(rules):
                return received if evaluation.keeps(seed) else _fallen(received, evaluation.reason)
        return received

    return sample


def _compiled(rule: SamplingRule, place: int) -> Rule:
    if rule.condition is None:
        return Rule(rule, lambda lookup: True)
    return Rule(rule, compile_condition(rule.condition, f"sampling.rules[{place}].condition"))


def _event_id(context: Context) -> str:
    return (context.envelope and context.envelope.event_id) or ""


def _trace_id(context: Context) -> str:
    return trace_id_of(context.envelope.header) if context.envelope else ""


def _fallen(received: ReceivedItem, reason: str) -> Walked:
    outcome = Outcome(Fate.FILTERED, reason)
    stored = tuple(found for found in received.quantities if found.category in INDEXED)
    counted = tuple(found for found in received.quantities if found.category not in INDEXED)
    refused = (*received.refused, (ACCEPTED, counted))
    return msgspec.structs.replace(received, quantities=stored, refused=refused), outcome


class Evaluation:
    """A walk through rules: factors multiply, the first minimum lifts, the first rate ends it."""

    def __init__(self, lookup: Lookup, now: float) -> None:
        self._lookup = lookup
        self._now = now
        self._factor = 1.0
        self._minimum: float | None = None
        self._matched: list[int] = []
        self._rate = 1.0

    def decides(self, rules: Sequence[Rule]) -> bool:
        """Whether one of the rules has a rate for this; what came before it still counts."""
        for rule, holds in rules:
            value = value_at(rule, self._now)
            if value is None or not holds(self._lookup):
                continue
            kind = rule.sampling_value.type
            if kind == "minimumSampleRate" and self._minimum is not None:
                continue
            self._matched.append(rule.id)
            if kind == "factor":
                self._factor *= value
            elif kind == "minimumSampleRate":
                self._minimum = value
            else:
                self._rate = max(self._minimum or 0.0, value) * self._factor
                return True
        return False

    def keeps(self, seed: str) -> bool:
        """Whether the rate keeps what this id names."""
        return self._rate >= 1 or (self._rate > 0 and chance(seed) < self._rate)

    @property
    def reason(self) -> str:
        """The outcome's reason: the kinds of the rules that matched."""
        kinds = sorted({_kind_of(rule_id) for rule_id in self._matched})
        return "Sampled:" + ",".join(map(str, kinds))


def value_at(rule: SamplingRule, now: float) -> float | None:
    """A rule's value at a time, in seconds since 1970; None when it does not hold then."""
    start = rule.time_range.start.timestamp() if rule.time_range.start else None
    end = rule.time_range.end.timestamp() if rule.time_range.end else None
    if (start is not None and now < start) or (end is not None and now >= end):
        return None
    value = rule.sampling_value.value
    decay = rule.decaying_fn
    if decay.type == "constant":
        return value
    # A decay without both ends, or upwards, is no rule at all.
    if start is None or end is None or decay.decayed_value is None or decay.decayed_value > value:
        return None
    return value + (decay.decayed_value - value) * (now - start) / (end - start)


def _kind_of(rule_id: int) -> int:
    """What the outcome says of a rule: its number, its range, or 0 for others (7.5)."""
    if 1000 <= rule_id <= 1005:
        return rule_id
    for first, last in ((1400, 1499), (1500, 1599), (3000, 4999)):
        if first <= rule_id <= last:
            return first
    return 0


def chance(seed: str) -> float:
    """The number in [0, 1) that follows from a UUID of 32 hex digits.

    PCG32 (XSH-RR) with the upper half as state and the lower as stream; 53 bits of two words.
    """
    number = int(seed, 16)
    increment = ((number & _MASK64) << 1 | 1) & _MASK64
    state = _step(((number >> 64) + increment) & _MASK64, increment)
    low, high = _word(state), _word(_step(state, increment))
    return float(((high << 32 | low) >> 11) * 2.0**-53)


def _step(state: int, increment: int) -> int:
    return (state * _MULTIPLIER + increment) & _MASK64


def _word(state: int) -> int:
    mixed = ((state >> 18 ^ state) >> 27) & _MASK32
    turn = state >> 59
    return (mixed >> turn | mixed << (-turn & 31)) & _MASK32
