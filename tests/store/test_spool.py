"""The spool of every store: queued with the items, settled at once, bounded, counted."""

from __future__ import annotations

import sqlite3
import uuid
from collections.abc import Callable
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fake_relay.store import Store, open_store, schema
from fake_relay.store.spool import (
    Counts,
    DeadLetter,
    ForwardEntry,
    ForwardFate,
    KnownUpstream,
    Parcel,
    Part,
    Settlement,
    SpoolBounds,
    Ticket,
    entries_of,
)

NOW = 1_795_312_800.0
WIDE = SpoolBounds(1e9, 10**9, 10**12, 10**6)
Arrive = Callable[..., Any]


def ticket(*places: int, upstream: str = "up", size: int = 10, **more: Any) -> Ticket:
    parts = tuple(Part(place, size, (("error", 1),)) for place in places)
    return Ticket(upstream, parts, **more)


@pytest.fixture
def forward(store: Store, arrival: Any) -> Callable[..., None]:
    """Keep an envelope of so many items, and queue the places of a ticket."""

    def arrive(*tickets: Ticket, items: int = 1, at: float = NOW, project: str = "1") -> None:
        titles = [f"t{number}" for number in range(items)]
        store.add(arrival(*titles, received_at=at, project=project), (), tickets)
        store.commit()

    return arrive


def due(store: Store, now: float = NOW + 1, upstream: str = "up") -> list[int]:
    return [parcel.id for parcel in store.spool.due(upstream, now, 100)]


def test_a_ticket_is_a_parcel_of_the_items_that_were_stored_with_it(
    store: Store, forward: Arrive
) -> None:
    forward(ticket(0), items=2)
    forward(ticket(0, 2), items=3)
    first, second = store.spool.due("up", NOW, 10)
    assert [part.item for part in first.parts] == [1]
    assert [part.item for part in second.parts] == [3, 5]
    assert (second.envelope_id, second.project) == (2, "1")
    assert (second.size, second.queued_at) == (20, NOW)
    items = [store.item(part.item) for part in second.parts]
    assert [item.title for item in items if item is not None] == ["t0", "t2"]
    assert store.spool.parcel(second.id) == second


def test_nothing_is_queued_before_its_items_are_committed(store: Store, arrival: Any) -> None:
    store.add(arrival("x"), (), [ticket(0)])
    assert due(store) == []
    store.commit()
    assert len(due(store)) == 1


def test_what_stays_behind_is_counted_and_nothing_is_queued(store: Store, forward: Arrive) -> None:
    entry = ForwardEntry("up", "1", "error", "left_out", "query", 2)
    forward(Ticket("up", (), entries=(entry,)))
    forward(Ticket("up", (), entries=(entry,)))
    assert due(store) == []
    (found,) = store.spool.forward_ledger("up")
    assert (found.quantity, found.reported) == (4, 0)
    assert store.spool.forward_ledger("other") == []


def test_a_settlement_is_kept_as_a_whole(store: Store, forward: Arrive) -> None:
    for _ in range(3):
        forward(ticket(0, 1), items=2)
    one, two, three = store.spool.due("up", NOW, 10)
    left = Parcel(
        id=two.id,
        upstream="up",
        project="1",
        envelope_id=2,
        parts=two.parts[1:],
        queued_at=NOW,
        due_at=NOW + 60,
    )
    letter = DeadLetter(parcel=three, died_at=NOW, status=400, reason="status 400", detail="no")
    sent = tuple(entries_of(one, "sent", ""))
    event_id = uuid.uuid4().hex
    store.spool.settle(
        Settlement(
            upstream="up",
            at=NOW,
            done=(one.id, three.id),
            kept=(left,),
            dead=(letter,),
            event_ids=(event_id,),
            entries=sent,
            counts=Counts(sent=1, retried=2),
            state=b'{"coding":"br"}',
        )
    )
    assert due(store) == []
    assert due(store, NOW + 61) == [two.id]
    assert store.spool.next_due("up", NOW) == NOW + 60
    assert store.spool.forwarded("up", [event_id, uuid.uuid4().hex]) == {event_id}
    assert store.spool.forwarded("other", [event_id]) == set()
    assert store.spool.dead_letter(three.id) == letter
    assert store.spool.upstreams() == [KnownUpstream("up", b"", b'{"coding":"br"}')]
    totals = store.spool.totals("up")
    assert (totals.envelopes, totals.bytes, totals.dead) == (1, 10, 1)
    assert totals.counts == Counts(selected=3, sent=1, retried=2)
    assert [(e.fate, e.quantity) for e in store.spool.forward_ledger()] == [("sent", 2)]


