"""Which items of an envelope stand or fall together, and how much they count (PROTOCOL.md 7.3).

An event stands with all that needs it; the items of another kind stand as one, as in Relay,
where an envelope's sum is checked and not its parts.
May import: records, items, protocol, msgspec.
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from fake_relay.items import item_type
from fake_relay.protocol.category import Category
from fake_relay.protocol.outcome import ACCEPTED, Outcome
from fake_relay.protocol.rate_limits import covers
from fake_relay.records import ReceivedItem

Walked = tuple[ReceivedItem, Outcome]
"""An item and its outcome so far."""

INDEXED = frozenset({Category.TRANSACTION_INDEXED, Category.SPAN_INDEXED, Category.PROFILE_INDEXED})


class Group(msgspec.Struct):
    """Places in the envelope, and what is judged and counted of them.

    `monitor` is the slug of a check-in.
    """

    members: list[int]
    amounts: dict[Category, int]
    monitor: str = ""

    def amount(self, categories: tuple[Category, ...]) -> int:
        """Units of some categories; for none, which mean all, those of the group's own kind."""
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
    others: dict[Category, Group] = {}
    for place in _standing(walked):
        received = walked[place][0]
        if received.quantities and place not in makers:
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
