"""The header of rate limits: what is written, what is read, and what is left out."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fake_relay.protocol.category import Category
from fake_relay.protocol.rate_limits import RateLimit, format_limits, parse_limits

ERRORS = (Category.ERROR, Category.SECURITY, Category.DEFAULT)


@pytest.mark.parametrize(
    ("limits", "header"),
    [
        ([], ""),
        ([RateLimit(60, (Category.TRANSACTION,), "key")], "60:transaction:key"),
        ([RateLimit(2700, (), "project")], "2700::project"),
        ([RateLimit(60, (), "organization")], "60::organization"),
        (
            [RateLimit(60, ERRORS, "organization", "org_quota"), RateLimit(2700, (), "project")],
            "60:error;security;default:organization:org_quota, 2700::project",
        ),
        (
            [RateLimit(60, (Category.METRIC_BUCKET,), "organization", "", ("custom",))],
            "60:metric_bucket:organization::custom",
        ),
        (
            [RateLimit(60, (Category.METRIC_BUCKET,), "project", "why", ("custom", "spans"))],
            "60:metric_bucket:project:why:custom;spans",
        ),
    ],
)
def test_limits_are_written_as_the_protocol_says_and_read_again(
    limits: list[RateLimit], header: str
) -> None:
    assert format_limits(limits) == header
    assert parse_limits(header) == limits


@pytest.mark.parametrize(
    ("header", "limits"),
    [
        ("", []),
        (",", []),
        ("60", []),
        ("1.5:error:key", []),
        ("-1:error:key", []),
        ("x:error:key, 60:error:key", [RateLimit(60, (Category.ERROR,), "key")]),
        ("60:error", [RateLimit(60, (Category.ERROR,))]),
        ("60:error:galaxy", [RateLimit(60, (Category.ERROR,))]),
        (" 60 : error ; error : key ", [RateLimit(60, (Category.ERROR,), "key")]),
        ("60:nonsense:key", [RateLimit(60, (Category.UNKNOWN,), "key")]),
        ("9" * 5000 + "::key", []),
        ("60:error:key:why:ns:and:more", [RateLimit(60, (Category.ERROR,), "key", "why", ("ns",))]),
    ],
)
def test_what_is_not_well_formed_is_left_out(header: str, limits: list[RateLimit]) -> None:
    assert parse_limits(header) == limits


def test_a_limit_on_nothing_that_is_known_is_not_one_on_everything() -> None:
    (limit,) = parse_limits("60:nonsense:key")
    assert not limit.covers(Category.ERROR)


@pytest.mark.parametrize(
    ("categories", "category", "covered"),
    [
        ((), Category.SESSION, True),
        ((Category.ERROR,), Category.ERROR, True),
        ((Category.ERROR,), Category.TRANSACTION, False),
        ((Category.DEFAULT,), Category.ERROR, True),
        ((Category.ERROR,), Category.DEFAULT, True),
        ((Category.DEFAULT,), Category.SECURITY, False),
    ],
)
def test_a_limit_covers_its_categories(
    categories: tuple[Category, ...], category: Category, covered: bool
) -> None:
    assert RateLimit(60, categories).covers(category) is covered


def test_a_limit_of_namespaces_is_about_metrics_alone() -> None:
    limit = RateLimit(60, (Category.METRIC_BUCKET,), "project", "", ("custom",))
    assert limit.covers(Category.METRIC_BUCKET)
    assert not RateLimit(60, (), "project", "", ("custom",)).covers(Category.ERROR)


@given(st.text(":;, 0123456789errorkeyé", max_size=60))
def test_any_header_parses_and_what_was_parsed_is_written_the_same_again(header: str) -> None:
    """A reason may hold anything but the separators, so one round trip is a fixed point."""
    limits = parse_limits(header)
    assert parse_limits(format_limits(limits)) == limits
