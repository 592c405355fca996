"""What can be wrong with a configuration, as values and as one error.

Rule: sdk_config finds problems and says them; only who asks for it gets an error.
May import: the standard library.

    SettingsError
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

Level = Literal["error", "warning", "info"]


@dataclass(frozen=True)
class Problem:
    """Something wrong with a configuration: a rule's name, how bad, and what to do.

    `text` never holds a secret.
    """

    rule: str
    level: Level
    text: str
    field: str | None = None

    def __str__(self) -> str:
        return f"{self.rule}: {self.text}"


class SettingsError(ValueError):
    """A configuration that cannot be used; `problems` says why."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("; ".join(problem.text for problem in self.problems))
