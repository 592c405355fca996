"""Several expectations, to be met one after the other in the order of arrival.

Rule: each is met by the first match after the one before it, so whatever order can be
found is found.
May import: expect.judge, store, match, records.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from fake_relay.expect.expectation import Expectation
from fake_relay.expect.judge import Verdict, Watch
from fake_relay.expect.subject import Subject, Views
from fake_relay.store import Reader


@dataclass(frozen=True)
class OrderVerdict:
    """How far the order was met: a subject for each expectation from the first on."""

    verdicts: tuple[Verdict, ...]
    matched: tuple[Subject, ...]

    @property
    def held(self) -> bool:
        """Whether each expectation was met after the one before it."""
        return len(self.matched) == len(self.verdicts)

    @property
    def text(self) -> str:
        """What a person reads when it was not."""
        lines = [f"expected {len(self.verdicts)} in this order; {len(self.matched)} were"]
        for number, verdict in enumerate(self.verdicts):
            wanted = verdict.expectation.describe_one()
            if number < len(self.matched):
                subject = self.matched[number]
                found = f"{subject.item.type} {subject.item.id}"
            elif number > len(self.matched):
                found = "not looked for"
            else:
                found = self._missed(verdict)
            lines.append(f"  {number + 1}. {wanted}: {found}")
        if not self.held:
            lines += self.verdicts[len(self.matched)].text.splitlines()[1:]
        return "\n".join(lines)

    def _missed(self, verdict: Verdict) -> str:
        earlier = ", ".join(f"{s.item.type} {s.item.id}" for s in verdict.matched[:5])
        return f"came too early ({earlier})" if earlier else "did not come"


class OrderWatch:
    """Looks at what has arrived for several expectations in order."""

    def __init__(
        self, expectations: Sequence[Expectation], reader: Reader, views: Views | None = None
    ) -> None:
        self._watches = [Watch(expectation, reader, views) for expectation in expectations]
        self.position = min(expectation.since for expectation in expectations)
        """Everything up to this item has been looked at."""

    def look(self) -> OrderVerdict:
        """Look at what is new and match all that was seen, first come first."""
        verdicts = tuple(watch.look() for watch in self._watches)
        self.position = min(watch.position for watch in self._watches)
        found: list[Subject] = []
        for verdict in verdicts:
            last = found[-1].place if found else (0, -1)
            following = next((s for s in verdict.matched if s.place > last), None)
            if following is None:
                break
            found.append(following)
        return OrderVerdict(verdicts, tuple(found))
