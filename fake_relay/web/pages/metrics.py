"""Metrics: what the newest batches measured, by name, with a picture of the values.

Rule: nothing is estimated: counters are added up, the rest has least, mean and most.
May import: relay and every room below it, web.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from fake_relay.records import StoredItem
from fake_relay.shown.text import mapping, number, seconds, sequence, word
from fake_relay.web.pages.follow import Follow
from fake_relay.web.pages.frame import Page, Visit
from fake_relay.web.pages.newest import newest, opened

ITEMS: Final = "type:trace_metric"
BATCHES: Final = 200
POINTS: Final = 120
"""Values that a picture has."""


@dataclass(slots=True)
class Metric:
    """The values of one name, kind and unit, with their times, newest batch first."""

    name: str
    kind: str
    unit: str
    values: list[tuple[float, float]] = field(default_factory=list)
    attributes: set[str] = field(default_factory=set)
    item: int = 0

    @property
    def total(self) -> float:
        """The sum."""
        return sum(value for _, value in self.values)

    @property
    def least(self) -> float:
        """The smallest value."""
        return min(value for _, value in self.values)

    @property
    def most(self) -> float:
        """The largest value."""
        return max(value for _, value in self.values)

    @property
    def mean(self) -> float:
        """The mean."""
        return self.total / len(self.values)

    @property
    def points(self) -> str:
        """The newest values in order of time as points of a line, 100 wide and 20 high."""
        shown = [value for _, value in sorted(self.values)[-POINTS:]]
        least, most = min(shown), max(shown)
        height = (most - least) or 1.0
        step = 100 / max(len(shown) - 1, 1)
        return " ".join(
            f"{place * step:.2f},{19 - (value - least) / height * 18:.2f}"
            for place, value in enumerate(shown)
        )


def load(visit: Visit) -> dict[str, Any]:
    """The metrics of the newest batches that the search finds."""
    found = newest(visit, ITEMS, "/trace-metrics", BATCHES)
    return {"found": found, "metrics": metrics_of(opened(visit, found.items))}


def metrics_of(decoded: Iterable[tuple[StoredItem, Any]]) -> list[Metric]:
    """Metrics by name, those of the same name by kind and unit."""
    made: dict[tuple[str, str, str], Metric] = {}
    for item, value in decoded:
        for entry in sequence(mapping(value).get("items")):
            add(made, item, mapping(entry))
    return [made[key] for key in sorted(made)]


def add(
    made: dict[tuple[str, str, str], Metric], item: StoredItem, fields: Mapping[str, Any]
) -> None:
    """Add one value; what is no number is none."""
    value = number(fields.get("value"))
    if value is None:
        return
    key = (word(fields.get("name")), word(fields.get("type")), word(fields.get("unit")))
    metric = made.setdefault(key, Metric(*key))
    metric.values.append((seconds(fields.get("timestamp")) or item.received_at, value))
    metric.attributes.update(
        name for name in mapping(fields.get("attributes")) if not name.startswith("sentry.")
    )
    metric.item = metric.item or item.id


PAGE: Final = Page(
    "/trace-metrics", "Metrics", "metrics.html", load, nav="Metrics", follows=Follow(ITEMS)
)
