"""What is kept is what the rates promise; the SDK alone takes rates that are none in silence."""

from __future__ import annotations

import pytest

from tests.scenarios.catalogue.conftest import Group

pytestmark = [pytest.mark.slow(6), pytest.mark.timeout(180)]
RAW_FAILS = {
    "SA-07.errors[negative]",
    "SA-07.errors[text]",
    "SA-07.traces[negative]",
    "SA-07.traces[no number]",
    "SA-07.traces[percent]",
    "SA-07.traces[text]",
}


def test_sdk_config_passes(group: Group, sdk: str) -> None:
    # Thousands of draws are proven once, and under an SDK that tells what it drew.
    without = "" if sdk == "newest" else "statistics"
    results = group("sampling", sdk=sdk, without=without)
    assert [result for result in results.values() if result.bad] == []


def test_the_raw_sdk_fails_where_it_is_known_to(group: Group) -> None:
    results = group("sampling", setup="raw", without="statistics")
    assert {name for name, result in results.items() if result.bad} == RAW_FAILS