def test_what_was_evicted_on_its_way_is_not_counted_twice(store: Store, forward: Arrive) -> None:
    forward(ticket(0))
    (parcel,) = store.spool.due("up", NOW, 10)
    assert store.spool.evict("up", NOW, SpoolBounds(1e9, 0, 10**9, 10)) == 1
    sent = tuple(entries_of(parcel, "sent", ""))
    counts = Counts(sent=1, retried=1)
    store.spool.settle(
        Settlement(upstream="up", at=NOW, done=(parcel.id,), entries=sent, counts=counts)
    )
    (entry,) = store.spool.forward_ledger()
    assert (entry.fate, entry.reason, entry.quantity) == ("evicted", "count", 1)
    assert store.spool.totals("up").counts == Counts(selected=1, evicted=1, retried=1)


def test_dead_letters_go_back_to_their_old_places(store: Store, forward: Arrive) -> None:
    for _ in range(3):
        forward(ticket(0))
    first = store.spool.due("up", NOW, 1)[0]
    letter = DeadLetter(parcel=first, died_at=NOW, status=400, reason="status 400")
    entries = tuple(entries_of(first, "dead", "status 400"))
    store.spool.settle(
        Settlement(upstream="up", at=NOW, done=(first.id,), dead=(letter,), entries=entries)
    )
    assert [one.parcel.id for one in store.spool.dead_letters("up")] == [first.id]
    assert store.spool.dead_letters("up", before=first.id) == []
    assert store.spool.revive("other") == 0
    assert store.spool.revive("up", [first.id]) == 1
    assert due(store)[0] == first.id
    assert store.spool.dead_letters() == []
    assert [entry.quantity for entry in store.spool.forward_ledger()] == [0]
    assert store.spool.drop_dead(None) == 0


def test_parts_of_one_parcel_that_die_apart_are_dead_letters_of_their_own(
    store: Store, forward: Arrive
) -> None:
    forward(ticket(0, 1, 2), items=3)
    (parcel,) = store.spool.due("up", NOW, 1)

    def of(*places: int) -> Parcel:
        return msgspec.structs.replace(parcel, parts=tuple(parcel.parts[place] for place in places))

    def bury(place: int, **became: Any) -> None:
        letter = DeadLetter(parcel=of(place), died_at=NOW, status=413, reason="status 413")
        store.spool.settle(Settlement(upstream="up", at=NOW, dead=(letter,), **became))

    bury(0, kept=(of(1, 2),))
    bury(1, kept=(of(2),))
    counted = store.spool.totals("up")
    assert (counted.envelopes, counted.dead, counted.counts.selected) == (1, 2, 3)
    assert store.spool.revive("up") == 2
    waiting = store.spool.due("up", NOW, 9)
    assert [one.parts for one in waiting] == [of(2).parts, of(0).parts, of(1).parts]
    counted = store.spool.totals("up")
    assert (counted.envelopes, counted.dead, counted.counts.selected) == (3, 0, 3)


