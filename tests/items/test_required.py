"""Ids, times and releases in the forms that Relay takes where it cannot do without them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fake_relay.items.required import (
    are_ordered,
    are_span_ids,
    is_nil,
    is_release,
    is_span_id,
    is_uuid,
    moment,
)

ID = "9ec79c33ec9942ab8353589fcb2e04dc"


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (1.5, 1.5),
        (2, 2.0),
        ("1970-01-01T00:00:01", 1.0),
        ("1970-01-01T00:00:01Z", 1.0),
        ("1970-01-01T01:00:01.5+01:00", 1.5),
        (datetime(1970, 1, 1, 0, 0, 1, tzinfo=UTC), 1.0),
        (datetime(1970, 1, 1, 0, 0, 1), 1.0),  # noqa: DTZ001 - without a zone it is UTC
        ("1970-01-01 00:00:01", None),
        ("1970-01-01", None),
        ("1970-01-01T00:00Z", None),
        ("1", None),
        (1e20, None),
        (True, None),
        (None, None),
    ],
)
def test_a_time_in_the_forms_that_relay_takes(value: Any, expected: float | None) -> None:
    assert moment(value) == expected


@pytest.mark.parametrize(
    ("value", "uuid", "nil"),
    [
        (ID, True, False),
        (ID.upper(), True, False),
        ("9ec79c33-ec99-42ab-8353-589fcb2e04dc", True, False),
        ("0" * 32, True, True),
        (ID[:31], False, True),
        (5, False, True),
        (None, False, True),
    ],
)
def test_a_uuid_in_any_spelling(value: Any, uuid: bool, nil: bool) -> None:
    assert (is_uuid(value), is_nil(value)) == (uuid, nil)


@given(st.lists(st.text("0f ", min_size=15, max_size=17) | st.just(5), max_size=4))
def test_many_span_ids_are_judged_like_each_of_them(values: list[Any]) -> None:
    assert are_span_ids(values) == all(map(is_span_id, values))


@given(st.lists(st.tuples(st.floats(0, 9), st.floats(0, 9)), min_size=1, max_size=4))
def test_spans_are_ordered_when_each_of_them_is(spans: list[tuple[float, float]]) -> None:
    starts, ends = zip(*spans, strict=True)
    assert are_ordered(starts, ends) == all(start <= end for start, end in spans)


def test_times_with_a_zone_and_without_do_not_compare_at_a_glance() -> None:
    aware = datetime(2024, 1, 1, tzinfo=UTC)
    assert not are_ordered([aware], [aware.replace(tzinfo=None)])
    assert are_ordered([aware], [aware])


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("shop@2.0", True),
        (" shop ", True),
        ("x" * 249, True),
        ("x" * 250, False),
        ("", False),
        ("latest", False),
        ("..", False),
        ("a/b", False),
        ("a\nb", False),
        (5, False),
    ],
)
def test_a_release_has_a_name_that_sentry_takes(value: Any, expected: bool) -> None:
    assert is_release(value) == expected
