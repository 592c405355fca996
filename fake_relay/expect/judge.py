"""Look at what has arrived and say whether an expectation holds.

Rule: judging never waits and never writes. A `Watch` looks again and again and decodes
each payload once; only accepted items match.
May import: expect, store, query, match, records, items, protocol, errors.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any

import msgspec

from fake_relay.errors import ConfigError
from fake_relay.expect import report
from fake_relay.expect.expectation import ALIASES, Expectation
from fake_relay.expect.fields import known_names, read
from fake_relay.expect.subject import Exhibit, Subject, Views
from fake_relay.expect.wording import meant
from fake_relay.items import ITEM_TYPES
from fake_relay.match import ABSENT_VALUE, Lookup, Mismatch
from fake_relay.protocol.outcome import Fate
from fake_relay.records import LedgerEntry, StoredItem
from fake_relay.store import Reader, Selection

MAX_NEAR_MISSES = 3
PAGE = 200


@dataclass(frozen=True)
class NearMiss:
    """A subject that came close, and each field that differs."""

    subject: Subject
    differences: tuple[tuple[Lookup, tuple[Mismatch, ...]], ...]
    found_by_query: bool = True

    @property
    def distance(self) -> tuple[int, int]:
        """Fields that differ, and the newest first among equals."""
        return len(self.differences) + (not self.found_by_query), -self.subject.item.id


class Verdict:
    """What was found: does the expectation hold, and can that still change?"""

    def __init__(
        self,
        expectation: Expectation,
        matched: tuple[Subject, ...],
        near_misses: tuple[NearMiss, ...],
        others: Counter[str],
        refused: tuple[StoredItem, ...],
        unseen: frozenset[str],
        reader: Reader,
    ) -> None:
        self.expectation = expectation
        self.matched = matched
        self.near_misses = near_misses
        self.others = others
        self.refused = refused
        self.unseen = unseen
        """Fields that were asked for, and that nothing of what was looked at has."""
        self._reader = reader

    @property
    def held(self) -> bool:
        """Whether as many match as were asked for."""
        count = self.expectation.count
        fits = count.maximum is None or len(self.matched) <= count.maximum
        return fits and len(self.matched) >= count.minimum

    @property
    def settled(self) -> bool:
        """Whether nothing that arrives later can change the verdict."""
        count = self.expectation.count
        if count.maximum is None:
            return len(self.matched) >= count.minimum
        return len(self.matched) > count.maximum

    @cached_property
    def dropped(self) -> tuple[LedgerEntry, ...]:
        """The ledger's entries that are not accepted, those reported by SDKs included."""
        ledger = self._reader.ledger(self.expectation.project)
        return tuple(entry for entry in ledger if entry.outcome is not Fate.ACCEPTED)

    @cached_property
    def evicted(self) -> int:
        """Items of the project that had to make room in the store; they were not judged."""
        return self._reader.evicted(self.expectation.project)

    @cached_property
    def hints(self) -> tuple[str, ...]:
        """Names that are probably slips of the pen: a misspelt field matches nothing, and lets
        a negative hold for the wrong reason."""
        known = known_names()
        asked = dict.fromkeys(lookup.field for lookup in self.expectation.where.lookups)
        fields = [
            f"nothing here has a field {name!r}; did you mean {guess!r}?"
            for name in asked
            if name in self.unseen and (guess := meant(name, known))
        ]
        types = {*ITEM_TYPES, *ALIASES}
        return *fields, *(
            f"SDKs send no item of type {name!r}; did you mean {guess!r}?"
            for name in self.expectation.types
            if not self.others[name] and not self.matched and (guess := meant(name, types))
        )

    @cached_property
    def text(self) -> str:
        """What a person reads when it does not hold."""
        return report.text(self)

    def to_json(self) -> dict[str, Any]:
        """The verdict for machines, with `text` for people."""
        return report.to_json(self)

    def __repr__(self) -> str:
        return f"<Verdict held={self.held} settled={self.settled} matched={len(self.matched)}>"


class Watch:
    """Looks at what has arrived for one expectation; each look reads only what is new."""

    def __init__(
        self, expectation: Expectation, reader: Reader, views: Views | None = None
    ) -> None:
        self.expectation = expectation
        self.reader = reader
        self.views = wanted_views(expectation, views)
        self.position = expectation.since
        """Everything up to this item has been looked at."""
        self.arrived = 0
        """How many items have been looked at."""
        self._matched: list[Subject] = []
        self._near: list[NearMiss] = []
        self._others: Counter[str] = Counter()
        self._refused: list[StoredItem] = []
        self._unseen = {lookup.field for lookup in expectation.where.lookups}

    def look(self) -> Verdict:
        """Look at what is new and judge all that was seen."""
        position = max(self.reader.position(), self.position)
        for item in new_items(self.reader, self.expectation.project, self.position):
            self.arrived += 1
            self._admit(item)
            position = max(position, item.id)
        self.position = position
        return Verdict(
            self.expectation,
            tuple(self._matched),
            tuple(self._near),
            Counter(self._others),
            tuple(self._refused),
            frozenset(self._unseen),
            self.reader,
        )

    def _admit(self, item: StoredItem) -> None:
        wanted = not self.expectation.types or item.type in self.expectation.types
        if item.outcome:
            self._refused.append(item)
        elif not wanted:
            self._others[item.type] += 1
        else:
            exhibit = Exhibit(item, self.reader, self.views)
            if exhibit.refused:
                self._refused.append(msgspec.structs.replace(item, outcome=exhibit.refused))
                return
            for subject in exhibit.subjects:
                self._judge(subject)

    def _judge(self, subject: Subject) -> None:
        expectation = self.expectation
        query = expectation.query
        try:
            found = query is None or query.matches(subject.exhibit.document)
            differences = expectation.where.explain_fields(partial(self._read, subject))
        except Exception as error:
            error.add_note(f"raised while item {subject.item.id} ({subject.title}) was matched")
            raise
        if found and not differences:
            self._matched.append(subject)
            return
        self._others[subject.item.type] += 1
        self._near.append(NearMiss(subject, differences, found))
        self._near.sort(key=lambda near: near.distance)
        del self._near[MAX_NEAR_MISSES:]

    def _read(self, subject: Subject, name: str) -> Any:
        found = read(subject, name)
        if found is not ABSENT_VALUE:
            self._unseen.discard(name)
        return found


def new_items(reader: Reader, project: str | None, after: int) -> list[StoredItem]:
    """The items with ids after this one, oldest first."""
    found: list[StoredItem] = []
    before = None
    while True:
        page = reader.find(Selection(project=project, after=after, before=before, limit=PAGE))
        found += page.items
        if page.next is None:
            return found[::-1]
        before = page.next


def wanted_views(expectation: Expectation, views: Views | None) -> Views | None:
    """The views that an expectation asks for; raises `ConfigError` where there are none."""
    if expectation.view == "sent":
        return None
    if views is None:
        raise ConfigError("view='stored' cannot be judged here: nothing computes stored views")
    return views


def judge(expectation: Expectation, reader: Reader, views: Views | None = None) -> Verdict:
    """Judge an expectation by what is committed now; waits for nothing."""
    return Watch(expectation, reader, views).look()
