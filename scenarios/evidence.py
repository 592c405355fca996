"""What a judgement may look at: what the relay holds, what the child wrote down, how it ended.

Rule: reading never changes anything; the relay is read through its public reader, and only
this scenario's project is seen. The lines of the journal are described in process/journal.py.
May import: result, scenario, target, fake_relay's public names.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from fake_relay.expect import Exhibit
from fake_relay.expect.judge import new_items
from fake_relay.records import LedgerEntry, RefusedRequest, StoredEnvelope
from fake_relay.testing.live import LiveRelay
from scenarios.result import Ending
from scenarios.scenario import Scenario
from scenarios.target import Target


@dataclass(frozen=True)
class Line:
    """A line of the journal: its kind, when (seconds since 1970, by the real clock), the rest.

    `step` is the place of the step that was being done: `2`, or `2.0` for one inside it.
    """

    kind: str
    at: float
    step: str
    data: dict[str, Any]


@dataclass(frozen=True)
class Journal:
    """What the child wrote down of its own doings."""

    lines: tuple[Line, ...] = ()

    def of(self, kind: str) -> list[Line]:
        """The lines of a kind, in their order."""
        return [line for line in self.lines if line.kind == kind]

    def generated(self) -> Counter[str]:
        """What the steps gave to the SDK, by data category."""
        return self._counted("generated", lambda data: str(data["category"]))

    def discarded(self) -> Counter[tuple[str, str]]:
        """What the SDK noted as lost, by data category and reason, reported to us or not."""
        return self._counted("discarded", lambda data: (str(data["category"]), str(data["reason"])))

    def canaries(self) -> list[dict[str, Any]]:
        """What was planted: a `value` and whatever the planter added."""
        return [line.data for line in self.of("canary")]

    def _counted(self, kind: str, key: Any) -> Counter[Any]:
        found: Counter[Any] = Counter()
        for line in self.of(kind):
            found[key(line.data)] += int(line.data.get("quantity", 1))
        return found


@dataclass(frozen=True)
class Evidence:
    """All that is known of one scenario's run."""

    scenario: Scenario
    target: Target
    live: LiveRelay
    project: str
    journal: Journal = field(default_factory=Journal)
    ending: Ending = field(default_factory=Ending)
    started: float = 0.0

    @property
    def reader(self) -> Any:
        """The relay's reader; ask it for this project alone."""
        return self.live.reader

    @property
    def items(self) -> list[Exhibit]:
        """What arrived and was accepted, oldest first; looked up again at each call."""
        found = new_items(self.live.reader, self.project, 0)
        return [Exhibit(item, self.live.reader) for item in found if not item.outcome]

    @property
    def not_accepted(self) -> list[Exhibit]:
        """Items that arrived and were not accepted."""
        found = new_items(self.live.reader, self.project, 0)
        return [Exhibit(item, self.live.reader) for item in found if item.outcome]

    @property
    def envelopes(self) -> list[StoredEnvelope]:
        """The envelopes, oldest first."""
        found: list[StoredEnvelope] = []
        before: int | None = None
        while True:
            page = self.live.reader.find_envelopes(self.project, before=before)
            found += page.envelopes
            if page.next is None:
                return found[::-1]
            before = page.next

    @property
    def refused(self) -> list[RefusedRequest]:
        """The requests that were refused, oldest first."""
        found: list[RefusedRequest] = []
        before: int | None = None
        while True:
            page = self.live.reader.refused(self.project, before=before)
            found += page.refused
            if page.next is None:
                return found[::-1]
            before = page.next

    @property
    def ledger(self) -> Sequence[LedgerEntry]:
        """The relay's ledger of the project."""
        return self.live.reader.ledger(self.project)

    @cached_property
    def setup(self) -> dict[str, Any]:
        """What the child told of its SDK after the setup; empty if it did not come so far."""
        lines = self.journal.of("setup")
        return lines[0].data if lines else {}
