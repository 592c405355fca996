"""Monitors: the check-ins of each, as runs on a time line.

May import: relay and every room below it, web.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Final

from fake_relay.records import StoredItem
from fake_relay.shown.text import inline, mapping, word
from fake_relay.web.pages.follow import Follow
from fake_relay.web.pages.frame import Page, Visit
from fake_relay.web.pages.newest import newest, opened

ITEMS: Final = "type:check_in"
CHECK_INS: Final = 500
RUNS: Final = 100
"""Runs that the time line of a monitor has."""


@dataclass(slots=True)
class Run:
    """What check-ins of one id tell; times in seconds since 1970, the duration in milliseconds."""

    start: float
    end: float
    status: str
    duration: float | None
    item: int
    left: float = 0.0
    width: float = 0.0

    @property
    def kind(self) -> str:
        """`ok`, `error`, `in_progress`, or `other`."""
        return self.status if self.status in ("ok", "error", "in_progress") else "other"


@dataclass(slots=True)
class Monitor:
    """A monitor in an environment, its schedule where one was sent, and its runs, newest first."""

    slug: str
    environment: str
    project: str
    schedule: str = ""
    runs: list[Run] = field(default_factory=list)

    @property
    def failed(self) -> int:
        """Runs that ended in an error."""
        return sum(run.kind == "error" for run in self.runs)

    @property
    def drawn(self) -> list[Run]:
        """The newest runs, failures last, so that no other run covers one."""
        return sorted(self.runs[:RUNS], key=lambda run: run.kind == "error")


def load(visit: Visit) -> dict[str, Any]:
    """The monitors of the newest check-ins that the search finds."""
    found = newest(visit, ITEMS, "/monitors", CHECK_INS)
    monitors = monitors_of(opened(visit, found.items))
    bounds = lay_out(monitors)
    return {"found": found, "monitors": monitors, "bounds": bounds}


def monitors_of(decoded: Iterable[tuple[StoredItem, Any]]) -> list[Monitor]:
    """Monitors by slug; check-ins of one id are one run, and come newest first."""
    monitors: dict[tuple[str, str, str], Monitor] = {}
    runs: dict[tuple[str, str, str, str], Run] = {}
    for item, value in decoded:
        fields = mapping(value)
        key = (item.project, word(fields.get("monitor_slug")), word(fields.get("environment")))
        monitor = monitors.setdefault(key, Monitor(key[1], key[2], key[0]))
        schedule = mapping(mapping(fields.get("monitor_config")).get("schedule"))
        monitor.schedule = monitor.schedule or schedule_words(schedule)
        run = (
            runs.get((*key, word(fields.get("check_in_id")))) if fields.get("check_in_id") else None
        )
        if run is not None:
            run.start = min(run.start, item.received_at)
            continue
        run = run_of(item, word(fields.get("status")))
        monitor.runs.append(run)
        runs[(*key, word(fields.get("check_in_id")))] = run
    return sorted(monitors.values(), key=lambda one: (one.slug, one.environment, one.project))


def run_of(item: StoredItem, status: str) -> Run:
    """The run that the last check-in of an id tells of."""
    start = item.received_at - (item.duration or 0.0) / 1000
    return Run(start, item.received_at, status, item.duration, item.id)


def schedule_words(schedule: Any) -> str:
    """A schedule as people write it; empty for none (PROTOCOL.md 5.8)."""
    if not schedule:
        return ""
    value, unit = inline(schedule.get("value"), 60), word(schedule.get("unit"))
    if not unit:
        return value
    return f"every {value} {unit}" if value == "1" else f"every {value} {unit}s"


def lay_out(monitors: list[Monitor]) -> tuple[float, float] | None:
    """Give every run its place on one axis; the first and last moment of that."""
    runs = [run for monitor in monitors for run in monitor.runs[:RUNS]]
    if not runs:
        return None
    first, last = min(run.start for run in runs), max(run.end for run in runs)
    length = max(last - first, 1.0)
    for run in runs:
        run.width = round(max((run.end - run.start) / length * 98, 0.6), 3)
        run.left = round(min((run.start - first) / length * 98, 99.4 - run.width), 3)
    return first, last


PAGE: Final = Page(
    "/monitors", "Monitors", "monitors.html", load, nav="Monitors", follows=Follow(ITEMS)
)
