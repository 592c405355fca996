"""What every store does; each test runs against all of them."""

from __future__ import annotations

import base64
import threading
import zlib
from typing import Any
from urllib.parse import quote

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fake_relay.items import Facts
from fake_relay.protocol.outcome import Fate, Outcome
from fake_relay.query import Expression, parse_query
from fake_relay.records import Inbound, LedgerEntry, RefusedRecords
from fake_relay.relay import Relay
from fake_relay.store import Selection, Store

BIG = 10**30
LONE = "caf\udce9 \udc00"


def search(text: str) -> Expression:
    return parse_query(text, now=1_795_312_800.0)


def inbound(method: str, path: str, body: bytes, query: str = "", coding: str = "") -> Inbound:
    headers = {} if query else {"x-sentry-auth": "Sentry sentry_key=" + "a" * 32}
    if coding:
        headers["content-encoding"] = coding
    return Inbound(method, path, query, headers, body, "127.0.0.1", 1_795_312_800.0, "b" * 32)


# Positions, ids, pages


def test_an_empty_store_answers_everything_with_nothing(store: Store) -> None:
    assert store.position() == 0
    assert store.find(Selection()).items == []
    assert store.find(Selection(project="1", type="event", event_id="a" * 32)).next is None
    assert store.item(1) is None
    assert store.payload(1) is None
    assert store.find_envelopes().envelopes == []
    assert store.find_envelopes(project="1").next is None
    assert store.envelope(1) is None
    assert store.body(1) is None
    assert store.ledger() == []
    assert store.projects() == []
    assert store.evicted() == 0
    assert store.clear() == 0
    assert store.clear("1") == 0
    assert store.retain(1e9) == 0
    store.idle()
    assert store.commit() == 0


def test_commit_answers_the_position_that_readers_see(
    store: Store, arrival: Any, keep: Any
) -> None:
    assert keep(store, arrival("a", "b"), arrival("c")) == 3 == store.position()


def test_what_is_not_committed_is_not_seen(store: Store, arrival: Any) -> None:
    store.add(arrival("a"), [])
    assert store.find(Selection()).items == []
    assert store.position() == 0
    assert store.projects() == []


def test_a_sealed_batch_is_committed_without_what_came_after(
    store: Store, arrival: Any, titles: Any
) -> None:
    store.add(arrival("a", "b"), [])
    commit = store.seal()
    store.add(arrival("c"), [])
    assert store.position() == 0
    assert commit() == 2 == store.position()
    assert titles(store.find(Selection())) == ["b", "a"]
    assert store.commit() == 3
    assert titles(store.find(Selection())) == ["c", "b", "a"]


def test_ids_grow_in_the_order_of_arrival(
    store: Store, arrival: Any, keep: Any, titles: Any
) -> None:
    keep(store, arrival("a", "b"), arrival("c"))
    assert [store.item(n).title for n in (1, 2, 3)] == ["a", "b", "c"]  # type: ignore[union-attr]
    assert titles(store.find(Selection())) == ["c", "b", "a"]


def test_pages_lead_through_all_items_once(
    store: Store, arrival: Any, keep: Any, titles: Any
) -> None:
    keep(store, *(arrival(str(n)) for n in range(7)))
    seen: list[str] = []
    before: int | None = None
    while True:
        page = store.find(Selection(before=before, limit=3))
        assert len(page.items) <= 3
        seen += titles(page)
        if page.next is None:
            break
        before = page.next
    assert seen == ["6", "5", "4", "3", "2", "1", "0"]


def test_a_page_that_is_just_full_is_the_last(store: Store, arrival: Any, keep: Any) -> None:
    keep(store, arrival("a", "b"))
    assert store.find(Selection(limit=2)).next is None


def test_a_page_holds_one_item_at_least(store: Store, arrival: Any, keep: Any) -> None:
    keep(store, arrival("a", "b"))
    assert len(store.find(Selection(limit=0)).items) == 1


def test_after_and_before_are_exclusive(store: Store, arrival: Any, keep: Any, titles: Any) -> None:
    keep(store, arrival("a", "b", "c", "d"))
    assert titles(store.find(Selection(after=1, before=4))) == ["c", "b"]


def test_before_the_first_item_there_is_nothing(store: Store, arrival: Any, keep: Any) -> None:
    keep(store, arrival("a"))
    assert store.find(Selection(before=1)).items == []
    assert store.find_envelopes(before=1).envelopes == []


# Selections


