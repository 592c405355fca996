"""Traces arrive whole and as one tree; the SDK alone makes two of nested transactions."""

from __future__ import annotations

from tests.scenarios.catalogue.conftest import Group

RAW_FAILS = {"T-02"}


def test_sdk_config_passes(group: Group, sdk: str) -> None:
    assert [result for result in group("transactions", sdk=sdk).values() if result.bad] == []


def test_the_raw_sdk_fails_where_it_is_known_to(group: Group) -> None:
    results = group("transactions", setup="raw")
    assert {name for name, result in results.items() if result.bad} == RAW_FAILS
