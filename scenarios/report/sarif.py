"""Leaks as SARIF 2.1.0 (OASIS): a rule for each surface, a result for each way out.

Rule: a place in an envelope is a logical location, for no file of anybody's is at fault.
May import: result, report.figures, fake_relay's version; the standard library.
"""

from __future__ import annotations

import hashlib
import json
import re
from datetime import UTC, datetime
from typing import Any

from fake_relay import __version__
from scenarios.report.figures import leaks
from scenarios.result import Finding, Result, Run

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/os/schemas/sarif-schema-2.1.0.json"


def text(run: Run) -> str:
    """The leaks of a run as a SARIF log."""
    return json.dumps(log(run), indent=2, ensure_ascii=False) + "\n"


def log(run: Run) -> dict[str, Any]:
    """The log as data."""
    found = leaks(run)
    rules = {rule_id(finding): _rule(finding) for _, finding in found}
    places = {name: place for place, name in enumerate(rules)}
    return {
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [
            {
                "tool": {"driver": _driver(list(rules.values()))},
                "invocations": [_invocation(run)],
                "columnKind": "unicodeCodePoints",
                "results": [_result(result, finding, places) for result, finding in found],
                "properties": {"target": run.target, "versions": run.versions},
            }
        ],
    }


def rule_id(finding: Finding) -> str:
    """The rule of a leak: its surface, in characters that every viewer takes."""
    surface = re.sub(r"[^A-Za-z0-9]+", "-", finding.surface).strip("-").lower()
    return f"leak/{surface or 'named-value'}"


def _driver(rules: list[dict[str, Any]]) -> dict[str, Any]:
    return {"name": "fake-relay", "version": __version__, "rules": rules}


def _rule(finding: Finding) -> dict[str, Any]:
    surface = finding.surface or "a named value"
    return {
        "id": rule_id(finding),
        "shortDescription": {"text": f"{surface} must not leave the process"},
        "help": {"text": f"To close it: {finding.setting}"},
        "defaultConfiguration": {"level": "error"},
        "properties": {"tags": ["security", "privacy"]},
    }


def _result(result: Result, finding: Finding, places: dict[str, int]) -> dict[str, Any]:
    name = rule_id(finding)
    return {
        "ruleId": name,
        "ruleIndex": places[name],
        "level": "note" if finding.known else "error",
        "message": {"text": f"{finding.text}. To close it: {finding.setting}"},
        "locations": [{"logicalLocations": [_location(result, finding)]}],
        "partialFingerprints": {"leak/v1": _fingerprint(result, finding)},
        "properties": {"scenario": result.id, "group": result.group, "cause": finding.cause},
    }


def _location(result: Result, finding: Finding) -> dict[str, Any]:
    path = finding.path or "."
    return {
        "name": path.rpartition(".")[2] or path,
        "fullyQualifiedName": f"{result.id}/{finding.item_type}{path}",
        "kind": "member",
    }


def _fingerprint(result: Result, finding: Finding) -> str:
    """The same for the same leak in every run: without ids of items."""
    said = (result.id, finding.surface, finding.item_type, finding.path, finding.data.get("class"))
    return hashlib.sha256(json.dumps(said).encode()).hexdigest()[:32]


def _invocation(run: Run) -> dict[str, Any]:
    told: dict[str, Any] = {"executionSuccessful": not (run.interrupted or run.relay_errors)}
    if run.started:
        began = datetime.fromtimestamp(run.started, UTC)
        told["startTimeUtc"] = began.strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"
    return told
