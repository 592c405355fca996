"""The findings of stored items: read where they are known, worked out and stored where not.

Rule: nothing is judged at ingest; an item is judged when somebody asks, and, from the first
such question on, while a server has nothing else to do; again when the settings or the checks
are others than before. What is kept of one item is bounded. Safe in any thread, and never
called on the loop.
May import: lint, store, stored_view, records, config.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import lru_cache
from importlib.metadata import version
from typing import Final

import msgspec

from fake_relay.config.relay_library import library_present
from fake_relay.config.scrubbing import Scrubbing
from fake_relay.errors import StoreError
from fake_relay.lint.check import findings_of
from fake_relay.records import Finding, Judgement, StoredItem
from fake_relay.store import Store
from fake_relay.stored_view.viewer import Views
from fake_relay.version import __version__

MOST: Final = 200
"""Findings that are kept of one item, the gravest; more say nothing new."""
MAX_TEXT: Final = 1000
"""Characters of a path and a detail that are kept."""
STEP: Final = 20
"""Items that one idle step judges; a millisecond each, if they are ordinary."""
STEP_BYTES: Final = 512 * 1024
"""Bytes of payloads after which it ends early; a megabyte takes sixty milliseconds."""
STEP_ITEM: Final = 128 * 1024
"""Bytes of the largest item that it judges: a view can take three hundred times that in memory."""


class Findings:
    """Findings of one store's items, by the settings of their projects."""

    def __init__(
        self, store: Store, views: Views, scrubbing_of: Callable[[str], Scrubbing]
    ) -> None:
        self._store = store
        self._views = views
        self._scrubbing_of = scrubbing_of
        self._asked = False
        self._upto = 0
        self._round = 0

    def of(self, items: Sequence[StoredItem]) -> dict[int, list[Finding]]:
        """The findings of items by id, the gravest first; an item that is gone has none.

        Raises `LibraryMissing` when one has to be worked out and cannot be.
        """
        self._asked = True
        return self._of(items)

    def _of(self, items: Sequence[StoredItem]) -> dict[int, list[Finding]]:
        known = self._store.judgements([item.id for item in items])
        new: dict[int, Judgement] = {}
        for item in items:
            settings = settings_key(self._scrubbing_of(item.project))
            if item.id not in known or known[item.id].settings != settings:
                new[item.id] = Judgement(settings, self._judge(item))
        if new:
            # What cannot be written can be told all the same, and is worked out again next time.
            with suppress(StoreError):
                self._store.judge(new)
        found = {**known, **new}
        return {item.id: list(found[item.id].findings) for item in items}

    def step(self) -> None:
        """Judge the next few items in the order of arrival; nothing without the library.

        Nothing, too, until somebody has asked: a server that only catches what tests send never
        loads the library. Larger items wait until somebody asks for them.
        """
        if not self._asked:
            return
        begun = self._round
        items = self._store.items_after(self._upto, STEP)
        if not items or not library_present():
            return
        taken, size = 0, 0
        while taken < len(items) and (not taken or size + items[taken].size <= STEP_BYTES):
            size += items[taken].size
            taken += 1
        self._of([item for item in items[:taken] if item.size <= STEP_ITEM])
        # Settings can change while a step runs in its thread.
        self._upto = items[taken - 1].id if self._round == begun else 0

    def start_again(self) -> None:
        """Begin again with the oldest item: settings have changed."""
        self._round += 1
        self._upto = 0

    def _judge(self, item: StoredItem) -> tuple[Finding, ...]:
        payload = self._store.payload(item.id)
        if payload is None:
            return ()
        found = findings_of(item, payload, self._views.view(item, payload))
        return tuple(_bounded(finding) for finding in found[:MOST])


@lru_cache(256)
def settings_key(scrubbing: Scrubbing) -> str:
    """What findings depend on beside the item: the scrubbing, the checks, the library."""
    parts = repr((scrubbing, __version__, version("sentry-relay") if library_present() else ""))
    return hashlib.blake2b(parts.encode("utf-8", "replace"), digest_size=8).hexdigest()


def _bounded(finding: Finding) -> Finding:
    if len(finding.path) <= MAX_TEXT and len(finding.detail) <= MAX_TEXT:
        return finding
    path, detail = finding.path[:MAX_TEXT], finding.detail[:MAX_TEXT]
    return msgspec.structs.replace(finding, path=path, detail=detail)
