"""Every byte that left, and where it stood: items, their envelopes, refused requests.

May import: leaks.layers, store, records, protocol, errors.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice

from fake_relay.errors import RequestRefused
from fake_relay.leaks.layers import MAX_UNPACKED
from fake_relay.protocol.encoding import decode
from fake_relay.records import RefusedRequest, StoredEnvelope, StoredItem
from fake_relay.store import Reader

AT_ONCE = 100
"""Payloads that are read together."""

KINDS = {
    "payload": "{0.item_type} {0.item}",
    "item header": "the header of {0.item_type} {0.item}",
    "envelope header": "the header of envelope {0.envelope}",
    "envelope body": "the body of envelope {0.envelope}",
    "user agent": "the user agent of envelope {0.envelope}",
    "client": "the client's name of envelope {0.envelope}",
    "refused request": "the address and headers of refused request {0.refused}",
    "refused body": "the body of refused request {0.refused}",
    "elsewhere": "what other services were told",
}
"""The kinds of places, and how each is called."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where bytes stood: a key of `KINDS`, and the ids that it has there, else 0."""

    kind: str
    item_type: str = ""
    item: int = 0
    envelope: int = 0
    refused: int = 0

    def __str__(self) -> str:
        return KINDS[self.kind].format(self)


def places(reader: Reader, items: Iterable[StoredItem]) -> Iterator[tuple[Place, bytes]]:
    """What came in these items and with their envelopes; each envelope once."""
    seen: set[int] = set()
    for some in _batched(items):
        payloads = reader.payloads([item.id for item in some])
        for item in some:
            payload = Place("payload", item.type, item.id, item.envelope_id)
            yield payload, payloads.get(item.id, b"")
            header = Place("item header", item.type, item.id, item.envelope_id)
            yield header, bytes(item.headers)
            if item.envelope_id not in seen:
                seen.add(item.envelope_id)
                yield from _of_envelope(reader, reader.envelope(item.envelope_id))


def _of_envelope(reader: Reader, envelope: StoredEnvelope | None) -> Iterator[tuple[Place, bytes]]:
    if envelope is None:
        return
    yield Place("envelope header", envelope=envelope.id), bytes(envelope.headers)
    yield Place("user agent", envelope=envelope.id), envelope.user_agent.encode()
    yield Place("client", envelope=envelope.id), envelope.client.encode()
    if (body := reader.body(envelope.id)) is not None and body.converted:
        yield Place("envelope body", envelope=envelope.id), _content(body.wire, body.coding)


def refused_places(reader: Reader, project: str) -> Iterator[tuple[Place, bytes]]:
    """What came in requests that were refused; they left the process all the same."""
    before: int | None = None
    while True:
        page = reader.refused(project, before)
        for request in page.refused:
            yield Place("refused request", refused=request.id), _head(request)
            wire = reader.refused_body(request.id) or b""
            yield Place("refused body", refused=request.id), _content(wire, request.coding)
        if (before := page.next) is None:
            return


def _head(request: RefusedRequest) -> bytes:
    said = {"path": request.path, "query": request.query, "headers": request.headers}
    return json.dumps(said, ensure_ascii=False).encode("utf-8", "replace")


def _content(wire: bytes, coding: str) -> bytes:
    """A body as it can be searched: what has a mark of its own is opened there."""
    if coding != "br":
        return wire
    try:
        return decode(wire, coding, MAX_UNPACKED)
    except RequestRefused:
        return wire


def _batched(items: Iterable[StoredItem]) -> Iterator[list[StoredItem]]:
    rest = iter(items)
    while some := list(islice(rest, AT_ONCE)):
        yield some