def test_a_selection_by_project_sees_that_project_alone(
    store: Store, arrival: Any, keep: Any, titles: Any
) -> None:
    keep(store, arrival("a", project="1"), arrival("b", project="2"))
    assert titles(store.find(Selection(project="2"))) == ["b"]
    assert titles(store.find(Selection(project="3"))) == []


def test_a_selection_by_type_sees_that_type_alone(
    store: Store, arrival: Any, keep: Any, titles: Any
) -> None:
    keep(store, arrival("a"), arrival("b", item_type="transaction"))
    assert titles(store.find(Selection(type="transaction"))) == ["b"]
    assert titles(store.find(Selection(type="transaction", project="2"))) == []


@pytest.mark.parametrize(
    "spelling",
    ["0123456789abcdef0123456789abcdef", "01234567-89AB-CDEF-0123-456789ABCDEF"],
)
def test_an_event_id_is_found_in_any_spelling(
    store: Store, arrival: Any, keep: Any, titles: Any, spelling: str
) -> None:
    keep(store, arrival("a", event_id="0123456789abcdef0123456789abcdef"), arrival("b"))
    assert titles(store.find(Selection(event_id=spelling))) == ["a"]


@pytest.mark.parametrize("text", ["", "zz", "0123", "é" * 32, "a" * 10_000])
def test_an_event_id_that_is_none_finds_nothing(
    store: Store, arrival: Any, keep: Any, text: str
) -> None:
    keep(store, arrival("a"))
    assert store.find(Selection(event_id=text)).items == []


def test_a_search_sees_what_was_just_committed(
    store: Store, arrival: Any, keep: Any, titles: Any
) -> None:
    query = search("level:error message:one")
    keep(store, arrival("one"), arrival("two"))
    assert titles(store.find(Selection(query=query))) == ["one"]
    keep(store, arrival("one"))
    assert [item.id for item in store.find(Selection(query=query)).items] == [3, 1]


def test_free_text_sees_what_was_just_committed(
    store: Store, arrival: Any, keep: Any, titles: Any
) -> None:
    keep(store, arrival("a needle in hay"), arrival("hay"))
    assert titles(store.find(Selection(query=search("needle")))) == ["a needle in hay"]


def test_a_cleared_item_is_not_found_by_search(
    store: Store, arrival: Any, keep: Any, titles: Any
) -> None:
    keep(store, arrival("needle", project="1"), arrival("needle", project="2"))
    for query in (search("needle"), search("message:needle")):
        assert len(store.find(Selection(query=query)).items) == 2
    store.clear("1")
    for query in (search("needle"), search("message:needle")):
        assert [item.project for item in store.find(Selection(query=query)).items] == ["2"]


# Bytes


@pytest.mark.parametrize("coding", ["", "gzip", "br", "zstd"])
def test_payloads_and_bodies_are_the_bytes_that_came(
    store: Store, arrival: Any, keep: Any, coding: str
) -> None:
    sent = arrival("first", "zweiter ü", coding=coding)
    keep(store, sent)
    body = store.body(1)
    assert body is not None
    assert body.wire == sent.submission.wire
    assert body.coding == coding
    for number, item in enumerate(sent.submission.envelope.items, 1):
        assert store.payload(number) == item.payload


@pytest.mark.parametrize("coding", ["", "gzip"])
def test_a_large_body_is_the_same_before_and_after_the_store_was_idle(
    store: Store, arrival: Any, keep: Any, coding: str
) -> None:
    payload = b"0123456789abcdef" * 20_000
    sent = arrival("big", "again", coding=coding, payload=payload)
    keep(store, sent)
    assert store.payload(2) == payload
    store.idle()
    assert store.payload(1) == payload == store.payload(2)
    assert store.body(1).wire == sent.submission.wire  # type: ignore[union-attr]


def test_payloads_come_together_without_those_that_are_gone(
    store: Store, arrival: Any, keep: Any
) -> None:
    sent = [arrival("a", "b", coding="gzip"), arrival("c"), arrival("d", "e")]
    for each in sent:
        keep(store, each)
    payloads = [item.payload for each in sent for item in each.submission.envelope.items]
    assert store.payloads([5, 99, 2, 3]) == {2: payloads[1], 3: payloads[2], 5: payloads[4]}
    assert store.payloads([]) == {}


def test_an_empty_payload_is_not_a_missing_one(store: Store, arrival: Any, keep: Any) -> None:
    keep(store, arrival("a", payload=b""))
    assert store.payload(1) == b""


