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
from fake_relay.web.pages.frame import Page, Visit
from fake_relay.web.pages.newest import newest, opened
from fake_relay.web.pages.records_of import Record, record_of

BATCHES: Final = 40
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
    found = newest(visit, "type:log", "/logs", BATCHES)
    lines = [
        line
        for item, value in opened(visit, found.items)
        for line in lines_of(item, value, found.wanted)
    ]
    lines.sort(key=lambda line: line.record.moment or line.item.received_at, reverse=True)
    return {"found": found, "lines": lines[:SHOWN], "hidden": max(len(lines) - SHOWN, 0)}


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
    """A record as if it had come alone."""
    alone = msgspec.structs.replace(
        item,
        title=said(fields),
        trace_id=trace_of(fields),
        timestamp=seconds(fields.get("timestamp")),
        count=1,
    )
    return Document.read(alone, _encode({"items": [fields]}))


def trace_of(fields: Mapping[str, Any]) -> str:
    """The trace that a record names, as ids are stored."""
    return word(fields.get("trace_id")).replace("-", "").lower()


PAGE: Final = Page("/logs", "Logs", "logs.html", load, nav="Logs")
