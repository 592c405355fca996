"""Replays: sessions that were recorded in a browser, and one as the list of what happened.

May import: relay and every room below it, web.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Final

from aiohttp import web

from fake_relay.protocol.envelope import normalize_event_id
from fake_relay.query import parse_query
from fake_relay.records import StoredItem
from fake_relay.shown.text import mapping, seconds, sequence, word
from fake_relay.store import Selection
from fake_relay.web.pages.follow import Follow
from fake_relay.web.pages.frame import Page, Visit
from fake_relay.web.pages.newest import newest, opened
from fake_relay.web.pages.recording import QUIET, Step, read, steps

ITEMS: Final = "type:replay_event"
SEGMENTS: Final = 200
STEPS: Final = 500


@dataclass(slots=True)
class Replay:
    """A replay: its segments that are here; times in seconds since 1970."""

    replay_id: str
    segments: list[StoredItem] = field(default_factory=list)
    urls: list[str] = field(default_factory=list)
    errors: set[str] = field(default_factory=set)
    traces: set[str] = field(default_factory=set)
    started: float | None = None
    ended: float | None = None

    @property
    def length(self) -> float | None:
        """Milliseconds from its start to the end of its last segment."""
        return (
            None
            if self.started is None or self.ended is None
            else (self.ended - self.started) * 1000
        )

    def add(self, item: StoredItem, fields: Any) -> None:
        """Add a segment."""
        self.segments.append(item)
        self.urls += [word(url) for url in sequence(fields.get("urls"))]
        self.errors.update(word(one) for one in sequence(fields.get("error_ids")))
        self.traces.update(word(one) for one in sequence(fields.get("trace_ids")))
        start = seconds(fields.get("replay_start_timestamp"))
        end = seconds(fields.get("timestamp"))
        self.started = min(filter(None, (self.started, start)), default=None)
        self.ended = max(filter(None, (self.ended, end)), default=None)


def load(visit: Visit) -> dict[str, Any]:
    """The replays of the newest segments that the search finds."""
    found = newest(visit, ITEMS, "/replays", SEGMENTS)
    return {"found": found, "replays": replays_of(opened(visit, found.items))}


def replays_of(decoded: Iterable[tuple[StoredItem, Any]]) -> list[Replay]:
    """Segments by replay, in the order of the newest segment."""
    made: dict[str, Replay] = {}
    for item, value in decoded:
        fields = mapping(value)
        replay_id = word(fields.get("replay_id")).replace("-", "").lower()
        made.setdefault(replay_id, Replay(replay_id)).add(item, fields)
    return list(made.values())


def load_one(visit: Visit) -> dict[str, Any]:
    """One replay: its segments, and what happened in those whose recordings are here."""
    replay_id = id_in_path(visit)
    query = parse_query(f"type:replay_event replay.id:{replay_id}", now=visit.now)
    found = visit.store.find(Selection(query=query, limit=SEGMENTS)).items
    if not found:
        raise web.HTTPNotFound(text=f"There is no replay {replay_id}: it never came, or went.")
    (replay,) = replays_of(opened(visit, found[::-1])) or [Replay(replay_id)]
    wanted = Selection(type="replay_recording", event_id=replay_id, limit=SEGMENTS)
    told, problems = told_by(visit, visit.store.find(wanted).items)
    told.sort(key=lambda step: step.moment or 0.0)
    counted = Counter(step.kind for step in told)
    shown = told if visit.query.get("all") else [one for one in told if one.kind not in QUIET]
    return {
        "title": f"Replay {replay_id[:8]}",
        "replay": replay,
        "steps": shown[:STEPS],
        "hidden": max(len(shown) - STEPS, 0),
        "counted": counted.most_common(),
        "all": bool(visit.query.get("all")),
        "problems": problems,
        "begin": replay.started or (told[0].moment if told else None),
    }


def told_by(
    visit: Visit, recordings: Iterable[StoredItem]
) -> tuple[list[Step], list[tuple[StoredItem, str]]]:
    """What happened by recordings, and those that could not be read."""
    read_all = [(item, read(visit.store.payload(item.id) or b"")) for item in recordings]
    problems = [(item, found.problem) for item, found in read_all if found.problem]
    return list(steps([found for _, found in read_all])), problems


def id_in_path(visit: Visit) -> str:
    """The replay id that the path names; raises a 404."""
    try:
        return normalize_event_id(visit.path["id"])
    except ValueError:
        asked = visit.path["id"][:60]
        raise web.HTTPNotFound(text=f"{asked} is no replay id, which has 32 hex digits.") from None


PAGE: Final = Page(
    "/replays", "Replays", "replays.html", load, nav="Replays", follows=Follow(ITEMS)
)
ONE: Final = Page(
    "/replays/{id}",
    "Replay",
    "replay.html",
    load_one,
    under="/replays",
    follows=Follow("(event_id:{id} OR replay.id:{id})"),
)
