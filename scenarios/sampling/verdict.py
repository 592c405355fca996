"""Whether what was kept is what a rate promises: by its number, and decision by decision.

Rule: pure; of configurations that keep their promise, no more than 1 - confidence are accused.
What was not proven is said: how large a difference the number alone would have shown.
May import: sampling.interval, sampling.decisions.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from scenarios.sampling.decisions import Decision, Parent, Wrong, expected_rand, wrong
from scenarios.sampling.interval import Interval, fits, interval, power

CONFIDENCE = 0.999
SHOWN = 5
"""Wrong decisions that are named; the rest are counted."""

FOR_THE_GAP = 0.01
"""The part of the allowed false alarms that the look at the highest kept number may use."""

SURE = 0.9
"""What a difference needs to be called one that would have been found."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """A rate, what was kept of how many, and whether both agree.

    `recomputed` counts the decisions that could be made again.
    """

    rate: float
    total: int
    kept: int
    confidence: float
    wrong: tuple[Wrong, ...] = ()
    objections: tuple[str, ...] = ()
    recomputed: int = 0

    @property
    def holds(self) -> bool:
        """Whether nothing speaks against the rate."""
        return not self.wrong and not self.objections

    @property
    def interval(self) -> Interval | None:
        """The rates that the number fits, None when nothing was generated."""
        return interval(self.kept, self.total, self.confidence) if self.total else None

    @property
    def finds(self) -> float | None:
        """The smallest relative difference that the number alone shows, as `finds()`."""
        return finds(self.total, self.rate, self.confidence)

    def __str__(self) -> str:
        return "\n".join((self._first_line(), *(f"  {line}" for line in self._objected())))

    def _first_line(self) -> str:
        word = "holds" if self.holds else "does not hold"
        if not self.total:
            return f"the rate {self.rate:g} cannot be judged: nothing was generated"
        return (
            f"the rate {self.rate:g} {word}: {self.kept} of {self.total} kept"
            f" ({self.kept / self.total:.4f}), which fits rates from {self.interval} at"
            f" {self.confidence:.4%} confidence; {self._strength()}"
        )

    def _strength(self) -> str:
        least = self.finds
        finds = "no difference" if least is None else f"differences from {least:.0%} on"
        again = f"{self.recomputed} decisions were recomputed"
        return f"by number alone it would show {finds}; {again}"

    def _objected(self) -> Iterable[str]:
        yield from self.objections
        yield from map(str, self.wrong[:SHOWN])
        if len(self.wrong) > SHOWN:
            yield f"and {len(self.wrong) - SHOWN} more wrong decisions"


def judge_decisions(
    decisions: Iterable[Decision],
    rate: float | None,
    *,
    total: int | None = None,
    confidence: float = CONFIDENCE,
    parent: Parent = "follow",
    discarded: Mapping[str, int] | None = None,
) -> Verdict:
    """Judge decisions against a promised rate; None promises that tracing is off.

    `total` is how many were generated, where more were than have a decision here. `discarded` are
    the SDK's reports for the same category, by reason; without them they are not compared.
    """
    found = list(decisions)
    generated = max(total or 0, len(found))
    kept = sum(decision.kept for decision in found)
    free = [one for one in found if one.argument is None and not _decided_by_parent(one, parent)]
    chance = generated - (len(found) - len(free))
    objections = [
        *_by_number(sum(one.kept for one in free), chance, rate or 0.0, confidence),
        *_by_gap(free, chance, rate or 0.0, confidence),
        *_by_reports(generated - kept, discarded),
    ]
    return Verdict(
        rate=rate or 0.0,
        total=generated,
        kept=kept,
        confidence=confidence,
        wrong=tuple(wrong(found, rate, parent)),
        objections=tuple(objections) if generated else ("nothing was generated",),
        recomputed=sum(expected_rand(one) is not None for one in found),
    )


def judge_number(kept: int, total: int, rate: float, confidence: float = CONFIDENCE) -> Verdict:
    """Judge what has no trace id, such as errors: by its number alone (D-01)."""
    return Verdict(
        rate=rate,
        total=total,
        kept=kept,
        confidence=confidence,
        objections=tuple(_by_number(kept, total, rate, confidence))
        if total
        else ("nothing was generated",),
    )


def finds(total: int, rate: float, confidence: float) -> float | None:
    """The smallest relative difference that a number of decisions shows in nine of ten runs."""
    if not total or not 0 < rate < 1:
        return None
    for percent in (1, 2, 3, 5, 7, 10, 15, 20, 30, 50, 75, 100):
        others = (rate * (1 + percent / 100), rate * (1 - percent / 100))
        if all(power(total, rate, min(other, 1.0), confidence) >= SURE for other in others):
            return percent / 100
    return None


def _decided_by_parent(decision: Decision, parent: Parent) -> bool:
    return parent == "follow" and decision.parent is not None


def _by_number(kept: int, total: int, rate: float, confidence: float) -> Iterable[str]:
    if total < 1:
        return
    # The gap below may accuse as well, and both together no oftener than was said.
    stricter = 1 - (1 - confidence) * (1 - FOR_THE_GAP)
    if not fits(kept, total, rate, stricter):
        found = interval(kept, total, stricter)
        yield (
            f"{kept} of {total} were kept, which fits rates from {found}: the rate {rate:g} is"
            f" too {'high' if rate > found.high else 'low'} for that"
        )


def _by_gap(decisions: list[Decision], total: int, rate: float, confidence: float) -> Iterable[str]:
    """Nothing of what was kept is near the rate, which tells a lower one."""
    rands = [one.rand for one in decisions if one.kept and one.rand is not None and not one.parent]
    if not rands or (highest := max(rands)) >= rate:
        return
    chance: float = (1 - (rate - highest)) ** total
    if chance < (1 - confidence) * FOR_THE_GAP:
        yield (
            f"no kept decision has a sample_rand from {highest:.6f} to the rate {rate:g}, which"
            f" happens by chance once in {1 / max(chance, 1e-300):.0g} runs: is the rate lower?"
        )


def _by_reports(missing: int, discarded: Mapping[str, int] | None) -> Iterable[str]:
    if discarded is None:
        return
    reported = sum(discarded.values())
    if reported != missing:
        reasons = ", ".join(f"{reason} {amount}" for reason, amount in sorted(discarded.items()))
        yield (
            f"{missing} were not kept, but the SDK reports {reported} as discarded"
            f" ({reasons or 'nothing'}): generated is not received and discarded"
        )
