"""What is raised, captured and logged arrives once; the SDK alone loses what SDK_CONFIG.md says."""

from __future__ import annotations

from tests.scenarios.catalogue.conftest import Group

RAW_FAILS = {
    "E-07",
    "E-09.exception",
    "E-09.message",
    "E-11[child]",
    "E-11[pool]",
    "E-11[task]",
}


def test_sdk_config_passes(group: Group, sdk: str) -> None:
    assert [result for result in group("errors", sdk=sdk).values() if result.bad] == []


def test_the_raw_sdk_fails_where_it_is_known_to(group: Group) -> None:
    results = group("errors", setup="raw")
    assert {name for name, result in results.items() if result.bad} == RAW_FAILS
