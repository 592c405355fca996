"""One thing that is wrong with an item.

May import: msgspec.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, Literal

import msgspec

Severity = Literal["error", "warning", "info"]

SEVERITIES: Final[tuple[Severity, ...]] = ("error", "warning", "info")
"""The gravest first: something is lost, something is changed, something is worth knowing."""


class Finding(msgspec.Struct, frozen=True):
    """What is wrong: in which item, where, how grave, in words; never a value that was sent."""

    item: int
    path: str
    code: str
    severity: Severity
    message: str
    detail: str = ""


def worst(findings: Iterable[Finding]) -> list[Finding]:
    """The findings, the gravest first, then by item and path."""
    return sorted(
        findings,
        key=lambda found: (SEVERITIES.index(found.severity), found.item, found.path, found.code),
    )
