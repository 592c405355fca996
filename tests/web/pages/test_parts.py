"""Small parts of pages: searches as text, source in colours, spans as bars, links, files."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fake_relay.query import parse_query
from fake_relay.web.pages.filters import finalize, tabular, web_link
from fake_relay.web.pages.highlight import highlight
from fake_relay.web.pages.search_text import part_of, quoted, with_part, without
from fake_relay.web.pages.spans import waterfall
from fake_relay.web.pages.static import files


@pytest.mark.parametrize(
    ("q", "changed"),
    [
        ("", "level:error"),
        ("free text", "free text level:error"),
        ("level:info type:log", "type:log level:error"),
        ('level:[a,b] message:"level of detail"', 'message:"level of detail" level:error'),
        ('level:"two words"', "level:error"),
        ("!level:info", "!level:info level:error"),
    ],
)
def test_a_part_of_a_search_takes_the_place_of_the_others_of_its_key(q: str, changed: str) -> None:
    assert with_part(q, "level", "error") == changed
    assert part_of(changed, "level") == "error"
    assert without(changed, "level") == without(q, "level")


@settings(max_examples=100)
@given(
    st.text(
        st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=12
    )
)
def test_a_quoted_value_is_one_part_of_a_search_that_can_be_read(value: str) -> None:
    q = with_part("type:log", "release", quoted(value))
    assert part_of(q, "release") == quoted(value)
    parse_query(q, now=0.0)


@pytest.mark.parametrize(
    ("text", "link"),
    [
        ("https://shop.example/a", "https://shop.example/a"),
        ("HTTP://shop.example", "HTTP://shop.example"),
        ("javascript:alert(1)", ""),
        (" javascript:alert(1)", ""),
        ("data:text/html,x", ""),
        ("//shop.example", ""),
        ("http://", ""),
        ("http://[", ""),
        (None, ""),
        (7, ""),
    ],
)
def test_only_addresses_of_the_web_are_links(text: Any, link: str) -> None:
    assert web_link(text) == link


@pytest.mark.parametrize(
    "name", ["app.py", "app.js", "Main.java", "page.html", "what", "x.unknown"]
)
def test_source_is_as_many_lines_as_it_was_and_never_markup(name: str) -> None:
    lines = ['"""<script>alert(1)</script>', "", "x = '<b>' # <i>", '"""', "\u202e</code>"]
    shown = highlight(lines, name, "python")
    assert len(shown) == len(lines)
    assert "<script" not in "".join(shown)
    assert "<b>" not in "".join(shown)
    assert "</code>" not in "".join(shown)
    assert "\u202e" not in "".join(shown)


def test_an_expression_of_a_template_shows_controls_and_nothing_for_nothing() -> None:
    assert finalize(None) == ""
    assert finalize("a\nb\x1b\u202e") == "a\nb\u241b\\u202e"
    assert finalize(7) == 7


def span(span_id: str, parent: str, start: float, end: float) -> dict[str, Any]:
    """A span with its times as parts of its transaction."""
    return {
        "span_id": span_id, "parent_span_id": parent, "op": span_id,
        "start_timestamp": 1000 + start, "timestamp": 1000 + end,
    }  # fmt: skip


def transaction(*spans: Any) -> dict[str, Any]:
    """A transaction of ten seconds with some spans."""
    return {
        "start_timestamp": 1000.0, "timestamp": 1010.0, "spans": list(spans),
        "contexts": {"trace": {"span_id": "root"}},
    }  # fmt: skip


def test_bars_stand_below_their_parents_at_their_times() -> None:
    bars = waterfall(
        transaction(
            span("b", "root", 5, 10), span("a1", "a", 1, 2), span("a", "root", 0, 4),
            span("orphan", "nobody", 9, 10),
        )
    )  # fmt: skip
    assert [(bar.op, bar.depth, bar.left, bar.width) for bar in bars] == [
        ("a", 0, 0.0, 40.0),
        ("a1", 1, 10.0, 10.0),
        ("b", 0, 50.0, 50.0),
        ("orphan", 0, 90.0, 10.0),
    ]


def test_spans_that_are_their_own_parents_are_shown_once() -> None:
    bars = waterfall(transaction(span("a", "b", 0, 1), span("b", "a", 0, 1), span("c", "c", 0, 1)))
    assert len(bars) <= 3


@given(
    st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from("abcr"), st.floats(), st.floats()))
)
def test_every_bar_is_within_the_axis(rows: list[tuple[str, str, float, float]]) -> None:
    for bar in waterfall(transaction(*(span(*row) for row in rows))):
        assert 0 <= bar.left <= 100
        assert 0 <= bar.width <= 100.3


def test_no_file_of_the_pages_names_another_host() -> None:
    for name, content in files().items():
        text = content.decode().replace("http://www.w3.org/2000/svg", "")
        assert "://" not in text, name
        assert "@import" not in text, name


@pytest.mark.parametrize(
    ("value", "table"),
    [
        ([{"a": 1}, {"b": None, "a": 2}], (["a", "b"], [[1, ""], [2, None]])),
        ([{"a": {"deep": 1}}], None),
        ([{"a": 1}, "a text"], None),
        ([{str(number): number for number in range(7)}], None),
        ([{"a": 1}] * 51, None),
        ([{}], None),
        ([], None),
        ({"a": 1}, None),
        ("text", None),
    ],
)
def test_a_list_of_small_plain_objects_is_a_table(value: Any, table: Any) -> None:
    assert tabular(value) == table
