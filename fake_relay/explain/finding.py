"""What an explanation is made of.

May import: msgspec.
"""

from __future__ import annotations

from typing import Any, Literal

import msgspec

Kind = Literal[
    "stored",
    "invalid",
    "filtered",
    "rate_limited",
    "abuse",
    "refused",
    "faulted",
    "discarded",
    "evicted",
    "never_seen",
]
"""What became of it; `discarded` is what the SDK says that it threw away itself."""


MAX_SHOWN = 5
"""Examples that a finding names."""


def number_of(number: int, noun: str) -> str:
    """`1 refused request`, `2 refused requests`."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def answered(status: int) -> str:
    """`status 403`; a fault on purpose may have left a request without an answer."""
    return f"status {status}" if status else "no answer"


class Evidence(msgspec.Struct, frozen=True, omit_defaults=True):
    """Where a finding can be looked up, by ids, the newest first; and what the ledger counts."""

    items: tuple[int, ...] = ()
    envelopes: tuple[int, ...] = ()
    refused: tuple[int, ...] = ()
    project: str = ""
    category: str = ""
    reason: str = ""
    quantity: int = 0


class Finding(msgspec.Struct, frozen=True):
    """One thing that is known: a sentence, where it can be looked up, and what to do next.

    `certain` tells that it is about the event that was asked for; others may concern it.
    """

    kind: Kind
    sentence: str
    evidence: Evidence = Evidence()
    advice: str = ""
    certain: bool = True


class Explanation(msgspec.Struct, frozen=True):
    """Findings, the weightiest first.

    `missing` tells that the event was not kept; without an event, that something was not.
    """

    missing: bool
    headline: str
    findings: tuple[Finding, ...]
    event_id: str = ""
    project: str = ""
    since: float | None = None

    def to_json(self) -> dict[str, Any]:
        """The same as JSON."""
        found: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(self))
        return found

    def __str__(self) -> str:
        return self.text

    @property
    def text(self) -> str:
        """The headline and the findings as plain lines."""
        lines = [self.headline]
        for finding in self.findings:
            lines.append(f"- {finding.sentence}")
            lines += [f"  {finding.advice}"] if finding.advice else []
        return "\n".join(lines)
