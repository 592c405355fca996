"""The ledger: what became of every unit of every data category, over time; each number leads to
its rows.

May import: relay and every room below it, web, markupsafe.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import urlencode

from markupsafe import Markup, escape

from fake_relay.protocol.outcome import Fate
from fake_relay.records import LedgerEntry, RefusedRequest
from fake_relay.shown.text import safe
from fake_relay.store import Reader
from fake_relay.web.api.outcomes import summed
from fake_relay.web.pages.counted import (
    BYTES,
    CATEGORY_OF,
    FATES,
    WORDS,
    rows_address,
    written_of,
)
from fake_relay.web.pages.filters import grouped
from fake_relay.web.pages.follow import Follow
from fake_relay.web.pages.frame import Page, Visit
from fake_relay.web.pages.stacks import (
    RANGES,
    Chart,
    Range,
    Stack,
    charts,
    evicted_by,
    range_of,
    told,
)

REFUSED: Final = 10
LOOKED_AT: Final = 500
"""Refused requests among which those of a range are sought."""


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of a bar: a fate's share of what was counted, in per cent."""

    fate: str
    left: float
    width: float


@dataclass(slots=True)
class Line:
    """A category: quantities by fate, items that had to make room, and its bar."""

    category: str
    counts: dict[Fate, int] = field(default_factory=dict)
    evicted: int = 0

    @property
    def received(self) -> int:
        """What arrived; what the SDK threw away did not."""
        return sum(count for fate, count in self.counts.items() if fate is not Fate.CLIENT_DISCARD)

    @property
    def is_second(self) -> bool:
        """Whether it counts again, in another way, what another category counts."""
        return self.category in BYTES or self.category.endswith("_indexed")

    @property
    def bar(self) -> list[Part]:
        """The pieces of the bar, side by side."""
        total, left = sum(self.counts.values()), 0.0
        parts = []
        for fate, _ in FATES:
            if total and (count := self.counts.get(fate, 0)):
                width = count / total * 100
                parts.append(Part(fate.value, round(left, 3), round(width, 3)))
                left += width
        return parts


@dataclass(frozen=True, slots=True)
class Place:
    """Where a visitor of the ledger is: a range, and perhaps a project and a category."""

    project: str
    category: str
    shown: Range

    def to(self, **changes: str) -> str:
        """The address of the ledger with some of that changed."""
        start, end = self.shown.times
        known = {
            "project": self.project,
            "category": self.category,
            **({"range": self.shown.name} if self.shown.name else {"start": start, "end": end}),
        }
        query = {name: value for name, value in {**known, **changes}.items() if value}
        return f"/ledger?{urlencode(query)}"

    def ranges(self) -> list[tuple[str, str, bool]]:
        """The ranges that can be chosen: what each is called, where it is, whether it is shown."""
        names = {**{name: words for name, (words, _, _) in RANGES.items()}, "all": "All time"}
        return [
            (words, self.to(range=name, start="", end=""), name == self.shown.name)
            for name, words in names.items()
        ]

    def bar(self, chart: Chart, stack: Stack, there: str = "") -> str:
        """Where a bar leads: to its time, and from there to its rows.

        `there` is the address of its category without a time, where that is known.
        """
        if self.shown.number <= 1:
            return rows_address(chart.category, None, project=self.project, times=stack.times)
        there = there or self.of(chart)
        start, end = stack.times
        return f"{there}&start={start}&end={end}"

    def of(self, chart: Chart) -> str:
        """The address of a category, without a time."""
        return self.to(range="", start="", end="", category=chart.category)

    def svg(self, chart: Chart, height: int) -> Markup:
        """A chart as a picture, so many pixels high."""
        name = chart.category.replace("_", " ")
        label = f"{name} over time: a bar for every {self.shown.every}"
        # Made here, not by the template: a page has a thousand bars, and there each takes longer
        # than all that is read for it. What is not ours is escaped.
        there = self.of(chart)
        bars = "".join(
            bar_svg(chart, stack, self.bar(chart, stack, there)) for stack in chart.stacks
        )
        return Markup(  # noqa: S704
            '<svg viewBox="0 -14 100 122" preserveAspectRatio="none" width="100%"'
            f' height="{height}" role="group" aria-label="{escape(safe(label))}">{bars}</svg>'
        )

    def cell(self, category: str, fate: Fate, at: Stack | None = None) -> str:
        """Where the rows of a number are, those of a bar or of the whole range."""
        times = self.shown.times if at is None else at.times
        return rows_address(category, fate, "", self.project, times)

    def entry(self, entry: LedgerEntry) -> str:
        """Where the rows of an entry of the range are."""
        return rows_address(
            entry.category, entry.outcome, entry.reason, entry.project, self.shown.times
        )


