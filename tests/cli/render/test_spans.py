"""Spans hang below their parents, once each, whatever their ids claim."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from fake_relay.shown.span_tree import Span, read_span, tree, walk

Render = Callable[..., str]

IDS = st.sampled_from(["a", "b", "c", "d", "e", ""])


def span(span_id: str, parent_id: str = "", start: float = 0.0, end: float = 1.0) -> Span:
    return Span(span_id, parent_id, "op", span_id, "", start, end)


def shape(roots: list[Span]) -> list[tuple[int, str]]:
    return [(depth, found.span_id) for depth, found in walk(roots)]


@given(st.lists(st.tuples(IDS, IDS), max_size=12))
@settings(max_examples=200)
def test_every_span_is_in_the_tree_exactly_once(pairs: list[tuple[str, str]]) -> None:
    spans = [span(own, parent) for own, parent in pairs]
    seen = Counter(id(found) for _, found in walk(tree(spans)))
    assert seen == Counter(id(found) for found in spans)


@given(st.lists(st.tuples(IDS, IDS), max_size=12), IDS)
@settings(max_examples=200)
def test_with_a_root_there_is_one_root(pairs: list[tuple[str, str]], root_id: str) -> None:
    spans, root = [span(own, parent) for own, parent in pairs], span(root_id)
    roots = tree(spans, root)
    assert (roots, len(list(walk(roots)))) == ([root], len(spans) + 1)


def test_children_stand_below_their_parents_in_order_of_time() -> None:
    spans = [span("c", "a", 5), span("a", "root", 1), span("b", "a", 2), span("x", "gone", 9)]
    assert shape(tree(spans, span("root"))) == [(0, "root"), (1, "a"), (2, "b"), (2, "c"), (1, "x")]


def test_a_circle_of_parents_still_shows_its_spans() -> None:
    spans = [span("a", "b"), span("b", "a"), span("c", "c")]
    assert sorted(found for _, found in shape(tree(spans))) == ["a", "b", "c"]


def test_self_time_is_what_no_child_covers() -> None:
    parent = span("p", start=0, end=10)
    parent.children = [
        span("a", start=1, end=4),
        span("b", start=3, end=5),
        span("c", start=9, end=12),
    ]
    assert parent.self_time == 5000
    assert parent.gaps() == [(0, 1), (5, 9)]


def test_a_span_of_the_second_kind_has_its_own_field_names() -> None:
    found = read_span({"span_id": "a", "name": "n", "start_timestamp": 1.0, "end_timestamp": 3.0})
    assert (found.name, found.duration) == ("n", 2000)


def test_a_transaction_shows_bars_self_times_and_gaps(render: Render) -> None:
    value: dict[str, Any] = {
        "transaction": "/checkout",
        "start_timestamp": 100.0,
        "timestamp": 101.0,
        "contexts": {"trace": {"span_id": "r", "op": "http.server"}},
        "spans": [
            {"span_id": "a", "parent_span_id": "r", "op": "db", "description": "SELECT 1",
             "start_timestamp": 100.0, "timestamp": 100.25},
            {"span_id": "b", "parent_span_id": "r", "op": "http", "description": "GET bank",
             "start_timestamp": 100.75, "timestamp": 101.0, "status": "internal_error"},
        ],
    }  # fmt: skip
    lines = render("transaction", value, title="/checkout").splitlines()
    rows = lines[next(n for n, line in enumerate(lines) if line.startswith("Spans (2)")) :]
    text = "\n".join(rows)
    assert "1.00 s" in text
    order = [text.index(part) for part in ("SELECT 1", "no span here", "GET bank [internal_error]")]
    assert order == sorted(order)
    assert ("━" * 5 in text, "·" * 5 in text) == (True, True)


def test_deep_trees_are_drawn(render: Render) -> None:
    spans = [{"span_id": str(n), "parent_span_id": str(n - 1), "op": f"op{n}"} for n in range(3000)]
    output = render("transaction", {"spans": spans, "transaction": "/"}, width=60)
    assert "more lines" in output
