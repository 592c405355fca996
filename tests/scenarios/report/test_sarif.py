"""Leaks are a SARIF log of the published shape."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from scenarios.report import sarif
from scenarios.result import Run

LEVELS = {"none", "note", "warning", "error"}
KINDS = {"member", "parameter", "variable", "property", "object", "array", "value", "element"}
"""Of those that the specification has for logical locations (3.33.7)."""


def assert_shape(log: dict[str, Any]) -> None:
    """What the published schema requires of the parts that we write, and nothing beside them."""
    assert log.keys() == {"$schema", "version", "runs"}
    assert log["version"] == "2.1.0"
    assert log["$schema"].endswith("sarif-schema-2.1.0.json")
    for run in log["runs"]:
        assert run.keys() <= {"tool", "invocations", "columnKind", "results", "properties"}
        assert run["columnKind"] in {"utf16CodeUnits", "unicodeCodePoints"}
        driver = run["tool"]["driver"]
        assert driver.keys() == {"name", "version", "rules"}
        for invocation in run["invocations"]:
            assert isinstance(invocation["executionSuccessful"], bool)
            if "startTimeUtc" in invocation:
                stamp = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z"
                assert re.fullmatch(stamp, invocation["startTimeUtc"])
        ids = [rule["id"] for rule in driver["rules"]]
        assert len(ids) == len(set(ids))
        for rule in driver["rules"]:
            assert rule["shortDescription"]["text"]
            assert rule["help"]["text"]
            assert rule["defaultConfiguration"]["level"] in LEVELS
        for result in run["results"]:
            assert_result(result, ids)


def assert_result(result: dict[str, Any], ids: list[str]) -> None:
    assert ids[result["ruleIndex"]] == result["ruleId"]
    assert result["level"] in LEVELS
    assert result["message"]["text"]
    assert all(isinstance(value, str) for value in result["partialFingerprints"].values())
    for location in result["locations"]:
        for logical in location["logicalLocations"]:
            assert logical.keys() == {"name", "fullyQualifiedName", "kind"}
            assert logical["kind"] in KINDS


def test_the_log_has_the_published_shape(everything: Run) -> None:
    assert_shape(json.loads(sarif.text(everything)))


def test_a_leak_names_its_surface_its_place_and_what_closes_it(everything: Run) -> None:
    [run] = sarif.log(everything)["runs"]
    first = run["results"][0]
    assert first["ruleId"] == "leak/l22-extra-note"
    assert first["message"]["text"].endswith("To close it: before_send, or sdk_config.setup()")
    [logical] = first["locations"][0]["logicalLocations"]
    assert logical == {
        "name": "note",
        "fullyQualifiedName": "P-01/event.extra.note",
        "kind": "member",
    }
    assert first["properties"]["scenario"] == "P-01"


def test_the_same_leak_has_the_same_fingerprint(everything: Run) -> None:
    [run] = sarif.log(everything)["runs"]
    one, two, other = (result["partialFingerprints"]["leak/v1"] for result in run["results"])
    assert one == two != other


def test_what_is_no_leak_is_not_in_it(nothing: Run) -> None:
    log = json.loads(sarif.text(nothing))
    assert_shape(log)
    assert log["runs"][0]["results"] == []


@pytest.mark.parametrize("interrupted", [True, False])
def test_an_interrupted_run_was_no_success(interrupted: bool) -> None:
    [run] = sarif.log(Run(target="raw", results=(), interrupted=interrupted))["runs"]
    assert run["invocations"][0]["executionSuccessful"] is not interrupted
