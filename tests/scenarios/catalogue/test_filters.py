"""Noise stays in the process under sdk_config; the SDK alone misses subclasses."""

from __future__ import annotations

from tests.scenarios.catalogue.conftest import Group

RAW_FAILS = {"F-01[subclass]"}


def test_sdk_config_passes(group: Group, sdk: str) -> None:
    assert [result for result in group("filters", sdk=sdk).values() if result.bad] == []


def test_the_raw_sdk_fails_where_it_is_known_to(group: Group) -> None:
    results = group("filters", setup="raw")
    assert {name for name, result in results.items() if result.bad} == RAW_FAILS
