"""Three ledgers side by side: generated = received + lost, by data category.

Rule: pure; each unit that is missing, or there twice, is told by a row, however it is explained.
May import: the standard library.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

HOOKED = frozenset({"before_send", "callback_error"})
"""The SDK's words for what a hook of the application dropped; sdk_config has its own for it."""

Entry = tuple[str, str]
"""A data category and a reason, or an outcome."""


@dataclass(frozen=True)
class Books:
    """What each side wrote down; quantities by data category, and by reason or outcome.

    `generated` is what the SDK was given, `discarded` what it noted as lost, `dropped` what
    sdk_config noted (None where it is not in use), `received` the relay's outcomes, and
    `reported` what arrived of the SDK's notes as client reports.
    """

    generated: Mapping[str, int]
    received: Mapping[Entry, int]
    discarded: Mapping[Entry, int] = field(default_factory=dict)
    dropped: Mapping[Entry, int] | None = None
    reported: Mapping[Entry, int] = field(default_factory=dict)

    def lost(self) -> Counter[Entry]:
        """What was lost before it could be received, for all that the process knows."""
        # What was reported was lost, also where nobody could listen in on the SDK.
        told = Counter(self.discarded) | Counter(self.reported)
        if self.dropped is None:
            return told
        of_the_sdk = {key: n for key, n in told.items() if key[1] not in HOOKED}
        return Counter(self.dropped) + Counter(of_the_sdk)


@dataclass(frozen=True)
class Row:
    """A data category: what was made of it, and what became of that.

    `noted` and `reported` are what the SDK noted as lost, and what of that the relay was told.
    """

    category: str
    generated: int
    received: Mapping[str, int]
    lost: Mapping[str, int]
    noted: int = 0
    reported: int = 0

    @property
    def missing(self) -> int:
        """Units without a trace; below 0 for more than there should be."""
        return self.generated - sum(self.received.values()) - sum(self.lost.values())

    @property
    def unreported(self) -> int:
        """Units that the SDK noted as lost and did not report."""
        return max(self.noted - self.reported, 0)

    def __str__(self) -> str:
        parts = [f"{self.generated} {self.category} generated"]
        for word, amounts in (("received", self.received), ("lost", self.lost)):
            listed = ", ".join(f"{name} {amount}" for name, amount in sorted(amounts.items()))
            parts.append(f"{sum(amounts.values())} {word}{f' ({listed})' if listed else ''}")
        return ", ".join(parts)


def rows(books: Books, categories: Iterable[str] = ()) -> list[Row]:
    """A row for each of the categories, or for each of which something was generated."""
    lost = books.lost()
    wanted = tuple(categories) or tuple(sorted(books.generated))
    return [
        Row(
            category=category,
            generated=books.generated.get(category, 0),
            received=_of(books.received, category),
            lost=_of(lost, category),
            noted=sum(_of(books.discarded, category).values()),
            reported=sum(_of(books.reported, category).values()),
        )
        for category in wanted
    ]


def _of(entries: Mapping[Entry, int], category: str) -> dict[str, int]:
    return {name: n for (found, name), n in sorted(entries.items()) if found == category and n}
