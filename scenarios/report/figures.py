"""What pictures and summaries show of a run: the grid of leaks, rates, ledgers, time lines.

Rule: numbers and texts only; how they look is the business of the form. Facts of a run that was
read from a file may be incomplete, and what is missing of them is left out.
May import: result.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from scenarios.result import Finding, Result, Run

PLACES = (
    "event",
    "transaction",
    "span",
    "log",
    "trace_metric",
    "session",
    "sessions",
    "check_in",
    "profile",
    "replay_recording",
    "feedback",
    "attachment",
    "attachment header",
    "envelope header",
    "outgoing",
)
"""The order of columns; others follow in the order of their names."""

RECEIVED = ("accepted", "filtered", "rate_limited", "invalid", "abuse")
"""The relay's outcomes, in the order in which they are stacked."""


@dataclass(frozen=True)
class Grid:
    """Surfaces by places: how many values leaked there; `clean` surfaces leaked nowhere."""

    columns: list[str] = field(default_factory=list)
    rows: list[tuple[str, list[int], str]] = field(default_factory=list)
    clean: list[str] = field(default_factory=list)
    planted: int = 0


@dataclass(frozen=True)
class Rate:
    """A sampling verdict of a scenario."""

    scenario: str
    category: str
    rate: float
    kept: int
    total: int
    low: float
    high: float
    confidence: float
    holds: bool
    recomputed: int = 0
    wrong_in_all: int = 0
    finds: float | None = None

    @property
    def share(self) -> float:
        """What was kept of all."""
        return self.kept / self.total if self.total else 0.0

    @property
    def words(self) -> str:
        """The numbers in one line."""
        return (
            f"{self.kept} of {self.total} kept ({self.share:.2%}), promised {self.rate:.2%};"
            f" at {self.confidence:.4g} confidence the rate lies from {self.low:.2%}"
            f" to {self.high:.2%}"
        )


@dataclass(frozen=True)
class Bar:
    """A data category of one scenario or of all: parts of what was generated, by their name."""

    title: str
    generated: int
    parts: list[tuple[str, str, int]]
    missing: int

    @property
    def words(self) -> str:
        """The numbers in one line."""
        listed = ", ".join(f"{name} {amount}" for _, name, amount in self.parts)
        return f"{self.generated} generated: {listed or 'nothing arrived'}"


def leaks(run: Run) -> list[tuple[Result, Finding]]:
    """Every leak with its scenario, in the order of the run."""
    return [
        (result, finding)
        for result in run.results
        for finding in result.findings
        if is_leak(finding)
    ]


def is_leak(finding: Finding) -> bool:
    """Whether it says where a value left."""
    return finding.kind == "leak" and bool(finding.item_type)


def grid(run: Run) -> Grid:
    """The grid of all scenarios that looked for leaks; empty where none did."""
    cells: Counter[tuple[str, str]] = Counter()
    settings: dict[str, str] = {}
    for _, finding in leaks(run):
        surface = finding.surface or "values that were named"
        cells[surface, finding.item_type] += 1
        settings.setdefault(surface, finding.setting)
    planted: Counter[str] = Counter()
    for _, fact in facts(run, "leaks"):
        planted.update({str(k): int(v) for k, v in fact.get("planted", {}).items() if k})
    places = {place for _, place in cells}
    columns = [place for place in PLACES if place in places] + sorted(places - set(PLACES))
    leaky = sorted({surface for surface, _ in cells})
    return Grid(
        columns=columns,
        rows=[(name, [cells[name, c] for c in columns], settings[name]) for name in leaky],
        clean=sorted(planted.keys() - set(leaky)),
        planted=sum(planted.values()),
    )


def rates(run: Run) -> list[Rate]:
    """The sampling verdicts, those that do not hold first."""
    names = Rate.__dataclass_fields__.keys() - {"scenario"}
    found = [
        Rate(scenario=result.id, **{name: fact[name] for name in names if name in fact})
        for result, fact in facts(run, "sampling")
        if {"rate", "kept", "total", "low", "high"} <= fact.keys()
    ]
    return sorted(found, key=lambda rate: rate.holds)


def bars(run: Run) -> list[Bar]:
    """A bar for each data category of all scenarios together, then of each that has a gap."""
    totals: dict[str, list[Mapping[str, Any]]] = {}
    gaps: list[Bar] = []
    for result, fact in facts(run, "ledgers"):
        for row in fact.get("rows", ()):
            totals.setdefault(str(row["category"]), []).append(row)
            if row["missing"]:
                gaps.append(_bar(f"{row['category']} in {result.id}", [row]))
    return [_bar(category, rows) for category, rows in sorted(totals.items())] + gaps


def _bar(title: str, rows: list[Mapping[str, Any]]) -> Bar:
    received: Counter[str] = Counter()
    lost: Counter[str] = Counter()
    for row in rows:
        received.update(row["received"])
        lost.update(row["lost"])
    missing = sum(row["missing"] for row in rows)
    order = [*RECEIVED, *sorted(received.keys() - set(RECEIVED))]
    parts = [("received", name, received[name]) for name in order if received[name]]
    parts += [("lost", f"lost: {name}", n) for name, n in sorted(lost.items()) if n]
    if missing > 0:
        parts.append(("missing", "without a trace", missing))
    return Bar(title, sum(row["generated"] for row in rows), parts, missing)


def facts(run: Run, name: str) -> Iterator[tuple[Result, Mapping[str, Any]]]:
    """What a check measured, scenario by scenario."""
    for result in run.results:
        for fact in result.facts.get(name, ()):
            if isinstance(fact, Mapping):
                yield result, fact
