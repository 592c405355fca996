"""Arrivals as rows of the tables, in the order of their columns.

May import: store.storable, records, items, protocol.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

import msgspec
import zstandard

from fake_relay.protocol.envelope import Envelope, serialize
from fake_relay.protocol.outcome import ACCEPTED, Fate, Outcome
from fake_relay.records import Arrival, LedgerEntry, ReceivedItem, RefusedRequest, Submission
from fake_relay.store.buckets import MINUTE, MINUTE_MICROS
from fake_relay.store.retention import KEYS
from fake_relay.store.spool import Ticket
from fake_relay.store.sqlite_refused import row_of as refused_row
from fake_relay.store.sqlite_spool import count_row, ticket_row
from fake_relay.store.storable import id_bytes, integer, micros, moment, number, text

Row = tuple[Any, ...]

PACK_NOW = 64 * 1024
"""Bytes of an uncompressed body above which it is compressed behind the answer."""

INSERT_ENVELOPE = f"INSERT INTO envelopes VALUES ({','.join('?' * 18)})"
INSERT_BODY = "INSERT INTO bodies VALUES (?,?,?,?)"
INSERT_ITEM = f"INSERT INTO items VALUES ({','.join('?' * 18)})"
ADD_PROJECT = (
    "INSERT INTO projects(project, created_at, items, envelopes) VALUES (?,?,?,?)"
    " ON CONFLICT DO UPDATE SET"
    " items = items + excluded.items, envelopes = envelopes + excluded.envelopes"
)
ADD_KEY = (
    "INSERT OR IGNORE INTO project_keys SELECT ?1, ?2"
    f" WHERE (SELECT count(*) FROM project_keys WHERE project = ?1) < {KEYS}"
)

_encode = msgspec.json.Encoder().encode
compress = zstandard.ZstdCompressor(level=1).compress
"""For the thread that adds; a compressor is not to be shared between threads."""


class Batch:
    """The rows of the open batch, and the terms that the index will want."""

    def __init__(self) -> None:
        self.envelopes: list[Row] = []
        self.bodies: list[Row] = []
        self.converts = False
        self.items: list[Row] = []
        self.terms: dict[int, tuple[tuple[str, str], ...]] = {}
        self.ledger: dict[int, Counter[tuple[str, str, Fate, str]]] = {}
        self.projects: dict[str, list[int]] = {}
        self.keys: set[tuple[str, str]] = set()
        self.refused: list[Row] = []
        self.forwarded = False
        self.parcels: list[Row] = []
        self.left_out: list[Row] = []

    def add(
        self, arrival: Arrival, ledger: Sequence[LedgerEntry], envelope_id: int, item_id: int
    ) -> None:
        """Take an arrival, or raise and take nothing; its items get the ids from `item_id` on."""
        submission = arrival.submission
        project, received_at = text(submission.project), micros(arrival.received_at)
        envelope_row = _envelope(arrival, envelope_id, project, received_at)
        body_row = _body(submission, envelope_id)
        event_id = id_bytes(submission.envelope.event_id)
        head = (envelope_id, project)
        item_rows = [
            (new_id, *head, *_item(received, outcome, event_id, received_at))
            for new_id, (received, outcome) in enumerate(arrival.items, item_id)
        ]
        self.envelopes.append(envelope_row)
        self.bodies.append(body_row)
        self.converts = self.converts or submission.converted
        self.items += item_rows
        for new_id, (received, _) in enumerate(arrival.items, item_id):
            self.terms[new_id] = received.facts.terms
        counts = self.projects.setdefault(project, [received_at, 0, 0])
        counts[1] += len(arrival.items)
        counts[2] += 1
        self.keys.add((project, text(submission.public_key)))
        self._count(ledger, received_at)

    def forward(
        self, arrival: Arrival, tickets: Sequence[Ticket], envelope_id: int, item_id: int
    ) -> None:
        """Take where an arrival goes on to, with the ids that `add` gave it."""
        self.forwarded = True
        project, queued_at = text(arrival.submission.project), micros(arrival.received_at)
        for ticket in tickets:
            if ticket.parts:
                self.parcels.append(ticket_row(ticket, project, envelope_id, item_id, queued_at))
            self.left_out += map(count_row, ticket.entries)

    def refuse(
        self, request: RefusedRequest, wire: bytes, start: int, ledger: Sequence[LedgerEntry]
    ) -> None:
        """Take a refused request; whoever counts anything becomes a known project."""
        self.refused.append(refused_row(request, wire, start))
        received_at = micros(request.received_at)
        for entry in ledger:
            self.projects.setdefault(text(entry.project), [received_at, 0, 0])
        self._count(ledger, received_at)

    def _count(self, ledger: Sequence[LedgerEntry], received_at: int) -> None:
        minute = received_at // MINUTE_MICROS
        counts = self.ledger.get(minute)
        if counts is None:
            counts = self.ledger[minute] = Counter()
        for entry in ledger:
            key = (entry.project, entry.category, entry.outcome, entry.reason)
            counts[key] += entry.quantity

    def body_rows(self) -> Iterator[Row]:
        """The bodies; what a door made is compressed here, for that can be much."""
        pack = zstandard.ZstdCompressor(level=1).compress if self.converts else None
        for envelope_id, packed, wire, made in self.bodies:
            envelope = None if made is None or pack is None else pack(serialize(made))
            yield (envelope_id, packed, wire, envelope)

    def ledger_rows(self) -> list[Row]:
        """What to add to the ledger; a batch has many entries and few rows."""
        return [
            (
                text(project),
                text(category),
                outcome.value,
                text(reason),
                MINUTE,
                minute * MINUTE,
                integer(quantity),
            )
            for minute, counts in self.ledger.items()
            for (project, category, outcome, reason), quantity in counts.items()
        ]


def _envelope(arrival: Arrival, envelope_id: int, project: str, received_at: int) -> Row:
    submission = arrival.submission
    envelope: Envelope = submission.envelope
    return (
        envelope_id,
        project,
        text(submission.public_key),
        id_bytes(envelope.event_id),
        received_at,
        text(arrival.remote_addr),
        text(arrival.user_agent),
        text(submission.client),
        submission.door,
        submission.coding,
        len(submission.wire),
        submission.size,
        envelope.raw_header,
        text("\n".join(item.type for item in envelope.items)),
        submission.spotlight,
        "\n".join(envelope.tolerated),
        "\n".join(arrival.faults),
        text("\n".join(arrival.chain)),
    )


def _body(submission: Submission, envelope_id: int) -> Row:
    packed, wire = submission.coding, submission.wire
    if packed == "" and len(wire) <= PACK_NOW:
        packed, wire = "zstd", compress(wire)
    return (envelope_id, packed, wire, submission.envelope if submission.converted else None)


def _level(terms: Sequence[tuple[str, str]]) -> str:
    for key, value in terms:
        if key == "level":
            return value
    return ""


def _item(
    received: ReceivedItem, outcome: Outcome, event_id: bytes | None, received_at: int
) -> Row:
    item, facts, refused = received.item, received.facts, received.refused_records
    level = _level(facts.terms)
    return (
        text(item.type),
        event_id or id_bytes(facts.event_id),
        id_bytes(facts.trace_id),
        received_at,
        moment(facts.timestamp),
        number(facts.duration),
        text(level),
        text(facts.title),
        integer(facts.count),
        item.start,
        len(item.payload),
        "" if outcome is ACCEPTED else str(outcome),
        item.raw_header,
        text(facts.text),
        _encode(refused).decode() if refused else "",
    )
