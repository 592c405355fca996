"""Every item says the same release; the SDK alone makes two of one with spaces around it."""

from __future__ import annotations

from tests.scenarios.catalogue.conftest import Group

RAW_FAILS = {"R-01.spaces"}


def test_sdk_config_passes(group: Group, sdk: str) -> None:
    assert [result for result in group("releases", sdk=sdk).values() if result.bad] == []


def test_the_raw_sdk_fails_where_it_is_known_to(group: Group) -> None:
    results = group("releases", setup="raw")
    assert {name for name, result in results.items() if result.bad} == RAW_FAILS
