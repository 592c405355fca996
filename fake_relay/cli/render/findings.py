"""What is wrong with items: a mark in lists, lines below an item.

May import: records, cli.render, rich.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from rich.text import Text

from fake_relay.records import Finding, Severity
from fake_relay.shown.text import safe

STYLES: Final[dict[Severity, str]] = {"error": "bold red", "warning": "yellow", "info": "cyan"}


def finding_mark(findings: Sequence[Finding]) -> Text:
    """How many findings an item has, in the colour of the gravest; nothing for a clean one."""
    if not findings:
        return Text()
    noun = "finding" if len(findings) == 1 else "findings"
    return Text(f"  {len(findings)} {noun}", STYLES[findings[0].severity])


def finding_line(finding: Finding, *, item: bool = False) -> Text:
    """One finding on one line; with `item`, the number of its item too."""
    line = Text(f"{finding.severity:<7}", STYLES[finding.severity])
    number = f" item {finding.item} " if item else ""
    line.append(f"{number} {safe(finding.path) or '-'}  ", "default")
    line.append(safe(finding.message))
    return line.append(safe(f"  [{finding.code}] {finding.detail}".rstrip()), "dim")
