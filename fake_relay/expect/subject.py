"""What an expectation looks at: a stored item, or one record of an item that holds many.

`fields.py` names what can be asked of a subject; the payload is decoded once, when the
first question needs it.
May import: store, stored_view, query, match, records, items, protocol, errors.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Protocol

import msgspec

from fake_relay.items import Facts
from fake_relay.query import Document
from fake_relay.query.document import decode_json, read_facts
from fake_relay.records import StoredItem
from fake_relay.store import Reader
from fake_relay.stored_view import StoredView


class Views(Protocol):
    """Gives items as Sentry would have kept them."""

    def view(self, item: StoredItem) -> StoredView:
        """An item as Sentry would have kept it; raises `ConfigError` without its library."""


class Exhibit:
    """A stored item with its payload, read from the store at most once.

    With `views` it is shown as Sentry would have kept it.
    """

    def __init__(self, item: StoredItem, reader: Reader, views: Views | None = None) -> None:
        self.item = item
        self._reader = reader
        self._views = views

    @cached_property
    def refused(self) -> str:
        """Why Sentry would not have kept it, where that is asked; else empty."""
        refused = None if self._view is None else self._view.refused
        return "" if refused is None else f"{refused.reason}: {refused.text}"

    @cached_property
    def _view(self) -> StoredView | None:
        return None if self._views is None else self._views.view(self.item)

    @cached_property
    def data(self) -> bytes:
        """The payload's bytes, as sent or stored; empty when the item is gone meanwhile."""
        if self._view is not None:
            return self._view.payload
        return self._reader.payload(self.item.id) or b""

    @cached_property
    def payload(self) -> Any:
        """The payload's JSON, or None when it is not JSON."""
        return decode_json(self.data)

    @cached_property
    def headers(self) -> dict[str, Any]:
        """The item's header."""
        decoded = msgspec.json.decode(self.item.headers)
        return decoded if isinstance(decoded, dict) else {}

    @cached_property
    def facts(self) -> Facts:
        """The facts, read again from the payload."""
        item = self.item
        if self._view is not None and item.type == "raw_security":
            # Sentry keeps the event that it makes of a browser's report.
            item = msgspec.structs.replace(item, type="security")
        return read_facts(item, self.data)

    @cached_property
    def document(self) -> Document:
        """What a search predicate looks at."""
        return Document(self.item, self.facts, lambda: self.payload)

    @cached_property
    def subjects(self) -> tuple[Subject, ...]:
        """The item itself, or each of its records: logs, metrics, spans, reported discards.

        Records of an accepted container that were refused alone are left out.
        """
        refused = {place for one in self.item.refused_records for place in one.records}
        return tuple(
            Subject(self, record, index)
            for index, record in _records(self)
            if self.item.outcome or index not in refused
        )


@dataclass(frozen=True)
class Subject:
    """An item, or one of its records."""

    exhibit: Exhibit
    record: Mapping[str, Any] | None = None
    index: int = 0

    @property
    def place(self) -> tuple[int, int]:
        """Its place in the order of arrival: the item's id, and the record's index."""
        return self.item.id, self.index

    @property
    def item(self) -> StoredItem:
        return self.exhibit.item

    @property
    def body(self) -> Any:
        """The record, or the whole payload."""
        return self.exhibit.payload if self.record is None else self.record

    @property
    def title(self) -> str:
        """One readable line."""
        if self.record is None:
            return self.item.title or f"<{self.item.type}>"
        for key in ("body", "name", "reason", "started"):
            if isinstance(text := self.record.get(key), str):
                return text
        return self.item.title


RECORD_LISTS = {
    "log": "items",
    "trace_metric": "items",
    "span": "items",
    "client_report": "discarded_events",
    "sessions": "aggregates",
}
"""Where items that hold many records keep them."""


def _records(exhibit: Exhibit) -> Iterator[tuple[int, Mapping[str, Any] | None]]:
    key = RECORD_LISTS.get(exhibit.item.type)
    payload = exhibit.payload if key else None
    records = payload.get(key) if isinstance(payload, dict) and key else None
    if isinstance(records, list):
        places = enumerate(records)
        yield from ((place, record) for place, record in places if isinstance(record, dict))
    else:
        yield 0, None
