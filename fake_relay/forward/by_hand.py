"""What somebody chose to send: stored items become a parcel, whatever the rules say.

May import: forward.book, forward.select, store, query, records, items, protocol.
"""

from __future__ import annotations

import msgspec

from fake_relay.forward.book import is_derived
from fake_relay.forward.select import role_of
from fake_relay.items import item_type
from fake_relay.protocol.envelope import MAX_ITEMS, ItemHeader
from fake_relay.query.document import read_facts
from fake_relay.records import StoredItem
from fake_relay.store import Store
from fake_relay.store.spool import Parcel, Part

_decode_header = msgspec.json.Decoder(ItemHeader).decode


def items_of_envelope(store: Store, envelope_id: int) -> list[StoredItem]:
    """The items of an envelope, in its order; none where it is gone.

    Nothing looks items up by envelope, but both ids grow in the order of arrival.
    """
    low, high = 0, store.position()
    while low < high:
        middle = (low + high) // 2
        found = store.items_after(middle, 1)
        if found and found[0].envelope_id < envelope_id:
            low = found[0].id
        else:
            high = middle
    # What is derived stands behind what was sent, and is less than that.
    following = store.items_after(low, 2 * MAX_ITEMS)
    return [item for item in following if item.envelope_id == envelope_id]


def parcel_by_hand(
    upstream: str, envelope_id: int, items: list[StoredItem], payloads: dict[int, bytes], now: float
) -> Parcel:
    """A parcel of items that somebody chose."""
    parts = []
    for item in items:
        if is_derived(item) or item.id not in payloads:
            continue
        kind = item_type(item.type)
        header = _decode_header(item.headers)
        facts = read_facts(item, payloads[item.id])
        quantities = kind.quantities(header, payloads[item.id], facts)
        told = tuple((str(one.category), one.amount) for one in quantities)
        parts.append(Part(item.id, item.size, told, role_of(item.type, bytes(item.headers))))
    return Parcel(
        upstream=upstream,
        project=items[0].project,
        envelope_id=envelope_id,
        parts=tuple(parts),
        queued_at=now,
        by_hand=True,
    )
