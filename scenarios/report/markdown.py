"""A run as Markdown, for the page of a CI job.

Rule: what came from a process under test is escaped, so that it is text in every dialect; the
page of a job is short, so that what is many is cut and counted.
May import: result, report.figures, report.terminal.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from scenarios.report import figures
from scenarios.report.terminal import STYLES
from scenarios.result import Finding, Result, Run, worst_first

MOST = 20
"""Surfaces of the grid that are listed."""

FINDINGS = 5
"""Findings of one scenario that are listed; the grid has all leaks."""

LONG = 400
"""Characters of a text that are shown."""

_SPECIAL = re.compile(r"[\\`*_{}\[\]()#+!|~$]")
_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;", "@": "&#64;", "://": "&#58;//"}
"""What begins markup, a mention or a link that nobody wrote; by its entity."""
_MARKUP = re.compile("|".join(_ENTITIES))

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]+")


def text(run: Run) -> str:
    """The summary of a run."""
    return "\n".join(_lines(run)) + "\n"


def plain(value: object) -> str:
    """A text as Markdown that shows it and does nothing else."""
    told = _CONTROL.sub(" ", str(value))
    told = told if len(told) <= LONG else f"{told[:LONG]}…"
    told = _SPECIAL.sub(lambda match: f"\\{match.group()}", told)
    return _MARKUP.sub(lambda match: _ENTITIES[match.group()], told)


def _lines(run: Run) -> Iterator[str]:
    counts = run.counts()
    listed = ", ".join(f"{counts[status]} {status}" for status in STYLES if counts[status])
    versions = ", ".join(f"{name} {version}" for name, version in run.versions.items())
    yield f"## Scenarios: {'failed' if run.failed or run.interrupted else 'passed'}"
    yield ""
    yield f"{listed or 'Nothing ran'}, in {run.seconds:.1f} s. Setup {plain(run.target)}."
    if versions:
        yield f"Versions: {plain(versions)}."
    if run.interrupted:
        yield "The run was interrupted."
    yield from (f"The relay itself failed: {plain(error)}" for error in run.relay_errors)
    yield from _failures([result for result in worst_first(run.results) if result.bad])
    yield from _grid(figures.grid(run))
    yield from _rates(figures.rates(run))
    yield from _bars(figures.bars(run))
    yield from _all(run.results)


def _failures(results: Sequence[Result]) -> Iterator[str]:
    for result in results:
        yield from ("", f"### {STYLES[result.status][0]} {plain(result.id)} {plain(result.title)}")
        yield ""
        if result.reason:
            yield f"{plain(result.status)}: {plain(result.reason)}"
            yield ""
        yield from (_finding(finding) for finding in result.findings[:FINDINGS])
        if len(result.findings) > FINDINGS:
            yield f"- and {len(result.findings) - FINDINGS} more findings"


def _finding(finding: Finding) -> str:
    parts = [f"- **{plain(finding.kind)}**{' (known)' if finding.known else ''}"]
    parts.append(plain(finding.text.splitlines()[0] if finding.text else ""))
    if finding.cause:
        parts.append(f"<br>cause: {plain(finding.cause)}")
    if finding.setting:
        parts.append(f"<br>to mend it: {plain(finding.setting)}")
    return " ".join(parts)


def _grid(grid: figures.Grid) -> Iterator[str]:
    if not grid.rows and not grid.planted:
        return
    yield from ("", "### What leaked where", "")
    if not grid.rows:
        yield f"Nothing of {grid.planted} canaries left {len(grid.clean)} surfaces."
        return
    shown = [(surface, *(str(n or "") for n in cells)) for surface, cells, _ in grid.rows[:MOST]]
    yield from _table(("surface", *grid.columns), shown)
    yield ""
    more = len(grid.rows) - MOST
    if more > 0:
        yield f"And {more} more surfaces."
    yield f"{len(grid.clean)} surfaces are clean."


def _rates(rates: Sequence[figures.Rate]) -> Iterator[str]:
    if not rates:
        return
    yield from ("", "### Sampling", "")
    rows = [
        (
            rate.scenario,
            rate.category,
            f"{rate.rate:g}",
            f"{rate.kept} of {rate.total}",
            f"{rate.low:.4f} to {rate.high:.4f}",
            "holds" if rate.holds else "does not hold",
        )
        for rate in rates
    ]
    yield from _table(("scenario", "category", "rate", "kept", "interval", "verdict"), rows)


def _bars(bars: Sequence[figures.Bar]) -> Iterator[str]:
    if not bars:
        return
    yield from ("", "### Ledgers", "")
    rows = [(bar.title, str(bar.generated), bar.words.partition(": ")[2]) for bar in bars]
    yield from _table(("category", "generated", "what became of it"), rows)


def _all(results: Iterable[Result]) -> Iterator[str]:
    yield from ("", "<details><summary>All scenarios</summary>", "")
    rows = [
        (STYLES[one.status][0], one.id, one.title, one.status, f"{one.seconds:.2f}")
        for one in worst_first(results)
    ]
    yield from _table(("", "scenario", "what", "status", "s"), rows)
    yield from ("", "</details>")


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    yield f"| {' | '.join(map(plain, head))} |"
    yield f"|{'---|' * len(head)}"
    yield from (f"| {' | '.join(map(plain, row))} |" for row in rows)