def test_tries_in_vain_are_kept_with_the_parcel_until_somebody_queues_it_again(
    store: Store, forward: Arrive
) -> None:
    forward(ticket(0))
    (parcel,) = store.spool.due("up", NOW, 1)
    for _ in range(2):
        settled = Settlement(
            upstream="up", at=NOW, attempted=(parcel.id,), counts=Counts(retried=1)
        )
        store.spool.settle(settled)
    (tried,) = store.spool.due("up", NOW, 1)
    assert (tried.attempts, store.spool.totals("up").counts.retried) == (2, 2)
    letter = DeadLetter(parcel=tried, died_at=NOW, status=500, reason="status 500")
    store.spool.settle(Settlement(upstream="up", at=NOW, done=(parcel.id,), dead=(letter,)))
    assert store.spool.dead_letter(parcel.id) == letter
    store.spool.revive("up")
    assert store.spool.due("up", NOW, 1) == [parcel]


@pytest.mark.parametrize(
    ("bounds", "reason", "left"),
    [
        (SpoolBounds(1e9, 2, 10**9, 10), "count", 2),
        (SpoolBounds(1e9, 10**9, 15, 10), "bytes", 1),
        (SpoolBounds(250, 10**9, 10**9, 10), "age", 2),
    ],
)
def test_the_oldest_make_room_and_are_counted(
    store: Store, forward: Arrive, bounds: SpoolBounds, reason: str, left: int
) -> None:
    for number in range(5):
        forward(ticket(0), at=NOW + 100 * number)
    forward(ticket(0, upstream="other"), at=NOW)
    assert store.spool.evict("up", NOW + 500, WIDE) == 0
    evicted = store.spool.evict("up", NOW + 500, bounds)
    assert (evicted, len(due(store, NOW + 999))) == (5 - left, left)
    assert store.spool.evict("up", NOW + 500, bounds) == 0
    (entry,) = store.spool.forward_ledger()
    assert (entry.fate, entry.reason, entry.quantity) == ("evicted", reason, 5 - left)
    assert len(due(store, upstream="other")) == 1


def test_the_oldest_dead_letters_make_room(store: Store, forward: Arrive) -> None:
    for _ in range(3):
        forward(ticket(0))
    parcels = store.spool.due("up", NOW, 10)
    dead = tuple(
        DeadLetter(parcel=one, died_at=NOW, status=400, reason="status 400") for one in parcels
    )
    done = tuple(one.id for one in parcels)
    store.spool.settle(Settlement(upstream="up", at=NOW, done=done, dead=dead))
    assert store.spool.evict("up", NOW, SpoolBounds(1e9, 9, 10**9, 1)) == 2
    assert [one.parcel.id for one in store.spool.dead_letters()] == [parcels[-1].id]
    assert store.spool.drop_dead("up") == 1
    assert store.spool.totals("up").counts == Counts(selected=3, dropped=3)


def test_what_was_reported_is_not_to_be_reported_again(store: Store, forward: Arrive) -> None:
    entry = ForwardEntry("up", "1", "error", "left_out", "query", 5)
    forward(Ticket("up", (), entries=(entry,)))
    told = ForwardEntry("up", "1", "error", "left_out", "query", 3)
    store.spool.settle(Settlement(upstream="up", at=NOW, reported=(told,)))
    (found,) = store.spool.forward_ledger()
    assert (found.quantity, found.reported) == (5, 3)


def test_what_is_sent_by_hand_is_told_apart(store: Store, forward: Arrive) -> None:
    forward(ticket(0))
    parts = (Part(1, 10),)
    by_hand = Parcel(
        upstream="up", project="1", envelope_id=1, parts=parts, queued_at=NOW, by_hand=True
    )
    parcel_id = store.spool.queue(by_hand)
    assert [one.id for one in store.spool.due("up", NOW, 9, by_hand=True)] == [parcel_id]
    assert len(due(store)) == 2


def test_an_upstream_is_forgotten_with_all_that_is_its(store: Store, forward: Arrive) -> None:
    for name in ("up", "other"):
        forward(ticket(0, upstream=name))
        store.spool.remember(KnownUpstream(name, b"{}", b"{}"))
    store.spool.forget("up")
    assert due(store) == []
    assert [one.name for one in store.spool.upstreams()] == ["other"]
    assert store.spool.totals("up").envelopes == 0
    assert len(due(store, upstream="other")) == 1


