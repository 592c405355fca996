"""Traces arrive whole and as one tree; the SDK alone makes two of nested transactions."""

from __future__ import annotations

import os

import pytest

from scenarios.catalogue import built_in
from scenarios.runner import run
from scenarios.target import Target
from tests.scenarios.catalogue.conftest import Group
from tests.scripts.install_sdks import frameworks, otel_sdk

RAW_FAILS = {"T-02"}


def test_sdk_config_passes(group: Group, sdk: str) -> None:
    assert [result for result in group("transactions", sdk=sdk).values() if result.bad] == []


def test_the_raw_sdk_fails_where_it_is_known_to(group: Group) -> None:
    results = group("transactions", setup="raw")
    assert {name for name, result in results.items() if result.bad} == RAW_FAILS


def test_databases_tasks_and_opentelemetry_are_driven_where_they_are_installed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(map(str, (otel_sdk(), frameworks()))))
    wanted = {"SA-09.celery", "T-04.pool", "T-10"}
    found = run([one for one in built_in() if one.id in wanted], Target())
    assert {result.id: result.status for result in found.results} == dict.fromkeys(wanted, "passed")
