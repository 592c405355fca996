"""What would leave for an upstream, and what it would look like; nothing is sent or queued.

May import: forward, stored_view, store, query, records, config, protocol.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

import msgspec

from fake_relay.config import Upstream
from fake_relay.forward.book import is_derived
from fake_relay.forward.by_hand import items_of_envelope
from fake_relay.forward.delivery import ScrubbingOf
from fake_relay.forward.rebuild import Rebuilt, rebuild
from fake_relay.forward.select import Candidate, Selector, role_of, trace_context
from fake_relay.protocol.envelope import Item
from fake_relay.query.document import decode_json, read_facts
from fake_relay.records import StoredEnvelope, StoredItem
from fake_relay.store import Store


class DryItem(msgspec.Struct, frozen=True):
    """An item: why it would stay behind, empty if it would leave; and what would leave.

    `headers` and `payload` are as they would leave, None where nothing would or, for the
    payload, where it is no JSON.
    """

    id: int
    type: str
    title: str
    reason: str
    headers: msgspec.Raw | None = None
    payload: msgspec.Raw | None = None
    size: int = 0


class DryEnvelope(msgspec.Struct, frozen=True):
    """An envelope: where it would go, and its header as it would leave, None where it would not."""

    envelope_id: int
    project: str
    event_id: str
    to: str | None
    headers: msgspec.Raw | None
    items: list[DryItem]


def dry_run(
    selector: Selector,
    envelopes: Sequence[StoredEnvelope],
    store: Store,
    scrubbing_of: ScrubbingOf,
    now: float,
) -> list[DryEnvelope]:
    """What some stored envelopes would look like; raises `LibraryMissing`."""
    return [_one(selector, envelope, store, scrubbing_of, now) for envelope in envelopes]


def _one(
    selector: Selector,
    envelope: StoredEnvelope,
    store: Store,
    scrubbing_of: ScrubbingOf,
    now: float,
) -> DryEnvelope:
    items = items_of_envelope(store, envelope.id)
    payloads = store.payloads([item.id for item in items])
    items = [item for item in items if item.id in payloads]
    reasons = selector.judge(candidates_of(envelope, items, payloads.__getitem__), now)
    leaving = [
        (item, payloads[item.id])
        for item, reason in zip(items, reasons, strict=True)
        if not reason and not is_derived(item)
    ]
    rebuilt = _rebuilt(selector.upstream, envelope, leaving, scrubbing_of, now)
    made = list(rebuilt.envelope.items) if rebuilt.envelope is not None else []
    dsn = selector.upstream.dsn_of(envelope.project)
    told = [_item(item, reason, rebuilt, made) for item, reason in zip(items, reasons, strict=True)]
    return DryEnvelope(
        envelope.id,
        envelope.project,
        envelope.event_id,
        None if dsn is None or rebuilt.envelope is None else dsn.envelope_url,
        None if rebuilt.envelope is None else msgspec.Raw(rebuilt.envelope.raw_header),
        told,
    )


def candidates_of(
    envelope: StoredEnvelope, items: Sequence[StoredItem], payload_of: Callable[[int], bytes]
) -> list[Candidate]:
    """Stored items as rules look at them."""
    trace = trace_context(bytes(envelope.headers))
    return [
        Candidate(
            item,
            read_facts(item, payload_of(item.id)),
            partial(payload_of, item.id),
            trace,
            role_of(item.type, bytes(item.headers)),
        )
        for item in items
    ]


def _rebuilt(
    upstream: Upstream,
    envelope: StoredEnvelope,
    leaving: Sequence[tuple[StoredItem, bytes]],
    scrubbing_of: ScrubbingOf,
    now: float,
) -> Rebuilt:
    dsn = upstream.dsn_of(envelope.project)
    if dsn is None or not leaving:
        return Rebuilt()
    return rebuild(envelope, leaving, upstream, scrubbing_of(envelope.project), dsn, now)


def _item(item: StoredItem, reason: str, rebuilt: Rebuilt, made: list[Item]) -> DryItem:
    named = (item.id, item.type, item.title)
    if not reason and is_derived(item):
        reason = "derived"
    reason = reason or rebuilt.refused.get(item.id, "")
    if reason:
        return DryItem(*named, reason)
    if not made or made[0].type != item.type:
        # All of its records belong to traces that are not in the upstream's share.
        return DryItem(*named, "sample_rate")
    leaves = made.pop(0)
    payload = leaves.payload
    return DryItem(
        *named,
        "",
        msgspec.Raw(leaves.raw_header),
        msgspec.Raw(payload) if decode_json(payload) is not None else None,
        len(payload),
    )
