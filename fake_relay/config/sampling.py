"""Dynamic sampling on the server: rules by which transactions are kept (PROTOCOL.md 11.4).

May import: config.setting.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal

from fake_relay.config.setting import setting

VERSION: Final = 2
"""The only version of rules that Relay evaluates."""


@dataclass(frozen=True, slots=True)
class SamplingValue:
    """What a rule says of the rate."""

    type: Literal["sampleRate", "factor", "minimumSampleRate"] = setting(
        "sampleRate", "`sampleRate` decides, `factor` multiplies, `minimumSampleRate` lifts"
    )
    value: float = setting(1.0, "a rate from 0 to 1, or a factor")


@dataclass(frozen=True, slots=True)
class TimeRange:
    """When a rule holds; an end that is not named is open."""

    start: datetime | None = setting(None, "from then on")
    end: datetime | None = setting(None, "until then, exclusively")

    def __post_init__(self) -> None:
        """Refuse times without a zone; raises ValueError."""
        for moment in (self.start, self.end):
            if moment is not None and moment.tzinfo is None:
                raise ValueError(f"{moment.isoformat()!r} has no time zone; append 'Z' for UTC")


@dataclass(frozen=True, slots=True)
class Decay:
    """How a rule's value changes over its time range."""

    type: Literal["constant", "linear"] = setting("constant", "`linear` goes to `decayed_value`")
    decayed_value: float | None = setting(None, "the value at the end of the time range")


@dataclass(frozen=True, slots=True)
class SamplingRule:
    """One rule; the first that has a rate decides."""

    id: int = setting(0, "its number, from which the outcome's reason follows")
    type: Literal["trace", "transaction", "project"] = setting(
        "trace", "whether it judges the trace's context or the transaction itself"
    )
    condition: dict[str, Any] | None = setting(None, "a condition; without one it always holds")
    sampling_value: SamplingValue = setting(SamplingValue(), "what it says of the rate")
    time_range: TimeRange = setting(TimeRange(), "when it holds")
    decaying_fn: Decay = setting(Decay(), "how its value changes")


@dataclass(frozen=True, slots=True)
class Sampling:
    """The rules of a project; none keep everything, and so does a version that is not 2."""

    version: int = setting(VERSION, "the version of the rules; others than 2 are not evaluated")
    rules: tuple[SamplingRule, ...] = setting((), "the rules in their order")
