"""`fake-relay lint`: what Sentry would drop, cut or change."""

from __future__ import annotations

import json
import time
from typing import Any

GOOD = {"event_id": "b" * 32, "platform": "python", "message": "boom"}


def good() -> dict[str, Any]:
    return GOOD | {"timestamp": time.time()}


def test_findings_make_it_fail(invoke: Any, send: Any) -> None:
    send(("event", good() | {"release": "a/b"}))
    result = invoke("lint")
    assert result.exit_code == 1
    assert "error   item 1  release  Sentry drops this release's name" in result.stdout


def test_nothing_found_is_said(invoke: Any, send: Any) -> None:
    send(("event", good()))
    result = invoke("lint")
    assert (result.exit_code, "nothing found" in result.stdout) == (0, True)


def test_what_is_only_worth_knowing_does_not_fail(invoke: Any, send: Any) -> None:
    send(("event", good() | {"extra": {"password": "p"}}))
    result = invoke("lint")
    assert (result.exit_code, "[sensitive]" in result.stdout) == (0, True)


def test_a_project_a_search_and_codes_narrow_it(invoke: Any, send: Any) -> None:
    send(("event", good() | {"release": "a/b"}), project="7")
    assert invoke("lint", "--project", "8").exit_code == 0
    assert invoke("lint", "message:other").exit_code == 0
    assert invoke("lint", "--ignore", "invalid-release").exit_code == 0
    assert invoke("lint", "--project", "7").exit_code == 1


def test_machines_get_json(invoke: Any, send: Any) -> None:
    send(("event", good() | {"release": "a/b"}))
    (found,) = json.loads(invoke("lint", "--json").stdout)["findings"]
    assert (found["path"], found["code"]) == ("release", "invalid-release")
