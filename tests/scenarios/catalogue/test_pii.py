"""Nothing that was planted leaves under sdk_config; the SDK alone leaks where its table says."""

from __future__ import annotations

from tests.scenarios.catalogue.conftest import Group

RAW_FAILS = {
    "P-02",
    "P-03",
    "P-03.streamed",
    "P-04",
    "P-05",
    "P-05.user",
    "P-06",
    "P-07",
    "P-09",
    "P-09.server",
    "P-10",
    "P-11",
    "P-13",
    "P-14",
    "P-17",
    "P-17.collection[all]",
    "P-17.collection[empty]",
    "P-18.dictionaries",
}
"""P-01, the table itself, holds; what is about sdk_config alone sets it up."""


def test_sdk_config_passes(group: Group, sdk: str) -> None:
    assert [result for result in group("pii", sdk=sdk).values() if result.bad] == []


def test_the_raw_sdk_fails_where_it_is_known_to(group: Group) -> None:
    results = group("pii", setup="raw")
    assert {name for name, result in results.items() if result.bad} == RAW_FAILS
