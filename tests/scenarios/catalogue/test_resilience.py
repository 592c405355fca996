"""Faults, ends and wrong settings cost what they must; the SDK alone loses more."""

from __future__ import annotations

import pytest

from tests.scenarios.catalogue.conftest import Group

pytestmark = pytest.mark.slow(6)
RAW_FAILS = {
    # In an outage the report of what was lost is lost as well (SDK_CONFIG.md 4.2).
    "X-04.count",
    # SIGTERM ends the process without Python's exit handlers (M-04).
    "X-07.SIGTERM",
    # A forked child sends what its parent had queued (M-05).
    "X-08",
    # multiprocessing ends a child without Python's exit handlers (M-03).
    "X-08.process",
    # What is too large is sent as it is, and refused (M-18).
    "X-14[message]",
    "X-14[context]",
}


def test_sdk_config_passes(group: Group, sdk: str) -> None:
    assert [result for result in group("resilience", sdk=sdk).values() if result.bad] == []


def test_the_raw_sdk_fails_where_it_is_known_to(group: Group) -> None:
    results = group("resilience", setup="raw")
    assert {name for name, result in results.items() if result.bad} == RAW_FAILS
