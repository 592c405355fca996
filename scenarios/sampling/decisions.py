"""Each sampling decision once more: from the trace id, the parent's flag and the rate.

Rule: pure; written from the protocol (PROTOCOL.md, dynamic sampling context; SDK_CONFIG.md 4.1),
not with the SDK's code, so that what is judged is not what judges.
May import: the standard library.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from random import Random
from typing import Any, Literal

Parent = Literal["follow", "ignore"]

STEPS = 1_000_000
"""A `sample_rand` has six decimals."""

CLOSE = 1e-9


@dataclass(frozen=True, slots=True)
class Decision:
    """A trace that began or went on here, what came with it, and what became of it.

    `parent` is the flag that came in, `incoming_rand` and `incoming_rate` what the baggage said;
    `argument` is the `sampled=` that the application gave. `rand`, `rate` and `sampled` are what
    the SDK wrote into the dynamic sampling context of what it sent; None where it said nothing.
    `drawn` is whether the SDK draws from the trace's id; versions before 2.24 draw by chance.
    """

    trace_id: str
    kept: bool
    span_id: str = ""
    name: str = ""
    item: int = 0
    continued: bool = False
    parent: bool | None = None
    incoming_rand: float | None = None
    incoming_rate: float | None = None
    argument: bool | None = None
    rand: float | None = None
    rate: float | None = None
    sampled: bool | None = None
    drawn: bool = True


@dataclass(frozen=True, slots=True)
class Wrong:
    """A decision that is not what it should have been, and why."""

    decision: Decision
    text: str

    def __str__(self) -> str:
        found = self.decision
        item = f", item {found.item}" if found.item else ""
        return f"{found.name or 'a trace'} ({found.trace_id}{item}): {self.text}"


def sample_rand(trace_id: str, low: float = 0.0, high: float = 1.0) -> float:
    """The number that a trace id stands for, in [low, high) (D-02, D-06)."""
    least, most = int(low * STEPS), int(high * STEPS)
    return Random(trace_id).randrange(least, max(most, least + 1)) / STEPS  # noqa: S311 - no secret


def expected_rand(decision: Decision) -> float | None:
    """The number that the decision was to be made with, or None where nothing tells it."""
    if not decision.drawn:
        return None
    incoming = decision.incoming_rand
    if incoming is not None and 0 <= incoming < 1:
        return incoming
    if decision.continued and decision.parent is None and decision.rand is not None:
        # Whoever began the trace has drawn; what it had is not in what was sent here.
        return decision.rand
    if decision.parent is None or decision.incoming_rate is None:
        return sample_rand(decision.trace_id)
    rate = decision.incoming_rate
    low, high = (0.0, rate) if decision.parent else (rate, 1.0)
    return sample_rand(decision.trace_id, low, high) if low < high else None


def expected(decision: Decision, rate: float | None, parent: Parent = "follow") -> bool | None:
    """Whether it should have been kept: argument, parent, rate (D-04, D-05); None: who knows."""
    if decision.argument is not None:
        return decision.argument
    if rate is None:
        return False
    if parent == "follow" and decision.parent is not None:
        return decision.parent
    if (rand := expected_rand(decision)) is None:
        return None
    return rand < rate


def wrong(
    decisions: Iterable[Decision], rate: float | None, parent: Parent = "follow"
) -> list[Wrong]:
    """The decisions that do not follow from a rate; the first reason of each."""
    return [
        Wrong(decision, reason)
        for decision in decisions
        if (reason := next(_reasons(decision, rate, parent), None)) is not None
    ]


def _reasons(decision: Decision, rate: float | None, parent: Parent) -> Iterator[str]:
    yield from _reasons_of_what_was_written(decision, rate)
    should = expected(decision, rate, parent)
    if should is None or should is decision.kept:
        return
    became = "was kept" if decision.kept else "was dropped"
    yield f"{became}, although {_why(decision, should, rate, parent)}"


def _why(decision: Decision, should: bool, rate: float | None, parent: Parent) -> str:
    if decision.argument is not None:
        return f"it was begun with sampled={decision.argument}"
    if rate is None:
        return "tracing is off"
    if parent == "follow" and decision.parent is not None:
        return f"its parent was {'kept' if should else 'dropped'}; does a sampler ignore it?"
    below = "is below" if should else "is not below"
    return f"its sample_rand {expected_rand(decision):.6f} {below} the rate {rate:g}"


def _reasons_of_what_was_written(decision: Decision, rate: float | None) -> Iterator[str]:
    """Of the dynamic sampling context of a kept trace."""
    if decision.kept and decision.sampled is False:
        yield "was kept, but its dynamic sampling context says sampled=false"
    if decision.continued or decision.parent is not None or decision.incoming_rand is not None:
        return
    said = None if decision.argument is not None else decision.rate
    if said is not None and rate is not None and abs(said - rate) > CLOSE:
        yield f"was decided at the rate {said:g}, not at {rate:g}"
    known = decision.rand if decision.drawn else None
    if known is not None and abs(known - sample_rand(decision.trace_id)) > CLOSE:
        yield (
            f"has the sample_rand {known:.6f}, but its trace id stands for"
            f" {sample_rand(decision.trace_id):.6f}"
        )


def received(header: Mapping[str, Any], payload: Mapping[str, Any], item: int = 0) -> Decision:
    """The decision behind a transaction that arrived: its envelope's header and its payload."""
    contexts = payload.get("contexts")
    trace = contexts.get("trace") if isinstance(contexts, Mapping) else None
    trace = trace if isinstance(trace, Mapping) else {}
    said = header.get("trace")
    said = said if isinstance(said, Mapping) else {}
    return Decision(
        trace_id=str(trace.get("trace_id", "")),
        kept=True,
        span_id=str(trace.get("span_id", "")),
        name=str(payload.get("transaction", "")),
        item=item,
        continued=bool(trace.get("parent_span_id")),
        rand=number(said.get("sample_rand")),
        rate=number(said.get("sample_rate")),
        sampled=_flag(said.get("sampled")),
    )


def joined(made: Iterable[Decision], arrived: Iterable[Decision]) -> list[Decision]:
    """What was begun, by what arrived of it: each begun one is kept or dropped.

    What arrived and was not written down as begun is at the end.
    """
    left = {(found.trace_id, found.span_id): found for found in arrived}
    by_trace = {found.trace_id: found for found in left.values()}
    whole = []
    for decision in made:
        key = (decision.trace_id, decision.span_id)
        found = left.get(key) if decision.span_id else by_trace.get(decision.trace_id)
        if found is None:
            whole.append(replace(decision, kept=False))
            continue
        left.pop((found.trace_id, found.span_id), None)
        told = replace(decision, rand=found.rand, rate=found.rate, sampled=found.sampled)
        whole.append(replace(told, kept=True, item=found.item))
    return [*whole, *left.values()]


def number(value: object) -> float | None:
    """A number, or the text of one; None for anything else."""
    try:
        return float(value) if isinstance(value, str | int | float) else None
    except ValueError:
        return None


def _flag(value: object) -> bool | None:
    return value if isinstance(value, bool) else {"true": True, "false": False}.get(str(value))