def test_counts_that_an_older_file_holds_are_taken_over(path: str) -> None:
    old = sqlite3.connect(path, isolation_level=None)
    schema.upgrade(old, path, newest=10)
    for chain in ("", "0af, 1bf"):
        envelope = "(?,'1','k',NULL,5,'','','','envelope','',2,2,x'7b7d','e',0,'','')"
        old.execute(f"INSERT INTO envelopes VALUES {envelope}", (len(chain) or 1,))
        old.execute(
            "INSERT INTO spool VALUES (NULL,'up','1',?,'[[1,10]]',10,5,0,0,?)",
            (len(chain) or 1, chain),
        )
    old.execute(
        "INSERT INTO dead_letters VALUES"
        " (99,'up','1',1,'[[1,10]]',10,5,0,0,'','6',400,'status 400','no')"
    )
    for name, state in (("up", '{"sent":7,"retried":3}'), ("new", ""), ("odd", "{")):
        old.execute("INSERT INTO upstreams VALUES (?,'',?)", (name, state))
    old.close()
    store = open_store(path)
    assert store.spool.totals("up").counts == Counts(selected=10, sent=7, retried=3)
    (letter,) = store.spool.dead_letters("up")
    assert (letter.parcel.id, letter.parcel.attempts, letter.detail) == (99, 0, "no")
    assert store.spool.revive("up") == 1
    assert store.spool.totals("odd").counts == Counts()
    through = [store.envelope(one.envelope_id) for one in store.spool.due("up", NOW, 9)]
    assert [one.chain for one in through if one is not None] == [(), ("0af", "1bf"), ()]
    store.close()


def test_the_spool_and_the_stores_id_survive_a_restart(path: str, arrival: Any) -> None:
    store = open_store(path)
    store.add(arrival("x"), (), [ticket(0)])
    store.commit()
    instance, before = store.spool.instance(), store.spool.due("up", NOW, 10)
    store.close()
    again = open_store(path)
    assert (again.spool.instance(), again.spool.due("up", NOW, 10)) == (instance, before)
    again.close()
    assert len(instance) == 16
    assert open_store("memory:").spool.instance() != instance


OPERATIONS = st.lists(
    st.tuples(
        st.sampled_from(["add", "send", "kill", "revive", "drop", "evict", "hold"]),
        st.integers(1, 3),
    ),
    max_size=25,
)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(OPERATIONS)
def test_what_was_selected_is_sent_waiting_dead_or_evicted(arrival: Any, steps: Any) -> None:
    store = open_store("memory:")
    selected = 0
    for step, number in steps:
        parcels = store.spool.due("up", NOW + 5, number)
        if step == "add":
            store.add(arrival("x"), (), [ticket(0)])
            store.commit()
            selected += 1
        elif step == "revive":
            store.spool.revive("up")
        elif step == "drop":
            store.spool.drop_dead("up")
        elif step == "evict":
            store.spool.evict("up", NOW, SpoolBounds(1e9, number, 10**9, 100))
        elif step == "hold":
            store.spool.settle(Settlement(upstream="up", at=NOW, kept=tuple(parcels)))
        else:
            fate: ForwardFate = "sent" if step == "send" else "dead"
            entries = [e for p in parcels for e in entries_of(p, fate, "")]
            dead = [
                DeadLetter(parcel=one, died_at=NOW, status=0, reason="")
                for one in parcels
                if fate == "dead"
            ]
            done = tuple(one.id for one in parcels)
            store.spool.settle(
                Settlement(
                    upstream="up",
                    at=NOW,
                    done=done,
                    dead=tuple(dead),
                    entries=tuple(entries),
                    counts=Counts(sent=len(done) - len(dead)),
                )
            )
    counted = sum(entry.quantity for entry in store.spool.forward_ledger())
    totals = store.spool.totals("up")
    assert counted + totals.envelopes == selected
    counts = totals.counts
    assert (
        counts.selected
        == selected
        == totals.envelopes + totals.dead + (counts.sent + counts.evicted + counts.dropped)
    )
    store.close()