EVENT = b'{"message": "from the store door"}'


@pytest.mark.parametrize(
    "request_",
    [
        inbound("POST", "/api/1/store/", EVENT),
        inbound("POST", "/api/1/store/", zlib.compress(EVENT), coding="deflate"),
        inbound("POST", "/api/1/store/", base64.b64encode(zlib.compress(EVENT))),
        inbound(
            "GET",
            "/api/1/store/",
            b"",
            query="sentry_key=" + "a" * 32 + "&sentry_data=" + quote(base64.b64encode(EVENT)),
        ),
    ],
    ids=["plain", "deflate", "base64 of zlib", "image"],
)
def test_an_envelope_that_a_door_made_keeps_payload_and_wire(
    store: Store, request_: Inbound
) -> None:
    relay = Relay(store)
    assert relay.receive(request_).status == 200
    relay.commit()
    body = store.body(1)
    assert store.payload(1) == EVENT
    assert body is not None
    assert body.content.endswith(EVENT + b"\n")
    if request_.method == "POST":
        assert body.wire == request_.body


# Envelopes


def test_an_envelope_tells_who_sent_it_and_what_it_holds(
    store: Store, arrival: Any, keep: Any
) -> None:
    sent = arrival("a", "b", coding="gzip")
    keep(store, sent)
    envelope = store.envelope(1)
    assert envelope is not None
    assert envelope.item_types == ("event", "event")
    assert envelope.event_id == sent.submission.envelope.event_id
    assert envelope.wire_size == len(sent.submission.wire)
    assert envelope.size == sent.submission.size
    assert bytes(envelope.headers) == sent.submission.envelope.raw_header
    assert (envelope.remote_addr, envelope.user_agent) == ("127.0.0.1", "an sdk/1.0")
    assert envelope.received_at == sent.received_at
    assert store.item(2).envelope_id == 1  # type: ignore[union-attr]


def test_an_envelope_and_its_items_tell_which_faults_they_met(
    store: Store, arrival: Any, keep: Any
) -> None:
    met = msgspec.structs.replace(arrival("a", "b"), faults=("latency_250ms", "truncate_10"))
    keep(store, met, arrival("c"))
    page = store.find_envelopes().envelopes
    assert [found.faults for found in page] == [(), ("latency_250ms", "truncate_10")]
    assert [found.faults for found in store.find(Selection()).items] == [
        (),
        *[("latency_250ms", "truncate_10")] * 2,
    ]


def test_an_envelope_without_items_is_kept(store: Store, arrival: Any, keep: Any) -> None:
    assert keep(store, arrival()) == 0
    assert store.envelope(1).item_types == ()  # type: ignore[union-attr]
    assert store.projects()[0].envelopes == 1


def test_pages_lead_through_all_envelopes_of_a_project(
    store: Store, arrival: Any, keep: Any
) -> None:
    keep(store, *(arrival("x", project=str(n % 2)) for n in range(5)))
    first = store.find_envelopes(project="0", limit=2)
    rest = store.find_envelopes(project="0", before=first.next, limit=2)
    assert [envelope.id for envelope in first.envelopes] == [5, 3]
    assert [envelope.id for envelope in rest.envelopes] == [1]
    assert rest.next is None
    assert len(store.find_envelopes().envelopes) == 5


def test_an_item_that_was_not_accepted_says_why(
    store: Store, arrival: Any, keep: Any, filtered: Outcome
) -> None:
    keep(store, arrival("a", outcome=filtered))
    assert store.item(1).outcome == "filtered(release)"  # type: ignore[union-attr]


# Ledger and projects


def test_the_ledger_adds_up_by_project_category_outcome_and_reason(
    store: Store, arrival: Any
) -> None:
    lost = LedgerEntry("1", "error", Fate.CLIENT_DISCARD, "network_error", 3)
    other = LedgerEntry("2", "error", Fate.ACCEPTED, "", 1)
    an_arrival = arrival()
    for _ in range(2):
        store.add(an_arrival, [lost, lost, other])
        store.commit()
    assert sorted(store.ledger(), key=lambda entry: entry.project) == [
        LedgerEntry("1", "error", Fate.CLIENT_DISCARD, "network_error", 12),
        LedgerEntry("2", "error", Fate.ACCEPTED, "", 2),
    ]
    assert store.ledger("2") == [LedgerEntry("2", "error", Fate.ACCEPTED, "", 2)]
    assert store.ledger("3") == []


