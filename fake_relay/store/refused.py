"""Refused requests: what a store can hold of them, and how a store in memory keeps them.

Rule: the newest are kept, under a bound of number and one of bytes; what had to make room is
counted and otherwise forgotten.
May import: store, records.
"""

from __future__ import annotations

from collections import OrderedDict

import msgspec

from fake_relay.records import Refusal, RefusedRequest
from fake_relay.store import RefusedPage
from fake_relay.store.retention import STEP, Retention
from fake_relay.store.storable import integer, micros, text

ROW_WEIGHT = 500
"""Bytes that a refused request is reckoned to occupy beside its texts and its body."""


def storable_request(refusal: Refusal) -> RefusedRequest:
    """The request with texts and numbers that every store can hold."""
    request = refusal.request
    headers = {text(name): text(value) for name, value in request.headers.items()}
    fields = {
        name: text(value)
        for name, value in msgspec.structs.asdict(request).items()
        if isinstance(value, str)
    }
    return msgspec.structs.replace(
        request,
        **fields,
        received_at=micros(request.received_at) / 1e6,
        causes=tuple(map(text, request.causes)),
        headers=headers,
        wire_size=integer(request.wire_size),
        kept=len(refusal.wire),
    )


def weight(request: RefusedRequest) -> int:
    """Roughly the bytes that a refused request occupies."""
    texts = (request.path, request.query, request.detail, *request.causes)
    headers = sum(len(name) + len(value) for name, value in request.headers.items())
    return ROW_WEIGHT + request.kept + headers + sum(map(len, texts))


class RefusedInMemory:
    """The newest refused requests, in the order of their ids."""

    def __init__(self, retention: Retention) -> None:
        self._retention = retention
        self._kept: OrderedDict[int, tuple[RefusedRequest, bytes, int]] = OrderedDict()
        self._through = 0
        self._evicted = 0
        self.last_id = 0

    def add(self, refusal: Refusal) -> None:
        """Keep a refusal, and forget the oldest that are too many or too large."""
        self.last_id += 1
        request = msgspec.structs.replace(storable_request(refusal), id=self.last_id)
        self._kept[request.id] = (request, refusal.wire, self._through)
        self._through += weight(request)
        while self._kept and self._is_past(next(iter(self._kept))):
            self._evict()

    def _is_past(self, refused_id: int) -> bool:
        most, most_bytes = self._retention.max_refused, self._retention.refused_bytes
        start = self._kept[refused_id][2]
        return (most is not None and refused_id <= self.last_id - most) or (
            most_bytes is not None and start < self._through - most_bytes
        )

    def _evict(self) -> None:
        self._kept.popitem(last=False)
        self._evicted += 1

    def remove_old(self, limit: float) -> int:
        """Forget what was refused before a moment, some at a time; how many."""
        for removed in range(STEP):
            oldest = next(iter(self._kept.values()), None)
            if oldest is None or oldest[0].received_at >= limit:
                return removed
            self._evict()
        return STEP

    def clear(self, project: str | None) -> None:
        """Forget those of a project, or all."""
        if project is None:
            self._kept.clear()
            self._evicted = 0
            return
        gone = [key for key, kept in self._kept.items() if kept[0].project == project]
        for key in gone:
            del self._kept[key]

    def page(self, project: str | None, before: int | None, limit: int) -> RefusedPage:
        """A page, newest first."""
        found: list[RefusedRequest] = []
        for refused_id, (request, _, _) in reversed(self._kept.items()):
            if (before is not None and refused_id >= before) or (
                project is not None and request.project != project
            ):
                continue
            if len(found) == limit:
                return RefusedPage(found, found[-1].id, self._evicted)
            found.append(request)
        return RefusedPage(found, None, self._evicted)

    def one(self, refused_id: int) -> RefusedRequest | None:
        """One refused request."""
        kept = self._kept.get(refused_id)
        return None if kept is None else kept[0]

    def body(self, refused_id: int) -> bytes | None:
        """The kept bytes of its body."""
        kept = self._kept.get(refused_id)
        return None if kept is None else kept[1]
