"""A report as text, for a terminal and for the log of a CI run.

Rule: plain text of one width, colours only where they were asked for; what is printed was made
without secrets before.
May import: findings.
"""

from __future__ import annotations

import os
import sys
import textwrap
from typing import TextIO

from sdk_config.checks.findings import Finding, Report
from sdk_config.errors import Level

WIDTH = 88
LEVELS: tuple[Level, ...] = ("error", "warning", "info")
_COLOURS = {"error": "31", "warning": "33", "info": "36", "pass": "32", "fail": "31"}
_BOXES = {"pass": "[x]", "fail": "[ ]", "manual": "[?]"}


def wants_colour(stream: TextIO | None = None) -> bool:
    """Whether the stream is a terminal that shows colours."""
    out = sys.stdout if stream is None else stream
    return out.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def report_text(report: Report, *, verbose: bool = False, colour: bool = False) -> str:
    """The whole report; `verbose` adds the facts, and findings that only inform."""
    lines = [f"sdk-config check: {report.environment} ({', '.join(report.types)})", ""]
    shown = [one for one in report.findings if verbose or one.level != "info"]
    for found in shown:
        lines += [*_finding(found, colour), ""]
    if report.items:
        lines += [_item(item.text, item.state, colour) for item in report.items] + [""]
    if verbose:
        lines += ["looked at:", *(f"  {fact}" for fact in report.facts), ""]
    return "\n".join([*lines, _summary(report, verbose)])


def _finding(found: Finding, colour: bool) -> list[str]:
    head = f"{_painted(f'{found.level:<7}', found.level, colour)}  {found.rule}"
    where = f"  {found.where}" if found.where else ""
    body = textwrap.wrap(found.text, WIDTH - 9, break_long_words=False, break_on_hyphens=False)
    return [head + where, *(f"         {line}" for line in body)]


def _item(text: str, state: str, colour: bool) -> str:
    rest = " (look yourself)" if state == "manual" else ""
    return f"{_painted(_BOXES[state], state, colour)} {text}{rest}"


def _summary(report: Report, verbose: bool) -> str:
    counts = [
        f"{number} {level}{'s' if number != 1 and level != 'info' else ''}"
        for level in LEVELS
        if (number := report.count(level))
    ]
    if not counts:
        return "nothing found: ok"
    hidden = "" if verbose or not report.count("info") else " (-v shows what only informs)"
    return f"{', '.join(counts)}{hidden}: {'ok' if report.ok else 'not ok'}"


def _painted(text: str, kind: str, colour: bool) -> str:
    code = _COLOURS.get(kind)
    return f"\x1b[{code}m{text}\x1b[0m" if colour and code else text
