"""A trace is put together from what items say, and from nothing else."""

from __future__ import annotations

from typing import Any

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from fake_relay.records import StoredItem
from fake_relay.shown.span_tree import Span, tree, walk
from fake_relay.shown.trace import Trace, critical_path, trace_of

TRACE = "b" * 32


def item(kind: str, number: int = 1, **fields: Any) -> StoredItem:
    given: dict[str, Any] = {
        "id": number, "envelope_id": number, "type": kind, "project": "42", "public_key": "a" * 32,
        "event_id": "", "trace_id": TRACE, "received_at": 1000.0, "timestamp": None,
        "duration": None, "level": "", "title": kind, "count": 1, "size": 1, "outcome": "",
        "headers": msgspec.Raw(b"{}"),
    }  # fmt: skip
    return StoredItem(**(given | fields))


def transaction(name: str, span_id: str, parent: str = "", release: str = "") -> dict[str, Any]:
    trace = {"trace_id": TRACE, "span_id": span_id, "parent_span_id": parent, "op": "http.server"}
    return {
        "transaction": name,
        "release": release,
        "start_timestamp": 100.0,
        "timestamp": 101.0,
        "contexts": {"trace": trace},
        "spans": [{"span_id": span_id + "1", "parent_span_id": span_id, "op": "http.client"}],
    }


def shape(trace: Trace) -> list[tuple[int, str]]:
    return [(depth, span.name or span.op) for depth, span in walk(trace.roots)]


def test_transactions_of_two_services_hang_together_by_their_span_ids() -> None:
    trace = trace_of(
        TRACE,
        [
            (item("transaction", 1), transaction("charge", "bb", "aa1", "bank@1")),
            (item("transaction", 2), transaction("pay", "aa", release="web@2")),
        ],
    )
    assert shape(trace) == [(0, "pay"), (1, "http.client"), (2, "charge"), (3, "http.client")]
    assert trace.services == ["web", "bank"]
    assert trace.missing == {}


def test_a_parent_that_never_arrived_is_named_with_what_names_it() -> None:
    trace = trace_of(TRACE, [(item("transaction"), transaction("charge", "bb", "gone"))])
    assert {parent: [span.name for span in spans] for parent, spans in trace.missing.items()} == {
        "gone": ["charge"]
    }


def test_records_of_other_traces_in_the_same_container_are_left_out() -> None:
    mine = {"trace_id": TRACE.upper(), "span_id": "1", "name": "mine", "body": "my log"}
    other = {"trace_id": "c" * 32, "span_id": "2", "name": "other", "body": "other log"}
    value = {"items": [mine, other]}
    trace = trace_of(TRACE, [(item("span"), value), (item("log", 2), value)])
    assert [span.name for span in trace.spans] == ["mine"]
    assert [mark.text for mark in trace.marks] == ["my log"]


def test_a_check_in_is_drawn_for_as_long_as_its_job_took() -> None:
    trace = trace_of(TRACE, [(item("check_in", duration=2500.0), {"status": "error"})])
    (mark,) = trace.marks
    assert (mark.moment, mark.end, mark.level) == (997.5, 1000.0, "error")


def test_times_of_a_profile_come_as_numbers_and_as_text() -> None:
    samples = [{"elapsed_since_start_ns": "2000000000"}, {"elapsed_since_start_ns": 5}]
    value = {"timestamp": 100.0, "profile": {"samples": samples}}
    (mark,) = trace_of(TRACE, [(item("profile"), value)]).marks
    assert (mark.moment, mark.end) == (100.0, 102.0)


def span(name: str, start: float, end: float, parent: str = "root") -> Span:
    return Span(name, parent, "op", name, "", start, end)


def path_of(*spans: Span) -> list[str]:
    root = span("root", 0, 10, "")
    (top,) = tree([root, *spans])
    found = critical_path(top)
    return [one.name for _, one in walk([top]) if id(one) in found]


def test_the_critical_path_goes_back_from_the_end_over_what_ended_last() -> None:
    spans = [span("a", 0, 3), span("short", 1, 2), span("b", 3, 9), span("beside", 4, 8)]
    assert path_of(*spans) == ["root", "a", "b"]


def test_what_outlives_its_parent_is_on_the_path_and_hides_what_it_covers() -> None:
    assert path_of(span("late", 5, 99), span("covered", 6, 9), span("before", 1, 5)) == [
        "root",
        "before",
        "late",
    ]


KEYS = st.sampled_from(
    ["items", "spans", "contexts", "trace", "trace_id", "span_id", "parent_span_id", "timestamp",
     "start_timestamp", "profile", "samples", "attributes", "body", "release", "status"]
)  # fmt: skip
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | st.just(TRACE),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=5),
    max_leaves=20,
)
TYPES = st.sampled_from(
    ["event", "transaction", "span", "log", "trace_metric", "check_in", "replay_event", "profile",
     "profile_chunk", "feedback", "session", "made_up"]
)  # fmt: skip


@given(st.lists(st.tuples(TYPES, VALUES), max_size=5))
@settings(max_examples=150)
def test_any_payloads_make_a_trace_with_each_span_once(pairs: list[tuple[str, Any]]) -> None:
    trace = trace_of(TRACE, [(item(kind), value) for kind, value in pairs])
    seen = [id(one) for _, one in walk(trace.roots)]
    assert sorted(seen) == sorted(id(one) for one in trace.spans)
    for root in trace.roots:
        assert id(root) in critical_path(root)
