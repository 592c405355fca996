"""What is kept is what the rates promise; the SDK alone takes rates that are none in silence."""

from __future__ import annotations

import pytest

from tests.scenarios.catalogue.conftest import Group

pytestmark = pytest.mark.timeout(180)
RAW_FAILS = {
    "SA-07.errors[negative]",
    "SA-07.errors[text]",
    "SA-07.traces[negative]",
    "SA-07.traces[no number]",
    "SA-07.traces[percent]",
    "SA-07.traces[text]",
}


def test_sdk_config_passes(group: Group, sdk: str) -> None:
    assert [result for result in group("sampling", sdk=sdk).values() if result.bad] == []


def test_the_raw_sdk_fails_where_it_is_known_to(group: Group) -> None:
    # Thousands of draws are proven above; what the SDK alone does with a rate needs few.
    results = group("sampling", setup="raw", without="statistics")
    assert {name for name, result in results.items() if result.bad} == RAW_FAILS
