"""The ledger as tests read it, and whether it balances with what is stored.

May import: expect.subject, items, records, protocol.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence

import msgspec

from fake_relay.expect import Exhibit
from fake_relay.items import client_report, crash, item_type
from fake_relay.protocol.category import Category
from fake_relay.protocol.envelope import ItemHeader
from fake_relay.protocol.outcome import Fate
from fake_relay.records import LedgerEntry

RECORD_CATEGORIES = frozenset(
    str(unit)
    for unit in (
        Category.LOG_ITEM,
        Category.LOG_BYTE,
        Category.TRACE_METRIC,
        Category.TRACE_METRIC_BYTE,
        Category.SPAN,
        Category.SPAN_INDEXED,
    )
)
"""In which the records of containers count."""

SAMPLED = frozenset({Category.TRANSACTION_INDEXED, Category.SPAN_INDEXED})
"""In which dynamic sampling drops a transaction (PROTOCOL.md 11.4)."""

Units = Counter[tuple[str, str]]
"""Quantities by data category and outcome."""


def outcomes(ledger: Iterable[LedgerEntry]) -> dict[str, dict[str, int]]:
    """Quantities by data category and outcome, such as `filtered(release)`."""
    found: dict[str, dict[str, int]] = defaultdict(dict)
    for entry in ledger:
        found[entry.category][_named(entry)] = entry.quantity
    return dict(found)


def discards(ledger: Iterable[LedgerEntry]) -> dict[str, dict[str, int]]:
    """What SDKs reported to have discarded, by data category and reason."""
    found: dict[str, dict[str, int]] = defaultdict(dict)
    for entry in ledger:
        if entry.outcome is Fate.CLIENT_DISCARD:
            found[entry.category][entry.reason] = entry.quantity
    return dict(found)


def differences(ledger: Sequence[LedgerEntry], exhibits: Iterable[Exhibit]) -> list[str]:
    """A line for each unit that the ledger and the stored items count differently.

    What was refused before it could be stored stands in the ledger alone.
    """
    written: Units = Counter()
    for entry in ledger:
        written[entry.category, _named(entry)] += entry.quantity
    held = _held(exhibits)
    alone = _refused_alone(written, held)
    return [
        f"  {category} {outcome}: the ledger has {written[category, outcome]}, "
        f"the stored items make {held[category, outcome]}"
        for category, outcome in sorted(written.keys() | held.keys())
        if held[category, outcome] > written[category, outcome] + alone[category]
        or (held[category, outcome] < written[category, outcome] and _must_be_held(outcome))
    ]


def _refused_alone(written: Units, held: Units) -> Counter[str]:
    """Units by category that may be records which were refused alone, out of a kept container.

    The stored item does not say how many they were; the ledger has them by their own outcome.
    """
    found: Counter[str] = Counter()
    for (category, outcome), amount in written.items():
        if category in RECORD_CATEGORIES and not _must_be_held(outcome):
            found[category] += max(amount - held[category, outcome], 0)
    return found


def _must_be_held(outcome: str) -> bool:
    return outcome == str(Fate.ACCEPTED) or outcome.startswith(str(Fate.CLIENT_DISCARD))


def _held(exhibits: Iterable[Exhibit]) -> Units:
    held: Units = Counter()
    exhibits = list(exhibits)
    silent = _uncounted(exhibits)
    for exhibit in exhibits:
        item = exhibit.item
        if item.id in silent:
            continue
        header = msgspec.json.decode(item.headers, type=ItemHeader)
        for unit in item_type(item.type).quantities(header, exhibit.data, exhibit.facts):
            held[str(unit.category), _outcome_of(item.outcome, unit.category)] += unit.amount
        if item.type == "client_report" and not item.outcome:
            for found in client_report.discards(exhibit.data):
                held[found.category, f"{Fate.CLIENT_DISCARD}({found.reason})"] += found.quantity
    return held


def _uncounted(exhibits: Sequence[Exhibit]) -> set[int]:
    """The items that count nothing, because another one of their crash does."""
    crashes = {found.item.envelope_id for found in exhibits if found.item.type == crash.ARCHIVE}
    silent: set[int] = set()
    for envelope_id in crashes:
        items = [found.item for found in exhibits if found.item.envelope_id == envelope_id]
        items.sort(key=lambda item: item.id)
        kinds = [(item.type, crash.is_derived(item.headers)) for item in items]
        silent.update(items[place].id for place in crash.uncounted(kinds))
    return silent


def _outcome_of(outcome: str, category: Category) -> str:
    """An item's outcome in one category: what sampling leaves out has been counted before."""
    sampled = outcome.startswith(f"{Fate.FILTERED}(Sampled:") and category not in SAMPLED
    return str(Fate.ACCEPTED) if sampled or not outcome else outcome


def _named(entry: LedgerEntry) -> str:
    return f"{entry.outcome}({entry.reason})" if entry.reason else str(entry.outcome)
