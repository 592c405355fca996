"""Views of stored items, each computed once for as long as it is asked for again.

Rule: a view depends on the item and on its project's settings, and is kept by both; items do
not change. Safe in any thread, and never called on the loop: a view takes a millisecond.
May import: stored_view, records, config.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from typing import Final, Protocol

import msgspec

from fake_relay.config.scrubbing import Scrubbing
from fake_relay.protocol.envelope import ItemHeader
from fake_relay.records import StoredEnvelope, StoredItem
from fake_relay.stored_view.context import Refused, StoredView, ViewContext

KEPT: Final = 300
"""Views that are kept; a page of the API has up to a thousand, one of the UI fifty."""
MAX_KEPT: Final = 64 * 1024
"""Bytes of a view's payload that is kept; larger ones are computed again."""

_decode_header = msgspec.json.Decoder(ItemHeader).decode


class Source(Protocol):
    """Where items rest."""

    def payload(self, item_id: int) -> bytes | None:
        """An item's payload exactly as it was sent."""

    def envelope(self, envelope_id: int) -> StoredEnvelope | None:
        """One envelope."""


class Views:
    """Views of one store's items, by the settings of their projects."""

    def __init__(self, source: Source, scrubbing_of: Callable[[str], Scrubbing]) -> None:
        self._source = source
        self._scrubbing_of = scrubbing_of
        self._lock = threading.Lock()
        self._kept: OrderedDict[tuple[int, Scrubbing], StoredView] = OrderedDict()

    def view(self, item: StoredItem, payload: bytes | None = None) -> StoredView:
        """An item as Sentry would have kept it; `payload` spares a read.

        An item that was not accepted is refused with its outcome. Raises `LibraryMissing`.
        """
        key = (item.id, self._scrubbing_of(item.project))
        with self._lock:
            found = self._kept.get(key)
            if found is not None:
                self._kept.move_to_end(key)
                return found
        made = self._compute(item, payload, key[1])
        if len(made.payload) <= MAX_KEPT:
            with self._lock:
                self._kept[key] = made
                while len(self._kept) > KEPT:
                    self._kept.popitem(last=False)
        return made

    def _compute(self, item: StoredItem, payload: bytes | None, scrubbing: Scrubbing) -> StoredView:
        from fake_relay.stored_view.view import stored_view

        if payload is None:
            payload = self._source.payload(item.id)
        envelope = self._source.envelope(item.envelope_id)
        if payload is None or envelope is None:
            return StoredView(b"", refused=Refused("gone", "the item was removed meanwhile"))
        context = ViewContext.of_envelope(envelope, scrubbing)
        made = stored_view(item.type, _decode_header(item.headers), payload, context)
        if item.outcome and made.refused is None:
            return StoredView(b"", refused=Refused(item.outcome, "Sentry keeps nothing of it"))
        return made
