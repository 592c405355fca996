"""The last runs: where they are kept, how many, and what becomes of the rest of the folder."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from click.testing import CliRunner

from fake_relay.cli import main
from fake_relay.web.pages.scenarios import newest_in, report_of
from fake_relay.web.settings import WebConfig
from scenarios import last_run
from scenarios.errors import ScenarioError
from scenarios.result import Result, Run, Status


def a_run(started: float, status: Status = "passed") -> Run:
    """A run of one scenario."""
    return Run(target="raw", results=(Result(id="MY-1", status=status),), started=started)


def test_the_page_finds_what_the_runner_keeps_without_being_told(here: Path) -> None:
    kept = last_run.keep(a_run(1_795_000_000.0), "<p>page</p>")
    (found,) = map(report_of, newest_in(Path(WebConfig().reports)))
    assert (found.name, found.counts, found.page) == (kept.stem, [("passed", 1)], True)
    assert (last_run.FOLDER / ".gitignore").read_text() == "*\n"


def test_the_oldest_make_room_and_what_others_wrote_stays(here: Path) -> None:
    last_run.FOLDER.mkdir(parents=True)
    own = last_run.FOLDER / "last.json"
    own.write_text("{}")
    for number in range(last_run.KEPT + 3):
        path = last_run.keep(a_run(1_795_000_000.0 + number), "")
        os.utime(path, (number, number))
    names = sorted(path.name for path in last_run.FOLDER.iterdir())
    assert len([name for name in names if name.endswith(".html")]) == last_run.KEPT
    assert len([name for name in names if name.endswith(".json")]) == last_run.KEPT + 1
    assert own.exists()
    assert last_run.last().started == 1_795_000_000.0 + last_run.KEPT + 2


def test_what_failed_is_of_the_run_that_was_kept_last(here: Path) -> None:
    with pytest.raises(ScenarioError, match="no last run here"):
        last_run.last()
    os.utime(last_run.keep(a_run(1.0, "failed"), ""), (1, 1))
    assert last_run.last_failed() == {"MY-1"}
    last_run.keep(a_run(2.0), "")
    assert last_run.last_failed() == frozenset()


def test_a_folder_that_cannot_be_written_is_a_warning(here: Path) -> None:
    (here / ".fake-relay").write_text("a file stands in the way")
    (here / "my.scenarios.yaml").write_text(
        "- {id: MY-3, title: later, planned: the alerts, steps: [], expect: []}\n"
    )
    done = CliRunner().invoke(main, ["scenarios", "run", "my.scenarios.yaml", "--setup", "raw"])
    assert done.exit_code == 0, done.output
    assert "warning: the run is not kept" in done.stderr
    assert "/scenarios" not in done.output