def load(visit: Visit) -> dict[str, Any]:
    """The ledger of the range and the project that the query names, or of all."""
    store, project = visit.store, visit.query.get("project") or None
    shown, buckets = told(store, range_of(visit.query, store, project, visit.now), project)
    evicted = evicted_by(store.evicted_over_time(shown.period, project), CATEGORY_OF)
    place = Place(project or "", visit.query.get("category", ""), shown)
    entries = summed(buckets)
    lines = lines_of(entries, evicted)
    drawn = charts(shown, buckets, evicted, tuple(fate for fate, _ in FATES))
    chosen = drawn.get(place.category)
    return {
        "place": place,
        "projects": sorted(one.project for one in store.projects()),
        "fates": FATES,
        "lines": lines,
        "charts": [drawn[line.category] for line in lines if line.category in drawn],
        "chosen": chosen,
        "svg": place.svg,
        "written": written_of,
        "untimed": any(not bucket.seconds for bucket in buckets),
        "reasons": reasons_of(entries),
        "evicted": sum(sum(counts.values()) for counts in evicted.values()),
        "refused": refused_in(store, project, shown),
    }


def refused_in(reader: Reader, project: str | None, shown: Range) -> list[RefusedRequest]:
    """The newest refused requests of a range, among the newest of all."""
    if shown.start is None or shown.end is None:
        return reader.refused(project, limit=REFUSED).refused
    newest = reader.refused(project, limit=LOOKED_AT).refused
    within = (one for one in newest if shown.start <= one.received_at < shown.end)
    return [one for _, one in zip(range(REFUSED), within, strict=False)]


def lines_of(
    entries: Iterable[LedgerEntry], evicted: Mapping[str, Counter[int]] = {}
) -> list[Line]:
    """A line for each category, the fullest first; what counts the same again comes last."""
    found: dict[str, Line] = {}
    for entry in entries:
        line = found.setdefault(entry.category, Line(entry.category))
        line.counts[entry.outcome] = line.counts.get(entry.outcome, 0) + entry.quantity
    for category, counts in evicted.items():
        if category in found:
            found[category].evicted = sum(counts.values())
    return sorted(
        found.values(), key=lambda line: (line.is_second, -sum(line.counts.values()), line.category)
    )


def reasons_of(entries: Iterable[LedgerEntry]) -> list[LedgerEntry]:
    """What was not accepted, by outcome, the most frequent reasons first."""
    lost = [entry for entry in entries if entry.outcome is not Fate.ACCEPTED]
    return sorted(lost, key=lambda entry: (entry.outcome.value, -entry.quantity))


def bar_svg(chart: Chart, stack: Stack, to: str) -> str:
    """A bar of a picture, and where it leads."""
    left, width = round(stack.left + chart.width * 0.08, 3), round(chart.width * 0.84, 3)
    place = f'x="{left}" width="{width}"'
    rects = "".join(
        f'<rect class="fate-{piece.fate}" {place} y="{piece.top}" height="{piece.height}"/>'
        for piece in stack.pieces
    )
    if stack.evicted:
        rects += f'<rect class="fate-evicted" {place} y="102" height="5"/>'
    return (
        f'<a href="{escape(to)}" tabindex="-1">'
        f"<title>{escape(words_of(chart, stack))}</title>"
        f'<rect class="hit" x="{stack.left}" y="-14" width="{chart.width}" height="122"/>'
        f"{rects}</a>"
    )


def words_of(chart: Chart, stack: Stack) -> str:
    """A bar in words: its time, and how many of each fate."""
    counts = [
        f"{written_of(chart.category, piece.quantity)} {WORDS[piece.fate]}"
        for piece in stack.pieces
    ]
    found = f"{stack.when}: {', '.join(counts)}"
    if not stack.evicted:
        return found
    items = "item" if stack.evicted == 1 else "items"
    return f"{found}; {grouped(stack.evicted)} {items} evicted since"


PAGE: Final = Page(
    "/ledger", "Ledger", "ledger.html", load, nav="Ledger", follows=Follow(refused=True)
)
