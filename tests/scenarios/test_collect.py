"""pytest collects files of scenarios as tests, with ids, marks and the terminal's report."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.slow(6)

SHOP = """
group: shop
tags: [check-out]
scenarios:
- id: MY-1
  cases: {one: {text: hi}, two: {text: bye}}
  steps: [{do: message, text: "${case.text}"}]
  expect: [{type: event, where: {message: hi}, because: everybody greets}]
- {id: MY-2, planned: the alerts}
- {id: MY-3, tags: [skipped], needs: [no_such_module]}
- id: MY-4
  known: {"*": the SDK does so}
  steps: [{do: message, text: hi}]
  expect: [{type: event, count: 0}]
"""

PYTHON = """
from scenarios import Items, Message, Scenario
SCENARIOS = [Scenario(id="PY-1", steps=(Message("hi"),), expect=(Items(type="event", count=1),))]
"""


def collected(pytester: pytest.Pytester, *arguments: str) -> pytest.RunResult:
    """pytest, run in this process over a folder of scenarios."""
    (pytester.path / "fake-relay.toml").write_text("[scenarios]\nsetup = 'raw'\n")
    (pytester.path / "shop.scenarios.yaml").write_text(SHOP)
    (pytester.path / "shop_scenarios.py").write_text(PYTHON)
    options = ("-p", "no:cacheprovider", "-W", "ignore")
    return pytester.runpytest_inprocess(*options, "--strict-markers", *arguments)


def test_each_scenario_and_each_case_is_a_test(pytester: pytest.Pytester) -> None:
    done = collected(pytester, "-v")
    done.assert_outcomes(passed=2, failed=1, skipped=2, xfailed=1)
    done.stdout.fnmatch_lines(["*shop.scenarios.yaml::MY-1?one? PASSED*"])
    done.stdout.fnmatch_lines(
        [
            "✗ MY-1?two?: failed",
            "*message: expected = 'hi', got 'bye'*",
            "*cause: everybody greets*",
        ]
    )
    done.stdout.no_fnmatch_line("*collect.py*Error*")


def test_groups_and_tags_are_marks(pytester: pytest.Pytester) -> None:
    done = collected(pytester, "--collect-only", "-q", "-m", "check_out and skipped")
    done.stdout.fnmatch_lines(["*::MY-3*", "*1/6 tests collected*"])


def test_a_file_that_is_wrong_is_an_error_with_its_place_alone(pytester: pytest.Pytester) -> None:
    (pytester.path / "wrong.scenarios.yaml").write_text("- {id: A, stpes: []}\n")
    done = collected(pytester, "wrong.scenarios.yaml")
    done.assert_outcomes(errors=1)
    done.stdout.fnmatch_lines(["*wrong.scenarios.yaml:1: 0: there is no field 'stpes'*"])
    done.stdout.no_fnmatch_line("*Traceback*")
