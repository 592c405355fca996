"""Nothing that was planted leaves under sdk_config; the SDK alone leaks where its table says."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest

from scenarios.catalogue import built_in
from scenarios.catalogue.pii import PLANT
from scenarios.result import Result
from scenarios.steps import Call
from scenarios.target import Target
from tests.scenarios.catalogue.conftest import Group
from tests.scenarios.conftest import Run

pytestmark = pytest.mark.slow(6)
RAW_FAILS = {
    "P-02",
    "P-03",
    "P-03.streamed",
    "P-04",
    "P-05",
    "P-05.user",
    "P-06",
    "P-06.names",
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


def test_a_cell_that_differs_from_the_leak_table_is_told(run: Run) -> None:
    [table] = [one for one in built_in() if one.id == "P-01[no local variables]"]
    more = msgspec.structs.replace(table, options={})
    [found] = run(more).findings
    assert "'L07 no_local_variables' leaks in event, which the table" in found.text
    steps = (Call(PLANT, kwargs={"rows": ["local_blob"]}),)
    [found] = run(msgspec.structs.replace(table, steps=steps)).findings
    assert "'L04 local_blob' leaks no more in event" in found.text


SERVICE = """
import re, sentry_sdk

def walk(found):
    if isinstance(found, dict):
        return {walk(key): walk(value) for key, value in found.items()}
    if isinstance(found, (list, tuple)):
        return [walk(value) for value in found]
    return re.sub(r"[\\w.]+(@|%40)[\\w.]+", "[gone]", found) if isinstance(found, str) else found

def scrub(event, hint):
    return walk(event)

def sound():
    sentry_sdk.init(before_send=scrub, before_send_transaction=scrub, traces_sample_rate=0.1)

def forgets_transactions():
    sentry_sdk.init(before_send=scrub, traces_sample_rate=0.1)

def redacts_all(event, hint):
    return {**event, "contexts": {name: {} for name in event.get("contexts", ())}}

def captures(event, hint):
    sentry_sdk.capture_message("an event is sent")
    return redacts_all(event, hint)

def broken():
    sentry_sdk.init(before_send=captures)
"""

OnService = Any


@pytest.fixture
def on_service(run: Run, tmp_path: Path) -> OnService:
    """Runs a scenario of the catalogue against a service that scrubs addresses with hooks."""
    (tmp_path / "shop.py").write_text(SERVICE)
    known = {scenario.id: scenario for scenario in built_in()}

    def on_service(name: str, setup: str, **promises: Any) -> Result:
        told = {f"pii.{key}": value for key, value in promises.items()}
        return run(known[name], Target(setup=f"shop:{setup}", cwd=str(tmp_path), promises=told))

    return on_service


def test_only_promised_classes_are_planted(on_service: OnService) -> None:
    assert on_service("P-03", "sound").status == "failed"
    assert on_service("P-03", "sound", classes=["email"]).status == "passed"


def test_a_scrubber_that_forgets_transactions_is_told_with_the_hook_that_is_missing(
    on_service: OnService,
) -> None:
    result = on_service("P-03", "forgets_transactions", classes=["email"])
    assert result.status == "failed"
    [span] = [one for one in result.findings if one.surface == "L27 sql_literal"]
    assert span.item_type == "transaction"
    assert "'L27 sql_literal' is not scrubbed in transaction" in span.cause
    assert span.setting.startswith("before_send_transaction")


def test_what_may_be_sent_on_purpose_is_not_planted(on_service: OnService) -> None:
    result = on_service("P-05", "sound")
    assert {finding.surface.split()[0] for finding in result.findings} == {"L24"}
    assert on_service("P-05", "sound", allowed=["L24"]).status == "passed"
    every = ["L24", "L52", "L53", "L54", "L55"]
    assert on_service("P-05", "sound", allowed=every).status == "skipped"


def test_a_hook_that_captures_and_one_that_redacts_everything_are_told(
    on_service: OnService,
) -> None:
    causes = {
        "P-14.near": "redacts what is harmless",
        "P-16": "is called for that again",
        "P-18": "ids, states and amounts",
    }
    for name, cause in causes.items():
        result = on_service(name, "broken")
        assert result.status == "failed", name
        assert cause in result.findings[0].cause
        assert result.findings[0].setting
