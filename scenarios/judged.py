"""What a check answers: findings, and what it measured.

May import: result.
"""

from __future__ import annotations

from typing import Any

import msgspec

from scenarios.result import Finding


class Judged(msgspec.Struct, frozen=True):
    """The findings of one expectation, and its facts for the reports, by the check's name."""

    findings: tuple[Finding, ...] = ()
    facts: dict[str, Any] = {}

    @property
    def held(self) -> bool:
        """Whether nothing is wrong but what is known."""
        return all(finding.known for finding in self.findings)
