"""Traces of an event outside of the items: refused requests, client reports.

Rule: every look is bounded: so many refused requests, so many bytes of each, so many reports.
May import: explain.finding, store, intake, items, records, protocol, errors.
"""

from __future__ import annotations

import base64
import binascii
import re
import zlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

import msgspec

from fake_relay.errors import RequestRefused
from fake_relay.explain.finding import MAX_SHOWN, Evidence
from fake_relay.items import client_report
from fake_relay.protocol import encoding
from fake_relay.records import RefusedRequest, StoredItem
from fake_relay.store import Reader, Selection

MAX_REFUSED = 500
"""Refused requests that are searched for one event."""
MAX_CONTENT = 1024 * 1024
"""Bytes of each that are searched, after decoding."""
MAX_ITEMS = 10_000
"""Items that are looked at for a summary, and client reports for an event."""
PAGE = 200

_WINDOW_BITS = {"gzip": (31,), "deflate": (15, -15)}


def newest_refused(
    reader: Reader, project: str | None, since: float | None
) -> Iterator[RefusedRequest]:
    """Refused requests of a project and of nobody in particular, the newest first."""
    before: int | None = None
    seen = 0
    while seen < MAX_REFUSED:
        page = reader.refused(None, before, PAGE)
        for refused in page.refused:
            if since is not None and refused.received_at < since:
                return
            seen += 1
            if project is None or refused.project in ("", project):
                yield refused
        if page.next is None:
            return
        before = page.next


def newest_items(
    reader: Reader, project: str | None, since: float | None, kind: str | None = None
) -> Iterator[StoredItem]:
    """Items of a project, the newest first; so many at most."""
    before: int | None = None
    seen = 0
    while seen < MAX_ITEMS:
        page = reader.find(Selection(project=project, type=kind, before=before, limit=PAGE))
        for item in page.items:
            if since is not None and item.received_at < since:
                return
            seen += 1
            yield item
        if page.next is None:
            return
        before = page.next


@dataclass(slots=True)
class Discarded:
    """What SDKs of a project reported to have thrown away for one reason."""

    quantities: Counter[str] = field(default_factory=Counter)
    reports: list[int] = field(default_factory=list)

    def evidence(self, project: str, reason: str) -> Evidence:
        """The reports that say so, and how much they count in all."""
        quantity = self.quantities.total()
        items = tuple(self.reports[:MAX_SHOWN])
        return Evidence(items=items, project=project, reason=reason, quantity=quantity)


def discards(
    reader: Reader, project: str | None, since: float | None
) -> dict[tuple[str, str], Discarded]:
    """What client reports tell, by project and reason, the most recent reason first."""
    found: dict[tuple[str, str], Discarded] = {}
    for item in newest_items(reader, project, since, "client_report"):
        if item.outcome or not (payload := reader.payload(item.id)):
            continue
        try:
            entries = client_report.discards(payload)
        except (msgspec.MsgspecError, ValueError, RecursionError):
            continue
        for entry in entries:
            known = found.setdefault((item.project, entry.reason), Discarded())
            known.quantities[entry.category] += entry.quantity
            if item.id not in known.reports[-1:]:
                known.reports.append(item.id)
    return found


def names(reader: Reader, refused: RefusedRequest, pattern: re.Pattern[bytes]) -> bool | None:
    """Whether a refused request names what the pattern finds; None if that cannot be told."""
    if pattern.search(f"{refused.path} {refused.query}".encode("utf-8", "replace")):
        return True
    body = reader.refused_body(refused.id)
    if body is None:
        return None
    content, whole = readable(body, refused.coding)
    if pattern.search(content):
        return True
    return False if whole and refused.kept == refused.wire_size else None


def readable(body: bytes, coding: str) -> tuple[bytes, bool]:
    """As much of a body as can be decoded, at most `MAX_CONTENT` bytes; whether it is all."""
    if coding in _WINDOW_BITS:
        content, whole = _inflated(body, _WINDOW_BITS[coding])
    else:
        try:
            content, whole = encoding.decode(body, coding, MAX_CONTENT), True
        except RequestRefused:
            return b"", False
    return content + _unwrapped(content), whole


def _inflated(body: bytes, window_bits: tuple[int, ...]) -> tuple[bytes, bool]:
    """What zlib makes of bytes that may be cut, and whether the stream came to its end."""
    for bits in window_bits:
        decoder = zlib.decompressobj(bits)
        try:
            return decoder.decompress(body, MAX_CONTENT), decoder.eof
        except zlib.error:
            continue
    return b"", False


def _unwrapped(content: bytes) -> bytes:
    """What the base64 of an old client holds; empty for anything else (PROTOCOL.md 2.3)."""
    try:
        data = base64.b64decode(content, validate=True)
    except binascii.Error:
        return b""
    return data if data[:1] == b"{" else _inflated(data, (15,))[0]


def pattern_of(event_id: str) -> re.Pattern[bytes]:
    """Finds an event id, with dashes or without, in any case."""
    parts = (event_id[:8], event_id[8:12], event_id[12:16], event_id[16:20], event_id[20:])
    return re.compile(b"-?".join(part.encode() for part in parts), re.IGNORECASE)
