"""What a check found, as values: findings with a rule and a level, and the report of them all.

Rule: a finding's text never holds a secret, and a report's exit status follows from its findings.
May import: errors.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Literal

from sdk_config.errors import Level

CheckType = Literal["config", "connectivity", "security", "performance", "release", "checklist"]
State = Literal["pass", "fail", "manual"]

CHECK_TYPES: tuple[CheckType, ...] = (
    "config",
    "connectivity",
    "security",
    "performance",
    "release",
    "checklist",
)

OK, FINDINGS, USAGE, UNREACHABLE = 0, 1, 2, 3
"""Exit statuses: nothing of level error, something of it, a wrong call, nobody answered."""


@dataclass(frozen=True)
class Finding:
    """Something that a check found: a rule's name, how bad it is, and what to do.

    `where` is a file and line, or empty; `type` is the kind of check that it belongs to.
    """

    rule: str
    level: Level
    type: CheckType
    text: str
    where: str = ""

    @property
    def is_unreachable(self) -> bool:
        """Whether nobody answered, rather than answered with a refusal."""
        return self.rule == "CONNECT"

    def to_json(self) -> dict[str, Any]:
        """The finding for machines."""
        return {
            "rule": self.rule,
            "level": self.level,
            "type": self.type,
            "text": self.text,
            "where": self.where,
        }


@dataclass(frozen=True)
class Item:
    """A line of the checklist: what must be so, whether it is, or that a person must look."""

    text: str
    state: State


@dataclass(frozen=True)
class Report:
    """The answer of `check()`: findings, the worst first, and what was looked at.

    `facts` are what `-v` tells; `items` is the checklist, empty unless asked for.
    """

    environment: str
    types: tuple[CheckType, ...]
    findings: tuple[Finding, ...] = ()
    facts: tuple[str, ...] = ()
    items: tuple[Item, ...] = field(default=())

    @property
    def ok(self) -> bool:
        """Whether nothing of level error was found."""
        return self.exit_status == OK

    @property
    def exit_status(self) -> int:
        """0 ok, 1 a finding of level error, 3 only that nobody answered."""
        errors = [finding for finding in self.findings if finding.level == "error"]
        if not errors:
            return OK
        return UNREACHABLE if all(each.is_unreachable for each in errors) else FINDINGS

    def rules(self) -> set[str]:
        """The names of the rules that found something."""
        return {finding.rule for finding in self.findings}

    def count(self, level: Level) -> int:
        """How many findings have this level."""
        return sum(finding.level == level for finding in self.findings)

    def to_json(self) -> dict[str, Any]:
        """The report for machines."""
        return {
            "ok": self.ok,
            "exit_status": self.exit_status,
            "environment": self.environment,
            "check_types": list(self.types),
            "findings": [finding.to_json() for finding in self.findings],
            "checklist": [{"text": item.text, "state": item.state} for item in self.items],
            "facts": list(self.facts),
        }


_ORDER = {"error": 0, "warning": 1, "info": 2}


def worst_first(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """The findings without repetitions, by level, kind and rule."""
    return tuple(
        sorted(
            dict.fromkeys(findings),
            key=lambda one: (_ORDER[one.level], CHECK_TYPES.index(one.type), one.rule, one.where),
        )
    )
