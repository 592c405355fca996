"""What items count: units by data category, outcome and reason (PROTOCOL.md 5.1 and 7.5).

Rule: what was received is the sum of the outcomes, for every category.
May import: records, items, protocol, msgspec.
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from fake_relay.items import ITEM_TYPES, NO_FACTS, client_report, item_type
from fake_relay.protocol.envelope import Item
from fake_relay.protocol.outcome import ACCEPTED, Fate, Outcome, Quantity
from fake_relay.records import LedgerEntry, ReceivedItem, Submission

COUNTED = 16 * 1024 * 1024
"""Bytes of a refused payload that is opened to count what it holds; a larger one counts as one."""


def received(item: Item, trace_id: str = "") -> ReceivedItem:
    """An item with its facts and what it counts.

    `trace_id` is that of the envelope's header, for an item that names no trace itself.
    """
    kind = item_type(item.type)
    facts = kind.facts(item.header, item.payload)
    if trace_id and kind.traced and not facts.trace_id:
        facts = msgspec.structs.replace(facts, trace_id=trace_id)
    return ReceivedItem(item, facts, kind.quantities(item.header, item.payload, facts))


def refused_entries(submission: Submission, reason: str) -> list[LedgerEntry]:
    """What the known items of an envelope count that is refused as a whole."""
    outcome = Outcome(Fate.INVALID, reason)
    entries: list[LedgerEntry] = []
    for item in submission.envelope.items:
        if (kind := ITEM_TYPES.get(item.type)) is not None:
            # Nobody waits for the spans of two hundred megabytes to be counted.
            small = len(item.payload) <= COUNTED
            facts = kind.facts(item.header, item.payload) if small else NO_FACTS
            quantities = kind.quantities(item.header, item.payload, facts)
            entries += _entries(submission.project, quantities, outcome)
    return entries


def ledger_entries(project: str, received: ReceivedItem, outcome: Outcome) -> list[LedgerEntry]:
    """What an item adds to the ledger: its own quantities, and an SDK's reported discards.

    Records of a container that were refused alone stand there with their own reasons.
    """
    entries = _entries(project, received.quantities, outcome)
    for reason, quantities in received.refused:
        entries += _entries(project, quantities, reason)
    if received.item.type == "client_report" and outcome is ACCEPTED:
        entries += [
            LedgerEntry(project, found.category, Fate.CLIENT_DISCARD, found.reason, found.quantity)
            for found in client_report.discards(received.item.payload)
        ]
    return entries


def _entries(project: str, quantities: Iterable[Quantity], outcome: Outcome) -> list[LedgerEntry]:
    return [
        LedgerEntry(project, str(quantity.category), outcome.fate, outcome.reason, quantity.amount)
        for quantity in quantities
    ]
