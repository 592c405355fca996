"""`fake-relay scenarios`: what it prints, what it writes, and the status that it ends with."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from click.testing import CliRunner, Result

from fake_relay.cli import main
from scenarios.result import read_run

Invoke = Callable[..., Result]

MINE = """
- id: MY-1
  title: a message arrives
  tags: [quick]
  steps: [{do: message, text: hi}]
  expect: [{type: event, count: 1, where: {message: hi}}]
- id: MY-2
  title: a message is another one
  group: other
  steps: [{do: message, text: hi}]
  expect:
    - type: event
      where: {message: "\\e[31mbye"}
      because: "the \\e[31mreason"
      setting: SENTRY_SOMETHING
- {id: MY-3, title: later, planned: the alerts}
"""


@pytest.fixture
def invoke(here: Path) -> Invoke:
    """Call `fake-relay scenarios` in an empty folder with a file of three scenarios."""
    (here / "my.scenarios.yaml").write_text(MINE.replace("\\e", "\\x1b"))

    def invoke(*arguments: str) -> Result:
        return CliRunner().invoke(main, ["scenarios", *arguments])

    return invoke


def test_a_run_prints_a_table_and_the_reason_of_each_failure(invoke: Invoke) -> None:
    done = invoke("run", "my.scenarios.yaml", "--setup", "raw")
    assert done.exit_code == 1
    assert "✓  MY-1" in done.output
    assert "planned: the alerts" in done.output
    assert "✗ MY-2 a message is another one: failed" in done.output
    assert "message: expected = '\\x1b[31mbye', got 'hi'" in done.output
    assert "cause: the ␛[31mreason" in done.output
    assert "to mend it: SENTRY_SOMETHING" in done.output
    assert "1 passed, 1 failed, 1 planned" in done.output
    assert "\x1b" not in done.output


def test_what_failed_is_run_again_and_reports_are_made_from_the_last_run(
    invoke: Invoke, here: Path
) -> None:
    invoke("run", "my.scenarios.yaml", "--setup", "raw")
    again = invoke("run", "my.scenarios.yaml", "--setup", "raw", "--last-failed", "--json")
    assert [result["id"] for result in json.loads(again.output)["results"]] == ["MY-2"]
    shown = invoke("report")
    assert shown.exit_code == 0
    assert "MY-2 a message is another one: failed" in shown.output
    written = invoke("report", "-o", "out.xml")
    assert written.exit_code == 0
    (suite,) = ET.parse(here / "out.xml").getroot()
    assert suite.attrib["name"] == "other"


def test_a_run_with_nothing_bad_ends_with_0_and_writes_the_reports_that_are_asked_for(
    invoke: Invoke, here: Path
) -> None:
    done = invoke(
        "run", "my.scenarios.yaml", "-k", "quick or later", "--setup", "raw",
        "--report", "run.json", "--report", "run.xml",
    )  # fmt: skip
    assert done.exit_code == 0, done.output
    run = read_run(here / "run.json")
    assert [(result.id, result.status) for result in run.results] == [
        ("MY-1", "passed"),
        ("MY-3", "planned"),
    ]
    suites = ET.parse(here / "run.xml").getroot()
    assert [case.attrib["name"] for case in suites.iter("testcase")] == [
        "MY-1 a message arrives",
        "MY-3 later",
    ]
    again = invoke("run", "my.scenarios.yaml", "--last-failed")
    assert "nothing failed the last time" in again.output


@pytest.mark.parametrize("form", ["html", "junit", "markdown", "sarif", "json"])
def test_a_report_in_every_form_tells_the_failure(form: str, invoke: Invoke, here: Path) -> None:
    (here / "run.json").write_text(
        json.dumps(
            {
                "target": "raw",
                "results": [
                    {
                        "id": "MY-2",
                        "status": "failed",
                        "findings": [
                            {
                                "kind": "leak",
                                "text": "it <b>leaks</b> \x1b[31m",
                                "surface": "L03",
                                "item_type": "event",
                                "path": ".message",
                            }
                        ],
                    }
                ],
            }
        )
    )
    done = invoke("report", "run.json", "--format", form)
    assert done.exit_code == 0, done.output
    assert "leaks" in done.output
    assert "\x1b" not in done.output


def test_the_built_in_scenarios_are_listed_with_what_is_planned(invoke: Invoke) -> None:
    told = invoke("list")
    assert told.exit_code == 0
    assert "E-02" in told.output
    mine = invoke("list", "my.scenarios.yaml", "--json")
    assert [one["id"] for one in json.loads(mine.output)] == ["MY-1", "MY-2", "MY-3"]
    assert "later (planned: the alerts)" in invoke("list", "my.scenarios.yaml").output


def test_the_starter_runs_green_as_it_is(invoke: Invoke, here: Path) -> None:
    assert invoke("init").exit_code == 0
    assert "is there already" in invoke("init").output
    assert invoke("init", "--force").exit_code == 0
    done = invoke("run", "MY-*")
    assert done.exit_code == 0, done.output
    assert "2 passed" in done.output


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("run", "X-99"), "no scenario is called 'X-99'"),
        (("run", "-g", "erors"), "no scenario has the group 'erors'; did you mean 'errors'?"),
        (("run", "--promise", "rate"), "--promise 'rate' is not NAME=VALUE"),
        (("run", "--env", "A"), "--env 'A' is not NAME=VALUE"),
        (("run", "--sdk", "no"), "--sdk 'no' is no version such as"),
        (("run", "--report", "run.pdf"), "'run.pdf': no report has that ending"),
        (("run", "--config", "none.toml"), "cannot read 'none.toml'"),
        (("run", "--config", "wrong.toml"), "'wrong.toml', table [scenarios]: Object contains"),
        (("run", "--config", "broken.toml"), "'broken.toml', table [scenarios]: "),
        (("report", "none.json"), "cannot read 'none.json'"),
        (("report", "my.scenarios.yaml"), "is no run that"),
        (("report",), "there is no last run here"),
        (("run", "--last-failed"), "there is no last run here"),
    ],
)
def test_what_is_wrong_with_the_call_is_told_with_status_2(
    arguments: tuple[str, ...], told: str, invoke: Invoke, here: Path
) -> None:
    (here / "wrong.toml").write_text("[scenarios]\nset_up = 'raw'\n")
    (here / "broken.toml").write_text("[scenarios\n")
    done = invoke(*arguments)
    assert done.exit_code == 2
    assert told in done.output


@pytest.mark.parametrize(
    ("option", "value", "told"),
    [
        ("--python", "/no/python", "cannot run scenarios with '/no/python'"),
        ("--url", "http://127.0.0.1:9", "127.0.0.1:9"),
    ],
)
def test_where_nothing_can_run_the_status_is_3(
    option: str, value: str, told: str, invoke: Invoke
) -> None:
    done = invoke("run", "my.scenarios.yaml", option, value)
    assert done.exit_code == 3
    assert told in done.output


def test_flags_win_over_the_file_and_both_reach_the_process(invoke: Invoke, here: Path) -> None:
    (here / "fake-relay.toml").write_text(
        "[scenarios]\nsetup = 'raw'\nfiles = ['*.scenarios.yaml']\n"
        "[scenarios.options]\nrelease = 'file@1'\n"
        "[scenarios.environment]\nSHOP = 'file'\n"
        "[scenarios.promises]\nrelease = 'file@1'\nrate.traces = 0.5\n"
    )
    (here / "my.scenarios.yaml").write_text(
        "- id: A\n"
        "  steps: [{do: message, text: 'at ${rate.traces}'},"
        " {do: call, target: 'os:getenv', args: [SHOP], id: shop}]\n"
        "  expect:\n"
        "    - {type: event, where: {release: '${release}', message: at 0.5}}\n"
        "    - {check: journaled, step: shop, returned: flag}\n"
    )
    done = invoke(
        "run", "A", "--option", "release=flag@1", "--promise", "release=flag@1", "--env",
        "SHOP=flag",
    )  # fmt: skip
    assert done.exit_code == 0, done.output


def test_the_schema_is_json(invoke: Invoke) -> None:
    assert "Scenario" in json.loads(invoke("schema").output)["$defs"]
