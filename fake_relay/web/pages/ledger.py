"""The ledger: what became of every unit of every data category; each number leads to its rows.

May import: relay and every room below it, web.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import quote

from fake_relay.protocol.outcome import Fate
from fake_relay.records import LedgerEntry
from fake_relay.shown.text import byte_size
from fake_relay.web.pages.filters import grouped
from fake_relay.web.pages.follow import Follow
from fake_relay.web.pages.frame import Page, Visit
from fake_relay.web.pages.search_text import quoted

FATES: Final = (
    (Fate.ACCEPTED, "accepted"),
    (Fate.FILTERED, "filtered"),
    (Fate.RATE_LIMITED, "rate limited"),
    (Fate.INVALID, "invalid"),
    (Fate.ABUSE, "abuse"),
    (Fate.CLIENT_DISCARD, "discarded by the SDK"),
)
TYPES: Final = {
    "error": "event",
    "default": "event",
    "transaction": "transaction",
    "transaction_indexed": "transaction",
    "transaction_processed": "transaction",
    "span": "[transaction,span]",
    "span_indexed": "[transaction,span]",
    "attachment": "attachment",
    "attachment_item": "attachment",
    "session": "[session,sessions]",
    "monitor": "check_in",
    "feedback": "[feedback,user_report]",
    "security": "[security,raw_security]",
    "log_item": "log",
    "log_byte": "log",
    "trace_metric": "trace_metric",
    "trace_metric_byte": "trace_metric",
    "profile": "profile",
    "profile_indexed": "profile",
    "profile_chunk": "profile_chunk",
    "profile_chunk_ui": "profile_chunk_ui",
    "replay": "[replay_event,replay_recording,replay_video]",
    "replay_video": "replay_video",
    "metric_bucket": "[statsd,metric_buckets]",
}
"""Data category -> the item types whose rows it counts."""
BYTES: Final = frozenset({"attachment", "log_byte", "trace_metric_byte"})
REFUSED: Final = 10


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of a bar: a fate's share of what was counted, in per cent."""

    fate: str
    left: float
    width: float


@dataclass(slots=True)
class Line:
    """A category: quantities by fate, and its bar."""

    category: str
    counts: dict[Fate, int] = field(default_factory=dict)

    @property
    def received(self) -> int:
        """What arrived; what the SDK threw away did not."""
        return sum(count for fate, count in self.counts.items() if fate is not Fate.CLIENT_DISCARD)

    @property
    def cells(self) -> list[tuple[str, int, str, str]]:
        """For each fate: its name, the quantity, as written, and where its rows are."""
        return [
            (fate.value, count, self.written(count), rows_address(self.category, fate, ""))
            for fate, _ in FATES
            for count in (self.counts.get(fate, 0),)
        ]

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

    def written(self, count: int) -> str:
        """A quantity of this category, bytes as bytes."""
        return byte_size(count) if self.category in BYTES else grouped(count)


def load(visit: Visit) -> dict[str, Any]:
    """The ledger of the project that the query names, or of all."""
    project = visit.query.get("project") or None
    entries = visit.store.ledger(project)
    refused = visit.store.refused(project, limit=REFUSED)
    return {
        "project": project or "",
        "projects": sorted(one.project for one in visit.store.projects()),
        "fates": FATES,
        "lines": lines_of(entries),
        "reasons": reasons_of(entries),
        "evicted": visit.store.evicted(project),
        "refused": refused.refused,
    }


def lines_of(entries: Iterable[LedgerEntry]) -> list[Line]:
    """A line for each category, the fullest first."""
    found: dict[str, Line] = {}
    for entry in entries:
        line = found.setdefault(entry.category, Line(entry.category))
        line.counts[entry.outcome] = line.counts.get(entry.outcome, 0) + entry.quantity
    return sorted(
        found.values(), key=lambda line: (line.category in BYTES, -sum(line.counts.values()))
    )


def reasons_of(entries: Iterable[LedgerEntry]) -> list[tuple[LedgerEntry, str, str]]:
    """What was not accepted, by reason: the entry, its quantity as written, and its rows."""
    lost = [entry for entry in entries if entry.outcome is not Fate.ACCEPTED]
    lost.sort(key=lambda entry: (entry.outcome.value, -entry.quantity))
    return [
        (
            entry,
            Line(entry.category).written(entry.quantity),
            rows_address(entry.category, entry.outcome, entry.reason),
        )
        for entry in lost
    ]


def rows_address(category: str, fate: Fate, reason: str) -> str:
    """Where the rows behind a number are."""
    if fate is Fate.CLIENT_DISCARD:
        parts = ["type:client_report", f"category:{quoted(category)}"]
        parts += [f"reason:{quoted(reason)}"] if reason else []
    else:
        parts = [f"type:{TYPES[category]}"] if category in TYPES else []
        outcome = f"{fate}({reason})" if reason else str(fate)
        parts.append(f"outcome:{quoted(outcome)}")
    return f"/?q={quote(' '.join(parts))}"


PAGE: Final = Page(
    "/ledger", "Ledger", "ledger.html", load, nav="Ledger", follows=Follow(refused=True)
)
