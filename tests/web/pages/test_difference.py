"""As sent beside as stored: every value in a row, what became of it, what is personal."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from fake_relay.stored_view import StoredView
from fake_relay.stored_view.remarks import Remark
from fake_relay.web.pages.difference import MOST, difference
from fake_relay.web.pages.marked import Marks, between, personal


def changes(sent: Any, stored: Any, *remarks: Remark) -> dict[str, str]:
    """Key -> what became of it."""
    return {row.key: row.change for row in difference(sent, stored, remarks)[0]}


def test_what_became_of_a_value_is_told_by_the_remark_or_by_both_sides() -> None:
    sent = {"a": "same", "b": "secret", "c": 1, "gone": "x", "empty": None, "moved": "y"}
    stored = {"a": "same", "b": "[Filtered]", "c": 2, "new": 5, "moved": None}
    assert changes(sent, stored, Remark("b", "scrubbed", "@password")) == {
        "a": "same",
        "b": "scrubbed",
        "c": "changed",
        "gone": "dropped",
        "empty": "same",
        "moved": "dropped",
        "new": "added",
    }


def test_a_remark_on_what_is_the_same_changes_nothing() -> None:
    assert changes({"a": "[Filtered]"}, {"a": "[Filtered]"}, Remark("a", "scrubbed", "x")) == {
        "a": "same"
    }


def test_parts_that_differ_have_rows_of_their_own_and_the_rest_is_folded() -> None:
    rows, more = difference(
        {"extra": {"a": [1, {"b": 2}], "same": {"deep": [1, 2, 3]}}},
        {"extra": {"a": [1, {"b": 3}], "same": {"deep": [1, 2, 3]}}},
        (),
    )
    assert [(row.depth, row.key, row.change) for row in rows] == [
        (0, "extra", "inner"),
        (1, "a", "inner"),
        (2, "0", "same"),
        (2, "1", "inner"),
        (3, "b", "changed"),
        (1, "same", "same"),
    ]
    assert not more


def test_one_value_written_in_two_ways_is_the_same() -> None:
    sent = {"timestamp": "2026-11-22T06:00:00Z", "headers": {"A": "1"}, "tags": [["a", "1"]]}
    stored = {"timestamp": 1795327200.0, "headers": [["A", "1"]], "tags": {"a": "1"}}
    assert set(changes(sent, stored).values()) == {"same"}
    assert changes({"a": True}, {"a": 1}) == {"a": "changed"}


def test_a_huge_difference_is_cut_and_says_so() -> None:
    rows, more = difference({str(n): n for n in range(MOST * 2)}, {}, ())
    assert (len(rows), more) == (MOST, True)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(0, 3) | st.text("ab", max_size=2),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abc"), inner, max_size=3)
    ),
    max_leaves=12,
)
OBJECTS = st.dictionaries(st.sampled_from("abc"), JSON, max_size=3)


@settings(max_examples=150)
@given(OBJECTS, OBJECTS)
def test_there_is_a_change_where_sides_differ_and_none_where_they_do_not(
    sent: dict[str, Any], stored: dict[str, Any]
) -> None:
    rows, _ = difference(sent, sent, ())
    assert {row.change for row in rows} <= {"same"}
    assert {row.key for row in rows} == set(sent)
    rows, _ = difference(sent, stored, ())
    assert {row.key for row in rows if row.depth == 0} == {*sent, *stored}


def test_what_sentry_scrubs_is_marked_wherever_it_stands() -> None:
    sent = {"message": "paid by ada@example.com today", "extra": {"k": {"password": "hunter22"}}}
    document = {"message": "paid by [email] today", "extra": {"k": {"password": "[Filtered]"}}}
    remarks = (
        Remark("message", "scrubbed", "@email"),
        Remark("extra.k.password", "scrubbed", "@password"),
        Remark("message", "trimmed", "!limit"),
    )
    found = personal(sent, StoredView(b"", document, {}, None, remarks))
    assert found == {"ada@example.com": "@email", "hunter22": "@password"}
    assert Marks(found)("to <ada@example.com>: hunter22!") == (
        'to &lt;<mark class="personal" title="Sentry scrubs this by @email">ada@example.com</mark>'
        '&gt;: <mark class="personal" title="Sentry scrubs this by @password">hunter22</mark>!'
    )


def test_a_key_with_dots_is_found_by_the_remark_that_quotes_it() -> None:
    sent = {"extra": {"a.b": "secret99"}}
    document = {"extra": {"a.b": None}}
    view = StoredView(b"", document, {}, None, (Remark("extra.'a.b'", "scrubbed", "@ip"),))
    assert personal(sent, view) == {"secret99": "@ip"}


@given(st.text("ab", max_size=6), st.text("ab", max_size=3), st.text("ab", max_size=6))
def test_what_stands_between_is_found_however_it_begins(
    before: str, secret: str, after: str
) -> None:
    found = between(f"{before}{secret}{after}", f"{before}*{after}")
    assert found == secret


def test_a_mark_that_is_markup_stays_text() -> None:
    marked = Marks({"<img src=x>": '"><script>'})("see <img src=x>")
    assert "<img" not in marked
    assert "<script>" not in marked
