"""Arrivals as a store in memory keeps them, in the form that an SQLite file gives them back.

May import: store.storable, records, items, protocol.
"""

from __future__ import annotations

from dataclasses import dataclass

import msgspec

from fake_relay.items import Facts
from fake_relay.protocol.outcome import ACCEPTED, Outcome
from fake_relay.records import Arrival, ReceivedItem, StoredEnvelope, StoredItem
from fake_relay.store import storable


@dataclass(frozen=True, slots=True)
class ItemInMemory:
    """An item, its facts, and where its payload begins in the envelope."""

    stored: StoredItem
    facts: Facts
    start: int


def stored_envelope(envelope_id: int, arrival: Arrival) -> StoredEnvelope:
    """The envelope of an arrival, under an id."""
    submission, envelope = arrival.submission, arrival.submission.envelope
    return StoredEnvelope(
        id=envelope_id,
        project=storable.text(submission.project),
        public_key=storable.text(submission.public_key),
        event_id=storable.hex_id(envelope.event_id or ""),
        received_at=storable.micros(arrival.received_at) / 1e6,
        remote_addr=storable.text(arrival.remote_addr),
        user_agent=storable.text(arrival.user_agent),
        client=storable.text(submission.client),
        door=submission.door,
        content_encoding=submission.coding,
        wire_size=len(submission.wire),
        size=submission.size,
        headers=msgspec.Raw(envelope.raw_header),
        item_types=tuple(storable.text(item.type) for item in envelope.items),
        spotlight=submission.spotlight,
        tolerated=envelope.tolerated,
        faults=arrival.faults,
        chain=tuple(map(storable.text, arrival.chain)),
    )


def stored_item(
    item_id: int, envelope: StoredEnvelope, received: ReceivedItem, outcome: Outcome
) -> ItemInMemory:
    """An item of a stored envelope, with its outcome."""
    item, facts = received.item, received.facts
    timestamp = storable.moment(facts.timestamp)
    stored = StoredItem(
        id=item_id,
        envelope_id=envelope.id,
        type=storable.text(item.type),
        project=envelope.project,
        public_key=envelope.public_key,
        event_id=envelope.event_id or storable.hex_id(facts.event_id),
        trace_id=storable.hex_id(facts.trace_id),
        received_at=envelope.received_at,
        timestamp=None if timestamp is None else timestamp / 1e6,
        duration=storable.number(facts.duration),
        level=storable.text(next((value for key, value in facts.terms if key == "level"), "")),
        title=storable.text(facts.title),
        count=storable.integer(facts.count),
        size=len(item.payload),
        outcome="" if outcome is ACCEPTED else str(outcome),
        headers=msgspec.Raw(item.raw_header),
        spotlight=envelope.spotlight,
        faults=envelope.faults,
        refused_records=received.refused_records,
    )
    return ItemInMemory(stored, facts, item.start)
