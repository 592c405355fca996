"""Stored items become an envelope of an upstream's project: scrubbed, with its key and DSN.

Rule: of what cannot be scrubbed nothing leaves. What leaves is the stored view, so its times are
right already; `sent_at` stays as it was, unless an upstream would take the time that the envelope
waited here for a wrong clock (PROTOCOL.md 4.5).
May import: forward.select, stored_view, store, records, items, config, protocol.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

import msgspec

from fake_relay.config import Scrubbing, Upstream
from fake_relay.forward.select import CONTAINERS, keeps
from fake_relay.items import item_type
from fake_relay.protocol.dsn import Dsn
from fake_relay.protocol.envelope import (
    Envelope,
    Item,
    ItemHeader,
    headers_of,
    make_envelope,
    make_item,
)
from fake_relay.query.document import decode_json
from fake_relay.records import StoredEnvelope, StoredItem
from fake_relay.stored_view.context import ViewContext, seconds_of
from fake_relay.stored_view.drift import LEAST

NOT_OURS: Final = frozenset(
    (
        *("client", "version", "origin", "remote_addr", "forwarded_for", "user_agent"),
        *("client_hints", "no_cache", "required_features"),
    )
)
"""Fields of an envelope's header by which one Relay tells another what it knows (4.2); upstreams
believe them only of relays that they know."""
THEIRS: Final = ("project", "received", "key_id")
"""Fields of a stored event that each server sets itself."""
_EVENTS: Final = frozenset({"event", "transaction", "security", "feedback"})

_decode_header = msgspec.json.Decoder(ItemHeader).decode


@dataclass(slots=True)
class Rebuilt:
    """An envelope to send, None where nothing is left of it; and what is not in it.

    `refused` are the words for each item that may not leave; `thinned` counts records of
    containers, by category, whose traces are not in the upstream's share.
    """

    envelope: Envelope | None = None
    refused: dict[int, str] = field(default_factory=dict)
    thinned: dict[str, int] = field(default_factory=dict)


def rebuild(
    envelope: StoredEnvelope,
    items: Sequence[tuple[StoredItem, bytes]],
    upstream: Upstream,
    scrubbing: Scrubbing,
    dsn: Dsn,
    now: float,
) -> Rebuilt:
    """The envelope of some items as it leaves at `now`, for the project of a DSN.

    Raises `LibraryMissing` where the upstream's items are to be scrubbed and cannot be.
    """
    context = ViewContext.of_envelope(envelope, upstream.scrubbing or scrubbing)
    made: list[Item] = []
    rebuilt = Rebuilt()
    for stored, payload in items:
        found = _item(stored, payload, upstream, context)
        if isinstance(found, str):
            rebuilt.refused[stored.id] = found
            continue
        thin = _thinned(found, upstream.sample_rate, rebuilt.thinned)
        if thin is not None:
            made.append(thin)
    if made:
        header = _header(envelope, upstream, context, dsn, now)
        rebuilt.envelope = make_envelope(header, made)
    return rebuilt


def _item(
    stored: StoredItem, payload: bytes, upstream: Upstream, context: ViewContext
) -> Item | str:
    """An item as it leaves, or why it does not."""
    header = headers_of(bytes(stored.headers))
    if not upstream.scrub:
        return make_item(stored.type, payload, header)
    from fake_relay.stored_view.at_rest import MARKER, scrubbed_item_header
    from fake_relay.stored_view.scrub import rules_of
    from fake_relay.stored_view.view import stored_view

    if MARKER in header:
        return str(header[MARKER])
    if stored.type == "raw_security":
        # The view of a report is the event that Sentry makes of it; a report has to leave.
        context = replace(context, at_rest=True)
    view = stored_view(stored.type, _decode_header(stored.headers), payload, context)
    if view.refused is not None:
        return f"{view.refused.reason}: {view.refused.text}".removesuffix(": ")
    header = scrubbed_item_header(header, rules_of(context.scrubbing))
    leaves = _event(view.payload, payload) if stored.type in _EVENTS else view.payload
    return make_item(stored.type, leaves, header)


def _event(viewed: bytes, sent: bytes) -> bytes:
    """An event as it leaves: its view without what each server makes up for itself."""
    event = msgspec.json.decode(viewed)
    for key in THEIRS:
        event.pop(key, None)
    contexts, before = event.get("contexts"), decode_json(sent)
    had = before.get("contexts") if isinstance(before, dict) else None
    if isinstance(contexts, dict) and not (isinstance(had, dict) and had.get("trace")):
        # The library invents a trace where there is none, another one each time.
        contexts.pop("trace", None)
        if not contexts:
            del event["contexts"]
    return msgspec.json.encode(event)


def _thinned(item: Item, rate: float, gone: dict[str, int]) -> Item | None:
    """A container with the records whose traces go, None for one that has none."""
    if item.type not in CONTAINERS:
        return item
    try:
        document: Any = msgspec.json.decode(item.payload)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return item
    if not isinstance(document, dict):
        return item
    records = document.get("items")
    if not isinstance(records, list):
        return item if rate >= 1 or _kept(document, rate) else None
    kept = records if rate >= 1 else [record for record in records if _kept(record, rate)]
    if len(kept) < len(records):
        _count_gone(item, len(records) - len(kept), gone)
    if not kept:
        return None
    header = headers_of(item.raw_header) | {"item_count": len(kept)}
    if kept is records:
        return make_item(item.type, item.payload, header)
    payload = msgspec.json.encode(document | {"items": kept})
    return make_item(item.type, payload, header)


def _kept(record: Any, rate: float) -> bool:
    trace_id = record.get("trace_id") if isinstance(record, dict) else None
    return keeps(trace_id if isinstance(trace_id, str) else "", rate)


def _count_gone(item: Item, number: int, gone: dict[str, int]) -> None:
    kind = item_type(item.type)
    first = kind.quantities(item.header, item.payload, kind.facts(item.header, item.payload))[:1]
    for quantity in first:
        category = str(quantity.category)
        gone[category] = gone.get(category, 0) + number


def _header(
    envelope: StoredEnvelope, upstream: Upstream, context: ViewContext, dsn: Dsn, now: float
) -> dict[str, Any]:
    header = {
        key: value
        for key, value in headers_of(bytes(envelope.headers)).items()
        if key not in NOT_OURS
    }
    if upstream.scrub:
        from fake_relay.stored_view.at_rest import scrubbed_header
        from fake_relay.stored_view.scrub import rules_of

        header = scrubbed_header(header, rules_of(context.scrubbing))
    if envelope.event_id:
        header["event_id"] = envelope.event_id
    header["dsn"] = str(replace(dsn, secret_key=""))
    trace = header.get("trace")
    if isinstance(trace, Mapping) and "public_key" in trace:
        header["trace"] = {**trace, "public_key": dsn.public_key}
    if isinstance(header.get("sent_at"), str):
        header["sent_at"] = sent_at(header["sent_at"], envelope.received_at, now, upstream.scrub)
    return header


def sent_at(text: str, received_at: float, now: float, corrected: bool) -> str:
    """When an envelope was sent, as an upstream should see it that receives it at `now`.

    `corrected` tells that the times in it are right already.
    """
    sent = seconds_of(text)
    if sent is None or abs(now - sent) < LEAST:
        return text
    from fake_relay.stored_view.normalize import rfc3339

    return rfc3339(now if corrected else sent + (now - received_at))
