"""Logs: the records of the newest batches, each by itself, searched record by record.

May import: relay and every room below it, web.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

import msgspec

from fake_relay.query import Document, Expression
from fake_relay.records import StoredItem
from fake_relay.shown.span_tree import attribute
from fake_relay.shown.text import mapping, seconds, sequence, word
from fake_relay.shown.trace import said
from fake_relay.store import Selection
from fake_relay.web.pages.follow import Follow
from fake_relay.web.pages.frame import Page, Visit
from fake_relay.web.pages.newest import Newest, newest, opened
from fake_relay.web.pages.records_of import Record, plain, record_of

ITEMS: Final = "type:log"
BATCHES: Final = 40
SCANNED: Final = 20
"""Of the newest batches so many are searched record by record."""
SHOWN: Final = 300
"""Records of a page; a batch of an SDK holds up to a hundred."""
_encode = msgspec.json.Encoder().encode


@dataclass(frozen=True, slots=True)
class Line:
    """A record, the item that it came in, its template where it has one, and its trace."""

    record: Record
    item: StoredItem
    template: str
    trace_id: str
    release: str


def load(visit: Visit) -> dict[str, Any]:
    """The records that the search finds, newest first."""
    found = newest(visit, ITEMS, "/logs", BATCHES)
    lines = [
        line
        for item, value in opened(visit, batches(visit, found))
        for line in lines_of(item, value, found.wanted)
    ]
    lines.sort(key=lambda line: line.record.moment or line.item.received_at, reverse=True)
    return {
        "found": found,
        "lines": lines[:SHOWN],
        "hidden": max(len(lines) - SHOWN, 0),
        "scanned": SCANNED,
    }


def batches(visit: Visit, found: Newest) -> list[StoredItem]:
    """What the search found, and the newest batches: no index knows all attributes of records."""
    if found.wanted is None:
        return found.items
    beside = visit.store.find(Selection(type="log", limit=SCANNED)).items
    return list({item.id: item for item in (*found.items, *beside)}.values())


def lines_of(item: StoredItem, value: Any, wanted: Expression | None) -> Iterator[Line]:
    """The records of a batch that a search finds; it found the batch as a whole before."""
    for entry in sequence(mapping(value).get("items")):
        fields = mapping(entry)
        if wanted is None or wanted.matches(document_of(item, fields)):
            yield Line(
                record_of(fields),
                item,
                attribute(fields, "sentry.message.template"),
                trace_of(fields),
                attribute(fields, "sentry.release"),
            )


def document_of(item: StoredItem, fields: Mapping[str, Any]) -> Document:
    """A record as if it had come alone, with its attributes to be searched for."""
    alone = msgspec.structs.replace(
        item,
        title=said(fields),
        trace_id=trace_of(fields),
        timestamp=seconds(fields.get("timestamp")),
        count=1,
    )
    read = Document.read(alone, _encode({"items": [fields]}))
    attributes = mapping(fields.get("attributes")).items()
    terms = tuple((name, word(plain(value))) for name, value in attributes)
    facts = msgspec.structs.replace(read.facts, terms=read.facts.terms + terms)
    return Document(alone, facts, read.load)


def trace_of(fields: Mapping[str, Any]) -> str:
    """The trace that a record names, as ids are stored."""
    return word(fields.get("trace_id")).replace("-", "").lower()


PAGE: Final = Page("/logs", "Logs", "logs.html", load, nav="Logs", follows=Follow(ITEMS))
