"""Frameworks tell each error once, with its request, under the raw SDK and sdk_config alike."""

from __future__ import annotations

from pathlib import Path

import pytest

from scenarios.catalogue import built_in
from scenarios.result import Result
from scenarios.runner import run
from scenarios.target import Target
from tests.scenarios.catalogue.conftest import Group
from tests.scripts.install_sdks import frameworks, libraries

pytestmark = pytest.mark.slow(6)
RAW_FAILS = set[str]()

UNUSED = ("dramatiq", "huey", "httpx2", "openai", "truststore")
"""What no scenario is about, and what the SDK would load at the start because it is there."""


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The frameworks, for the scenarios' processes alone."""
    for folder in (frameworks(), libraries()):
        for found in folder.glob("[a-zA-Z]*"):
            link = tmp_path / found.name
            if not found.name.startswith(UNUSED) and not link.exists():
                link.symlink_to(found)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))


def skipped(results: dict[str, Result]) -> set[str]:
    """Those that were left out."""
    return {name for name, result in results.items() if result.status == "skipped"}


@pytest.mark.usefixtures("installed")
def test_sdk_config_passes(group: Group, sdk: str) -> None:
    results = group("frameworks", sdk=sdk)
    assert [result for result in results.values() if result.bad] == []
    assert skipped(results) == set()


@pytest.mark.usefixtures("installed")
def test_the_raw_sdk_fails_where_it_is_known_to(group: Group) -> None:
    results = group("frameworks", setup="raw")
    assert {name for name, result in results.items() if result.bad} == RAW_FAILS
    assert skipped(results) == set()


def test_what_is_not_installed_is_left_out_and_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PYTHONPATH", raising=False)
    celery = [scenario for scenario in built_in() if scenario.id == "FW-06"]
    (result,) = run(celery, Target(setup="raw")).results
    assert (result.status, result.reason) == ("skipped", "needs celery, which is not installed")
