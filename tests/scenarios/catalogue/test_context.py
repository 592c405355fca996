"""Events say who, what and which request, each its own; the SDK takes what Sentry drops."""

from __future__ import annotations

from tests.scenarios.catalogue.conftest import Group

RAW_FAILS = {"C-03.tags", "C-03.text", "C-04.styles"}


def test_sdk_config_passes(group: Group, sdk: str) -> None:
    assert [result for result in group("context", sdk=sdk).values() if result.bad] == []


def test_the_raw_sdk_fails_where_it_is_known_to(group: Group) -> None:
    results = group("context", setup="raw")
    assert {name for name, result in results.items() if result.bad} == RAW_FAILS
