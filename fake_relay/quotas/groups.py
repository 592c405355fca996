"""Which items of an envelope stand or fall together, and how much they count (PROTOCOL.md 7.3).

An event stands with all that needs it; the items of another kind stand as one, as in Relay,
where an envelope's sum is checked and not its parts. The spans inside of a transaction stand apart
from it: they count and fall as spans, and what is left of the transaction stays.
May import: records, items, protocol, msgspec.
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from fake_relay.items import item_type
from fake_relay.items.attachment import is_of_span
from fake_relay.protocol.category import Category
from fake_relay.protocol.outcome import ACCEPTED, Outcome, Quantity
from fake_relay.protocol.rate_limits import covers
from fake_relay.records import ReceivedItem, RefusedRecords

Walked = tuple[ReceivedItem, Outcome]
"""An item and its outcome so far."""

INDEXED = frozenset({Category.TRANSACTION_INDEXED, Category.SPAN_INDEXED, Category.PROFILE_INDEXED})


SPANS = (Category.SPAN, Category.SPAN_INDEXED)


class Group(msgspec.Struct):
    """Places in the envelope, and what is judged and counted of them.

    Of `carriers` only the spans are meant; `monitor` is the slug of a check-in.
    """

    members: list[int]
    amounts: dict[Category, int]
    monitor: str = ""
    carriers: list[int] = []

    def amount(self, categories: tuple[Category, ...]) -> int:
        """Units of some categories; for none, which mean all, those of the group's own kind."""
        if not categories and self.carriers:
            # They are a part of what counts as one already.
            return 0
        if not categories:
            return self.amounts.get(Category.ATTACHMENT_ITEM) or next(iter(self.amounts.values()))
        return sum(
            amount for category, amount in self.amounts.items() if covers(categories, category)
        )


def groups_of(walked: list[Walked]) -> Iterator[Group]:
    """The groups of the items that are accepted so far, the event's first.

    Asked for one by one: what falls with the event is in no later group.
    """
    makers = [place for place in _standing(walked) if _makes_event(walked[place][0])]
    if makers:
        yield _event_group(walked, makers)
    yield from _span_groups(walked)
    others: dict[Category, Group] = {}
    for place in _standing(walked):
        received = walked[place][0]
        if received.quantities and place not in makers and received.item.type != "span":
            group = others.setdefault(received.quantities[0].category, Group([], {}))
            _join(group, place, received)
    yield from others.values()


def _standing(walked: list[Walked]) -> list[int]:
    return [place for place, (_, outcome) in enumerate(walked) if outcome is ACCEPTED]


def _event_group(walked: list[Walked], makers: list[int]) -> Group:
    members = [place for place in _standing(walked) if _is_bound(walked[place][0])]
    category = min(map(_category, (walked[place][0] for place in makers)), key=_is_crash)
    amounts = {category: 1}
    if category is Category.TRANSACTION:
        amounts[Category.TRANSACTION_INDEXED] = 1
    elif category is Category.ATTACHMENT:
        # A crash without an event of its own: the dump becomes one, and dumps are never limited
        # as attachments, for without them there is nothing to symbolicate.
        amounts = {Category.ERROR: 1}
    return Group(members, amounts)


def _span_groups(walked: list[Walked]) -> Iterator[Group]:
    """The spans of a transaction, then those that are items; with these go their attachments."""
    alone = Group([], dict.fromkeys(SPANS, 0))
    for place in _standing(walked):
        received = walked[place][0]
        if received.item.type == "transaction":
            amounts = {unit.category: unit.amount for unit in spans_of(received)}
            if amounts:
                yield Group([], amounts, carriers=[place])
        elif received.item.type == "span":
            _join(alone, place, received)
        elif received.item.type == "attachment" and is_of_span(received.item):
            alone.members.append(place)
    if alone.members:
        yield alone


def spans_of(received: ReceivedItem) -> tuple[Quantity, ...]:
    """What an item counts in spans."""
    return tuple(unit for unit in received.quantities if unit.category in SPANS)


def without_spans(received: ReceivedItem, outcome: Outcome) -> ReceivedItem:
    """A transaction whose spans have an outcome of their own."""
    spans = spans_of(received)
    count = next(unit.amount for unit in spans)
    return msgspec.structs.replace(
        received,
        quantities=tuple(unit for unit in received.quantities if unit not in spans),
        refused=(*received.refused, (outcome, spans)),
        refused_records=(*received.refused_records, RefusedRecords(str(outcome), count, ())),
    )


def _join(group: Group, place: int, received: ReceivedItem) -> None:
    group.members.append(place)
    for quantity in received.quantities:
        group.amounts[quantity.category] = group.amounts.get(quantity.category, 0) + quantity.amount
    if not group.monitor:
        group.monitor = next(iter(received.facts.values("monitor.slug")), "")


def _category(received: ReceivedItem) -> Category:
    if received.item.type == "attachment":
        return Category.ATTACHMENT
    return received.quantities[0].category if received.quantities else Category.ERROR


def _is_crash(category: Category) -> bool:
    return category is Category.ATTACHMENT


def _makes_event(received: ReceivedItem) -> bool:
    return item_type(received.item.type).creates_event(received.item.header)


def _is_bound(received: ReceivedItem) -> bool:
    """Whether an item falls with the event; an unsampled profile stands alone (5.6)."""
    if received.item.type == "profile" and received.item.header.sampled is False:
        return False
    return item_type(received.item.type).needs_event