def test_a_project_exists_before_anything_was_sent_to_it(store: Store) -> None:
    store.add_project("7", "k" * 32, 5.0)
    store.add_project("7", "j" * 32, 6.0)
    (project,) = store.projects()
    assert (project.project, project.created_at) == ("7", 5.0)
    assert project.public_keys == ("j" * 32, "k" * 32)
    assert (project.items, project.envelopes) == (0, 0)


def test_projects_are_counted_and_the_newest_comes_first(
    store: Store, arrival: Any, keep: Any
) -> None:
    keep(store, arrival("a", "b", project="1", received_at=10.0))
    keep(store, arrival("c", project="2", received_at=20.0))
    counts = [(known.project, known.items, known.envelopes) for known in store.projects()]
    assert counts == [("2", 1, 1), ("1", 2, 1)]


# Clearing


def test_clearing_a_project_forgets_it_and_nothing_else(
    store: Store, arrival: Any, keep: Any, titles: Any
) -> None:
    keep(store, arrival("a", "b", project="1"), arrival("c", project="2"))
    assert store.clear("1") == 2
    assert titles(store.find(Selection())) == ["c"]
    assert store.ledger("1") == []
    assert len(store.ledger("2")) == 1
    assert store.envelope(1) is None
    assert store.body(1) is None
    assert store.payload(1) is None
    assert {known.project: known.items for known in store.projects()} == {"1": 0, "2": 1}


def test_clearing_all_forgets_all_and_keeps_the_projects_and_their_keys(
    store: Store, arrival: Any, keep: Any
) -> None:
    keep(store, arrival("a", project="1"), arrival("b", "c", project="2"))
    assert store.clear() == 3
    assert store.find(Selection()).items == []
    assert store.ledger() == []
    assert [known.public_keys for known in store.projects()] == [("a" * 32,), ("a" * 32,)]
    assert store.clear() == 0


def test_ids_and_the_position_go_on_after_clearing(store: Store, arrival: Any, keep: Any) -> None:
    keep(store, arrival("a", "b"))
    store.clear()
    assert store.position() == 2
    assert keep(store, arrival("c")) == 3
    assert store.find_envelopes().envelopes[0].id == 2


def test_an_open_batch_outlives_a_clearing(
    store: Store, arrival: Any, keep: Any, titles: Any
) -> None:
    keep(store, arrival("a"))
    store.add(arrival("b"), [])
    assert store.clear() == 1
    store.commit()
    assert titles(store.find(Selection())) == ["b"]


# Odd values


@pytest.mark.parametrize("odd", ["\0", "a\0b", LONE, "\ufffe\uffff", "🦊" * 300, "'; DROP--"])
def test_odd_text_anywhere_is_kept_and_found(
    store: Store, arrival: Any, keep: Any, odd: str
) -> None:
    terms = (("level", odd), (odd, odd), ("tags[x]", odd))
    keep(
        store,
        arrival(
            "x",
            facts=Facts(title=odd, event_id=odd, trace_id=odd, terms=terms, text=odd),
            user_agent=odd,
        ),
    )
    store.idle()
    item, envelope = store.item(1), store.envelope(1)
    assert item is not None
    assert envelope is not None
    shown = odd.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    assert (item.title, item.level, item.trace_id) == (shown, shown, "")
    assert envelope.user_agent == shown
    msgspec.json.encode([item, envelope])
    store.find(Selection(query=search("level:error x")))
    store.clear("1")


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf"), 10**400])
def test_numbers_that_are_not_finite_become_unknown(
    store: Store, arrival: Any, keep: Any, value: float
) -> None:
    keep(store, arrival("x", facts=Facts(timestamp=value, duration=value)))
    item = store.item(1)
    assert item is not None
    assert (item.timestamp, item.duration) == (None, None)


def test_integers_that_64_bits_cannot_hold_are_cut(store: Store, arrival: Any, keep: Any) -> None:
    keep(store, arrival("x", facts=Facts(count=BIG), received_at=1e300))
    store.add(arrival("y"), [LedgerEntry("1", "error", Fate.ACCEPTED, "", BIG)] * 2)
    store.commit()
    store.add(arrival("z"), [LedgerEntry("1", "error", Fate.ACCEPTED, "", BIG)])
    store.commit()
    assert store.item(1).count == 2**63 - 1  # type: ignore[union-attr]
    assert [entry.quantity for entry in store.ledger()] == [2**63 - 1]


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    text=st.text(st.characters(codec=None), max_size=20),
    number=st.floats() | st.integers(),
    count=st.integers(),
)
def test_any_facts_can_be_stored_and_shown(
    store: Store, arrival: Any, keep: Any, text: str, number: float, count: int
) -> None:
    facts = Facts(
        title=text,
        trace_id=text,
        timestamp=number,
        duration=number,
        count=count,
        terms=((text, text),),
        text=text,
    )
    position = keep(store, arrival("x", facts=facts))
    found = store.find(Selection(limit=1)).items[0]
    assert found.id == position
    msgspec.json.encode(found)


