"""Traces: the newest ones, and one with everything that happened in it on one time axis.

May import: relay and every room below it, web.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import accumulate, chain
from typing import Any, Final

import msgspec
from aiohttp import web

from fake_relay.protocol.envelope import normalize_event_id
from fake_relay.query import Expression, combine
from fake_relay.query.predicate import HasTerm, IdIs, Not, TextIs, any_of
from fake_relay.query.text import Pattern
from fake_relay.records import StoredItem
from fake_relay.shown import trace
from fake_relay.shown.text import mapping, sequence, word
from fake_relay.store import Page as ItemPage
from fake_relay.store import Selection
from fake_relay.web.pages.follow import Follow
from fake_relay.web.pages.frame import Page, Visit
from fake_relay.web.pages.newest import newest, opened
from fake_relay.web.pages.waterfall import waterfall

LISTED: Final = 500
"""Items that the list of traces is made of."""
WITH_SPANS: Final = any_of(*(TextIs("type", Pattern((name,))) for name in trace.WITH_SPANS))
MOST: Final = ((WITH_SPANS, 250, 600), (Not(WITH_SPANS), 100, 300))
"""Which items of one trace are opened, how many, and how many records of those: a flood of logs
leaves the spans in, and no more than is drawn need be read."""
CONTEXTS: Final = 40
"""Envelopes whose headers are read for their sampling contexts."""
_RANK: Final = {"transaction": 0, "event": 1, "span": 2}
"""What says best what a trace is about."""
REPLAYS: Final = 50
"""Replay segments that are searched for those that name a trace."""


@dataclass(slots=True)
class Line:
    """A trace in the list; times in seconds since 1970."""

    trace_id: str
    title: str = ""
    items: int = 0
    errors: int = 0
    transactions: int = 0
    projects: set[str] = field(default_factory=set)
    first: float = 0.0
    last: float = 0.0
    rank: int = 0

    def add(self, item: StoredItem) -> None:
        """Count an item; they come newest first, and its oldest transaction names the trace."""
        end = item.timestamp or item.received_at
        start = end - (item.duration or 0.0) / 1000
        self.first = start if not self.items else min(self.first, start)
        self.last = max(self.last, end)
        self.items += 1
        self.errors += item.level in ("error", "fatal")
        self.transactions += item.type == "transaction"
        self.projects.add(item.project)
        rank = _RANK.get(item.type, len(_RANK))
        if not self.title or rank <= self.rank:
            self.title, self.rank = item.title, rank


def load(visit: Visit) -> dict[str, Any]:
    """The traces among the newest items that have one, the last that began first."""
    found = newest(visit, "has:trace", "/traces", LISTED)
    lines: dict[str, Line] = {}
    for item in found.items:
        if item.trace_id:
            lines.setdefault(item.trace_id, Line(item.trace_id)).add(item)
    latest = sorted(lines.values(), key=lambda line: line.first, reverse=True)
    return {"found": found, "lines": latest}


def load_one(visit: Visit) -> dict[str, Any]:
    """One trace."""
    trace_id = id_in_path(visit)
    items, complete = items_of(visit, trace_id)
    if not items:
        raise web.HTTPNotFound(text=f"Nothing of trace {trace_id} is here: it never came, or went.")
    found = chain(opened(visit, items), replays(visit, trace_id, items))
    made = trace.trace_of(trace_id, found, whole=complete)
    return {
        "title": f"Trace {trace_id[:8]}",
        "trace": made,
        "drawn": waterfall(made),
        "items": items,
        "contexts": contexts(visit, items),
        "lost": [item for item in items if item.outcome],
        "errors": [item for item in items if item.level in ("error", "fatal")],
        "missing": list(made.missing.items()) if made.whole else [],
    }


def id_in_path(visit: Visit) -> str:
    """The trace id that the path names; raises a 404."""
    try:
        return normalize_event_id(visit.path["id"])
    except ValueError:
        asked = visit.path["id"][:60]
        raise web.HTTPNotFound(text=f"{asked} is no trace id, which has 32 hex digits.") from None


def items_of(visit: Visit, trace_id: str) -> tuple[list[StoredItem], bool]:
    """The items of a trace, those with spans first, and whether these are all."""
    found: list[StoredItem] = []
    complete = True
    for types, limit, records in MOST:
        page = of_trace(visit, trace_id, types, limit)
        counts = accumulate((item.count for item in page.items), initial=0)
        kept = [item for item, before in zip(page.items, counts, strict=False) if before < records]
        found += kept
        complete = complete and page.next is None and len(kept) == len(page.items)
    return found, complete


def of_trace(visit: Visit, trace_id: str, types: Expression, limit: int) -> ItemPage:
    """The newest items that are of a trace, or that hold something of it."""
    wanted = Pattern((trace_id,))
    # Each by itself is read from its index in order, which a search for both is not.
    pages = [
        visit.store.find(Selection(query=combine(named, types), limit=limit))
        for named in (IdIs("trace_id", wanted), HasTerm("trace", wanted))
    ]
    found = {item.id: item for page in pages for item in page.items}
    items = [found[item_id] for item_id in sorted(found, reverse=True)]
    more = len(items) > limit or any(page.next for page in pages)
    return ItemPage(items[:limit], items[:limit][-1].id if more and items else None)


def replays(
    visit: Visit, trace_id: str, items: Sequence[StoredItem]
) -> Iterator[tuple[StoredItem, Any]]:
    """Replay segments that name the trace, among the newest; no index knows what they name."""
    known = {item.id for item in items}
    page = visit.store.find(Selection(type="replay_event", limit=REPLAYS))
    for item, value in opened(visit, [one for one in page.items if one.id not in known]):
        named = (word(one) for one in sequence(mapping(value).get("trace_ids")))
        if any(name.replace("-", "").lower() == trace_id for name in named):
            yield item, value


def contexts(visit: Visit, items: Iterable[StoredItem]) -> list[tuple[dict[str, Any], int]]:
    """The dynamic sampling contexts in the headers of the envelopes, and how many had each."""
    found: dict[bytes, tuple[dict[str, Any], int]] = {}
    seen: set[int] = set()
    for item in items:
        if item.envelope_id in seen or len(seen) >= CONTEXTS:
            continue
        seen.add(item.envelope_id)
        envelope = visit.store.envelope(item.envelope_id)
        header = {} if envelope is None else mapping(msgspec.json.decode(envelope.headers))
        context = dict(mapping(header.get("trace")))
        if context:
            key = msgspec.json.encode(context, order="deterministic")
            found[key] = (context, found.get(key, (context, 0))[1] + 1)
    return sorted(found.values(), key=lambda pair: -pair[1])


PAGE: Final = Page(
    "/traces", "Traces", "traces.html", load, nav="Traces", follows=Follow("has:trace")
)
ONE: Final = Page(
    "/traces/{id}",
    "Trace",
    "trace.html",
    load_one,
    under="/traces",
    follows=Follow("trace:{id}"),
)
