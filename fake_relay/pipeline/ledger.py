"""What items count: units by data category, outcome and reason (PROTOCOL.md 5.1 and 7.5).

Rule: what was received is the sum of the outcomes, for every category.
May import: records, items, protocol, msgspec.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import msgspec

from fake_relay.items import NO_FACTS, client_report, item_type
from fake_relay.pipeline.stage import Walked
from fake_relay.protocol.category import WIRE_NAMES, Category
from fake_relay.protocol.envelope import Item
from fake_relay.protocol.outcome import ACCEPTED, Fate, Outcome, Quantity
from fake_relay.records import LedgerEntry, ReceivedItem, Submission

COUNTED = 16 * 1024 * 1024
"""Bytes of a refused payload that is opened to count what it holds; a larger one counts as one."""


MAX_DISCARDS = 1000
"""Reasons by category that are told apart in client reports; SDKs have some hundred."""
OTHER = "other"
"""What stands for all further ones: a report can hold any text, and rows of the ledger stay."""


class Discards:
    """The reasons and categories that SDKs reported so far, bounded in number."""

    def __init__(self) -> None:
        self._known: set[tuple[str, str]] = set()

    def told_as(self, category: str, reason: str) -> tuple[str, str]:
        """Category and reason, or `OTHER` for what comes when there are too many."""
        found = category, reason
        if found in self._known:
            return found
        if len(self._known) < MAX_DISCARDS:
            self._known.add(found)
            return found
        return category if category in _CATEGORIES else str(Category.UNKNOWN), OTHER


_CATEGORIES = frozenset(str(category) for category in Category)


def received(item: Item, trace_id: str = "") -> ReceivedItem:
    """An item with its facts and what it counts.

    `trace_id` is that of the envelope's header, for an item that names no trace itself.
    """
    kind = item_type(item.header.item_type)
    facts = kind.facts(item.header, item.payload)
    if trace_id and kind.traced and not facts.trace_id:
        facts = msgspec.structs.replace(facts, trace_id=trace_id)
    return ReceivedItem(item, facts, kind.quantities(item.header, item.payload, facts))


def undecided(submission: Submission) -> list[Walked]:
    """The items of an envelope that may be refused as a whole; what they count is bounded work."""
    return [(_bounded(item), ACCEPTED) for item in submission.envelope.items]


def refused_entries(
    submission: Submission, walked: Iterable[Walked], reason: str
) -> list[LedgerEntry]:
    """What the items of an envelope count that is refused as a whole.

    Items that fell before count with their own outcomes, the others are invalid for `reason`.
    Client reports in it were never read.
    """
    project, refused = submission.project, Outcome(Fate.INVALID, reason)
    entries: list[LedgerEntry] = []
    for item, outcome in walked:
        fate = refused if outcome is ACCEPTED else outcome
        entries += _entries(project, item.quantities, fate)
        for refusal, quantities in item.refused:
            entries += _entries(project, quantities, refusal)
    for left_out, outcome in submission.dropped:
        entries += _entries(project, _bounded(left_out).quantities, outcome)
    return entries


def _bounded(item: Item) -> ReceivedItem:
    # Nobody waits for the spans of two hundred megabytes to be counted.
    if len(item.payload) <= COUNTED:
        return received(item)
    quantities = item_type(item.type).quantities(item.header, item.payload, NO_FACTS)
    return ReceivedItem(item, NO_FACTS, quantities)


def ledger_entries(project: str, walked: Iterable[Walked], discards: Discards) -> list[LedgerEntry]:
    """What items add to the ledger: their own quantities, and an SDK's reported discards.

    `discards` bounds what those can be.
    Records of a container that were refused alone stand there with their own reasons.
    """
    entries: list[LedgerEntry] = []
    for item, outcome in walked:
        fate, reason = outcome.fate, outcome.reason
        for quantity in item.quantities:
            category = WIRE_NAMES[quantity.category]
            entries.append(LedgerEntry(project, category, fate, reason, quantity.amount))
        for refusal, quantities in item.refused:
            entries += _entries(project, quantities, refusal)
        if item.item.header.item_type == "client_report" and outcome is ACCEPTED:
            entries += _discarded(project, item, discards)
    return entries


def _discarded(project: str, report: ReceivedItem, discards: Discards) -> Iterator[LedgerEntry]:
    for found in client_report.discards(report.item.payload):
        category, reason = discards.told_as(found.category, found.reason)
        yield LedgerEntry(project, category, Fate.CLIENT_DISCARD, reason, found.quantity)


def _entries(project: str, quantities: Iterable[Quantity], outcome: Outcome) -> list[LedgerEntry]:
    return [
        LedgerEntry(project, str(quantity.category), outcome.fate, outcome.reason, quantity.amount)
        for quantity in quantities
    ]
