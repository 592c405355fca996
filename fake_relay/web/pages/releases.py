"""Sessions and releases: crash-free sessions and users, adoption, and errors, by release.

Rule: counted as Relay counts (`items.health`), over the sessions that were looked at and no
others; the page says how many those are.
May import: relay and every room below it, web.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Final

import msgspec

from fake_relay.items.health import Health
from fake_relay.query import parse_query
from fake_relay.records import StoredItem
from fake_relay.shown.line import origin
from fake_relay.store import Selection
from fake_relay.web.pages.follow import Follow
from fake_relay.web.pages.frame import Page, Visit
from fake_relay.web.pages.newest import newest, with_payloads
from fake_relay.web.pages.rows import loosely
from fake_relay.web.pages.search_text import quoted

ITEMS: Final = "type:[session,sessions]"
ERRORS: Final = "type:event level:[error,fatal]"
SESSIONS: Final = 500
RELEASES: Final = 12
"""Releases that are shown, the most recent first."""
BARS: Final = 48
MOST_ERRORS: Final = 1000


@dataclass(slots=True)
class Release:
    """A release in an environment: its health, when sessions of it came, and its errors."""

    name: str
    environment: str
    health: Health = field(default_factory=Health)
    arrivals: list[tuple[float, int]] = field(default_factory=list)
    share: float = 0.0
    colour: int = 0
    errors: int = 0

    @property
    def q(self) -> str:
        """The search for everything of it."""
        parts = [f"release:{quoted(self.name)}"] if self.name else ["!has:release"]
        return " ".join(
            [*parts, *([f"environment:{quoted(self.environment)}"] * bool(self.environment))]
        )


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of a stacked bar; all in per cent, from below."""

    left: float
    width: float
    bottom: float
    height: float
    colour: int


def load(visit: Visit) -> dict[str, Any]:
    """The releases of the newest sessions that the search finds."""
    found = newest(visit, ITEMS, "/releases", SESSIONS)
    # What Sentry did not take counts for no release.
    taken = [item for item in found.items if not item.outcome]
    releases = releases_of(with_payloads(visit, taken))
    total = sum(one.health.total for one in releases)
    for place, one in enumerate(releases):
        one.colour = place % 6
        one.share = one.health.total / total * 100 if total else 0.0
        one.errors = errors_of(visit, one)
    times = [item.received_at for item in found.items]
    return {
        "found": found,
        "releases": releases,
        "total": total,
        "bars": bars(releases, min(times), max(times)) if times else [],
        "first": min(times, default=None),
        "last": max(times, default=None),
        "most": MOST_ERRORS,
    }


def releases_of(found: Iterable[tuple[StoredItem, bytes]]) -> list[Release]:
    """Releases of sessions, those with the newest session first."""
    made: dict[tuple[str, str], Release] = {}
    for item, payload in found:
        key = origin(loosely(payload))
        release = made.setdefault(key, Release(*key))
        before = release.health.total
        try:
            release.health.add(item.type, payload)
        except msgspec.DecodeError:
            continue
        release.arrivals.append((item.received_at, release.health.total - before))
    return list(made.values())[:RELEASES]


def errors_of(visit: Visit, release: Release) -> int:
    """Error events of a release, so many at most."""
    query = parse_query(f"{ERRORS} {release.q}", now=visit.now)
    return len(visit.store.survey(Selection(query=query, limit=MOST_ERRORS)).glimpses)


def bars(releases: list[Release], first: float, last: float) -> list[Part]:
    """Started sessions over time, a colour for each release, in stacked bars."""
    step = max((last - first) / BARS, 1e-6)
    heights = [[0] * len(releases) for _ in range(BARS)]
    for place, release in enumerate(releases):
        for moment, number in release.arrivals:
            heights[min(int((moment - first) / step), BARS - 1)][place] += number
    most = max(1, *map(sum, heights))
    width, parts = 100 / BARS, []
    for bar, counts in enumerate(heights):
        bottom = 0.0
        for release, number in zip(releases, counts, strict=True):
            if number:
                height = number / most * 100
                parts.append(
                    Part(
                        round(bar * width + 0.15, 3),
                        round(width - 0.3, 3),
                        round(bottom, 2),
                        round(height, 2),
                        release.colour,
                    )
                )
                bottom += height
    return parts


PAGE: Final = Page(
    "/releases",
    "Sessions and releases",
    "releases.html",
    load,
    nav="Releases",
    follows=Follow(f"({ITEMS} OR {ERRORS})"),
)
