"""A run as one page: no script, no other host, light and dark, wide and narrow.

Rule: everything is escaped by the template's engine, and the page's own policy forbids scripts
and requests; a value of a process under test is text wherever it stands.
May import: result, report.figures, report.terminal; jinja2.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template

from scenarios.report import figures
from scenarios.report.terminal import STYLES
from scenarios.result import Finding, Moment, Result, Run, worst_first

MOST = 200
"""Findings of one scenario that are shown; the JSON has all."""

LANES = {"child": 12, "relay": 32}
"""The height at which the moments of a time line stand."""


@dataclass(frozen=True)
class Mark:
    """Something at a place of a picture, in percent of its width."""

    x: float
    width: float
    text: str
    kind: str


def text(run: Run) -> str:
    """The run as HTML."""
    counts = run.counts()
    return _template().render(
        run=run,
        title="passed" if not (run.failed or run.interrupted) else "failed",
        counts=[(status, counts[status]) for status in STYLES if counts[status]],
        signs={status: sign for status, (sign, _) in STYLES.items()},
        when=_when(run),
        grid=figures.grid(run),
        rates=[(rate, _interval(rate)) for rate in figures.rates(run)],
        bars=[(bar, _stacked(bar)) for bar in figures.bars(run)],
        failures=list(_failures(run)),
        results=[_shown(result) for result in worst_first(run.results)],
        durations=_durations(run),
    )


@cache
def _template() -> Template:
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("page.html.j2")


def _failures(run: Run) -> Iterator[dict[str, Any]]:
    """What is bad, each with its first finding's cause; the place is that in the list below."""
    for place, result in enumerate(worst_first(run.results), 1):
        if result.bad:
            wrong = [finding for finding in result.findings if not finding.known]
            first = wrong[0] if wrong else Finding(kind="", text=result.reason or result.status)
            yield {
                "place": place,
                "id": result.id,
                "title": result.title,
                "cause": first.cause or first.text.partition("\n")[0],
                "setting": first.setting,
                "more": max(len(wrong) - 1, 0),
            }


def _when(run: Run) -> str:
    if not run.started:
        return ""
    return datetime.fromtimestamp(run.started, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")


def _interval(rate: figures.Rate) -> dict[str, Any]:
    """A scale from 0 to a little above what is shown, and places on it in percent."""
    most = min(1.0, max(rate.high, rate.rate, 0.01) * 1.2)
    return {
        "low": _percent(rate.low, most),
        "width": _percent(rate.high - rate.low, most),
        "rate": _percent(rate.rate, most),
        "share": _percent(rate.share, most),
        "ticks": [(_percent(most * part / 4, most), f"{most * part / 4:.1%}") for part in range(5)],
    }


def _percent(value: float, most: float) -> float:
    return round(max(0.0, min(100.0, 100 * value / most)), 3) if most else 0.0


def _stacked(bar: figures.Bar) -> list[Mark]:
    whole = max(bar.generated, sum(amount for *_, amount in bar.parts))
    marks, at = [], 0.0
    for kind, name, amount in bar.parts:
        width = _percent(amount, whole)
        marks.append(Mark(round(at, 3), width, f"{name}: {amount}", _color(kind, name)))
        at += width
    return marks


def _color(kind: str, name: str) -> str:
    return name.replace("_", "-") if kind == "received" and name in figures.RECEIVED else kind


def _shown(result: Result) -> dict[str, Any]:
    shown = result.findings[:MOST]
    return {
        "result": result,
        "leaks": [finding for finding in shown if figures.is_leak(finding)],
        "findings": [finding for finding in shown if not figures.is_leak(finding)],
        "open": result.bad,
        "line": _line(result.timeline),
        "until": f"{_end(result.timeline):.2f} s",
        "more": max(len(result.findings) - MOST, 0),
    }


def _end(timeline: tuple[Moment, ...]) -> float:
    return max((moment.at + moment.seconds for moment in timeline), default=0.0)


def _line(timeline: tuple[Moment, ...]) -> list[tuple[Mark, int]]:
    """The moments of a scenario on two lanes: what the child did, what reached the relay."""
    end = _end(timeline)
    return [
        (
            Mark(
                _percent(moment.at, end),
                max(_percent(moment.seconds, end), 0.4),
                f"{moment.at:.3f} s, {moment.where}: {moment.text}",
                moment.where,
            ),
            LANES[moment.where],
        )
        for moment in timeline
    ]


def _durations(run: Run) -> list[Mark]:
    """How long each scenario took, the longest first."""
    slowest = sorted(run.results, key=lambda result: -result.seconds)[:20]
    most = max((result.seconds for result in slowest), default=0.0)
    return [
        Mark(0, _percent(one.seconds, most), f"{one.id}: {one.seconds:.2f} s", one.status)
        for one in slowest
        if one.seconds
    ]