# Threads


def test_readers_in_threads_see_every_commit_while_it_is_written(
    store: Store, arrival: Any, keep: Any
) -> None:
    rounds = 60
    wrong: list[object] = []
    done = threading.Event()

    def read() -> None:
        while not done.is_set():
            position = store.position()
            page = store.find(Selection(query=search("level:error"), limit=1))
            if position and (not page.items or page.items[0].id < position):
                wrong.append((position, page))
            if page.items and store.payload(page.items[0].id) is None:
                wrong.append(page)
            store.projects()
            store.ledger()
            store.find_envelopes("1", limit=2)

    readers = [threading.Thread(target=read) for _ in range(3)]
    for reader in readers:
        reader.start()
    for number in range(rounds):
        keep(store, arrival(str(number), coding="gzip"), arrival("other", project="2"))
    done.set()
    for reader in readers:
        reader.join()
    assert wrong == []
    assert store.position() == 2 * rounds


def test_records_that_were_refused_alone_are_told_with_their_item(
    store: Store, arrival: Any, keep: Any
) -> None:
    made = arrival("a", "b")
    refused = (
        RefusedRecords("invalid(too_large:log)", 2, (0, 4)),
        RefusedRecords("invalid", 1, (2,)),
    )
    (first, outcome), second = made.items
    marked = msgspec.structs.replace(first, refused_records=refused)
    keep(store, msgspec.structs.replace(made, items=((marked, outcome), second)))
    clean, told = store.find(Selection()).items
    assert (told.refused_records, clean.refused_records) == (refused, ())
    assert store.item(1) == told


# At a glance


def test_a_survey_has_a_glimpse_of_each_item_the_newest_first(
    store: Store, arrival: Any, keep: Any
) -> None:
    keep(store, arrival("a"), arrival("b", project="2", item_type="log", received_at=1.5))
    found = store.survey(Selection(limit=10))
    assert [tuple(one) for one in found.glimpses] == [
        (1.5, "log", "error", "2"),
        (1_795_312_800.0, "event", "error", "1"),
    ]
    assert found.complete


@pytest.mark.parametrize("text", ["", "level:error", "payload.message:a*", "has:message"])
def test_a_survey_is_of_the_same_items_as_pages_are(
    store: Store, arrival: Any, keep: Any, text: str
) -> None:
    keep(store, *(arrival(title, project=str(n % 2)) for n, title in enumerate("abaa")))
    for project, before in ((None, None), ("1", None), (None, 3)):
        wanted = Selection(project=project, query=search(text), before=before, limit=10)
        page = store.find(wanted)
        assert [one.project for one in store.survey(wanted).glimpses] == [
            item.project for item in page.items
        ]


def test_a_survey_says_whether_it_saw_everything(store: Store, arrival: Any, keep: Any) -> None:
    keep(store, arrival(*"abc"))
    assert not store.survey(Selection(limit=2)).complete
    assert len(store.survey(Selection(limit=2)).glimpses) == 2
    assert store.survey(Selection(limit=3)).complete


def test_a_survey_does_not_see_what_was_cleared(store: Store, arrival: Any, keep: Any) -> None:
    keep(store, arrival("a"), arrival("b", project="2"))
    store.clear("1")
    assert [one.project for one in store.survey(Selection(limit=9)).glimpses] == ["2"]


def test_values_of_a_term_begin_with_a_text_in_any_case(
    store: Store, arrival: Any, keep: Any
) -> None:
    for release in ("shop@1", "Shop@2", "web@1", "shop@1"):
        keep(store, arrival("a", facts=Facts(title="a", terms=(("release", release),))))
    assert store.values("release", "SHOP", 9) == ["shop@1", "Shop@2"]
    assert store.values("release", "", 9) == ["shop@1", "Shop@2", "web@1"]
    assert store.values("release", "", 2) == ["shop@1", "Shop@2"]
    assert store.values("release", "x", 9) == []
    assert store.values("no such term", "", 9) == []
