"""How grave findings are, and in which order they are told.

May import: records.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from fake_relay.records import Finding, Severity

SEVERITIES: Final[tuple[Severity, ...]] = ("error", "warning", "info")
"""The gravest first: something is lost, something is changed, something is worth knowing."""


def worst(findings: Iterable[Finding]) -> list[Finding]:
    """The findings, the gravest first, then by item and path."""
    return sorted(
        findings,
        key=lambda found: (SEVERITIES.index(found.severity), found.item, found.path, found.code),
    )


__all__ = ["SEVERITIES", "Finding", "Severity", "worst"]
