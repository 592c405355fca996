"""A run for a terminal: a table, then each failure with its cause and what would mend it.

May import: result; rich, fake_relay.shown.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from rich.console import Console
from rich.table import Table
from rich.text import Text

from fake_relay.shown.text import safe
from scenarios.result import Finding, Result, Run, Status, worst_first

STYLES: dict[Status, tuple[str, str]] = {
    "passed": ("✓", "green"),
    "failed": ("✗", "red"),
    "error": ("!", "red"),
    "timed out": ("⧖", "red"),
    "known": ("≈", "yellow"),
    "skipped": ("-", "dim"),
    "planned": ("…", "dim"),
}


def show(run: Run, console: Console, *, verbose: bool = False) -> None:
    """Print a run; all findings with `verbose`, else those of what is bad."""
    console.print(table(run.results))
    for result in run.results:
        if result.bad or (verbose and (result.findings or result.reason)):
            console.print(Text(text(result), style=""), soft_wrap=True)
    console.print(Text(summary(run)), soft_wrap=True)


def table(results: Iterable[Result]) -> Table:
    """A line for each scenario, failures last, where the eye is."""
    made = Table(box=None, pad_edge=False, header_style="bold")
    for name in ("", "scenario", "what", "arrived", "s"):
        made.add_column(
            name, justify="right" if name == "s" else "left", no_wrap=name == "scenario"
        )
    for result in reversed(worst_first(results)):
        sign, style = STYLES[result.status]
        made.add_row(
            Text(sign, style=style),
            Text(safe(result.id), style=style),
            Text(safe(result.title)),
            Text(_arrived(result)),
            Text(f"{result.seconds:.2f}" if result.seconds else ""),
        )
    return made


def _arrived(result: Result) -> str:
    if result.status in ("skipped", "planned", "known"):
        return f"{result.status}: {safe(result.reason)}"
    kinds = [f"{n} {safe(kind)}" for kind, n in sorted(result.arrived.items())]
    # A gap of the SDK that is explained fails nothing, and is not passed over in silence.
    gaps = sum(finding.known for finding in result.findings)
    return (", ".join(kinds) or "nothing") + (f" ({gaps} known gaps, -v)" if gaps else "")


def text(result: Result) -> str:
    """One scenario in full: what is wrong, why, what would mend it, how it ended."""
    return "\n".join(_lines(result))


def _lines(result: Result) -> Iterator[str]:
    title = f" {safe(result.title)}" if result.title else ""
    yield f"\n{STYLES[result.status][0]} {safe(result.id)}{title}: {result.status}"
    if result.reason and not any(result.reason in finding.text for finding in result.findings):
        yield f"  {safe(result.reason)}"
    for finding in result.findings:
        yield from _finding(finding)
    ending = result.ending
    if ending is not None and result.bad and ending.output.strip():
        yield f"  the process {ending.describe()}; the end of its output:"
        yield from (f"    {safe(line)}" for line in ending.output.strip().splitlines()[-15:])


def _finding(finding: Finding) -> Iterator[str]:
    known = " (known)" if finding.known else ""
    first, *rest = finding.text.splitlines() or [""]
    yield f"  {finding.kind}{known}: {safe(first)}"
    yield from (f"    {safe(line)}" for line in rest)
    if finding.cause:
        yield f"    cause: {safe(finding.cause)}"
    if finding.setting:
        yield f"    to mend it: {safe(finding.setting)}"
    for line in str(finding.data.get("traceback", "")).splitlines():
        yield f"    {safe(line)}"


def summary(run: Run) -> str:
    """The last line: how many of each, against what, in what time."""
    counts = run.counts()
    listed = [f"{counts[status]} {status}" for status in STYLES if counts[status]]
    versions = ", ".join(f"{name} {version}" for name, version in run.versions.items())
    cut = "interrupted; " if run.interrupted else ""
    told = f"{cut}{', '.join(listed) or 'nothing ran'}, in {run.seconds:.1f} s"
    bugs = [f"\nthe relay itself failed: {safe(error)}" for error in run.relay_errors]
    return f"\n{told} (setup {safe(run.target)}; {versions})" + "".join(bugs)
