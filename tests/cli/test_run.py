"""`run -- CMD`: what CMD sees, what it sends, and the status that comes out."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

from fake_relay.cli.run import environment, expectation

Start = Callable[..., "subprocess.Popen[str]"]
Invoke = Callable[..., Result]

APP = """
import os, sys, sentry_sdk
sentry_sdk.init(release="shop@1", default_integrations=False, before_send=lambda e, h: e)
try:
    raise ValueError("card declined")
except ValueError:
    sentry_sdk.capture_exception()
sentry_sdk.flush()
sys.exit(int(sys.argv[1]))
"""


@pytest.fixture
def app(tmp_path: Path) -> Path:
    """An application that sends one error and exits with the status that it is given."""
    path = tmp_path / "app.py"
    path.write_text(APP)
    return path


def expectations(tmp_path: Path, *entries: dict[str, object]) -> str:
    path = tmp_path / "expected.json"
    path.write_text(json.dumps(entries))
    return str(path)


def test_the_catch_is_printed_beside_the_output_of_the_command_whose_status_comes_out(
    start: Start, app: Path
) -> None:
    child = start("run", sys.executable, str(app), "7")
    output, error = child.communicate(timeout=50)
    assert (child.returncode, output) == (7, ""), error
    assert "ValueError: card declined" in error


def test_a_failed_expectation_is_status_1(start: Start, app: Path, tmp_path: Path) -> None:
    file = expectations(tmp_path, {"type": "event", "where": {"exception": "KeyError"}})
    child = start("run", "--expect", file, "--", sys.executable, str(app), "0")
    _, error = child.communicate(timeout=50)
    assert (child.returncode, "KeyError" in error) == (1, True), error


def test_the_commands_own_failure_comes_before_a_failed_expectation(
    start: Start, app: Path, tmp_path: Path
) -> None:
    file = expectations(tmp_path, {"type": "transaction"})
    child = start("run", "--expect", file, "--", sys.executable, str(app), "5")
    child.communicate(timeout=50)
    assert child.returncode == 5


def test_an_expected_event_is_not_unexpected(start: Start, app: Path, tmp_path: Path) -> None:
    file = expectations(tmp_path, {"type": "event", "where": {"exception": "ValueError"}})
    options = ("--expect", file, "--fail-on-unexpected", "--json")
    child = start("run", *options, "--", sys.executable, str(app), "0")
    output, _ = child.communicate(timeout=50)
    report = json.loads(output)
    assert (child.returncode, report["unexpected"]) == (0, [])
    assert [verdict["held"] for verdict in report["expectations"]] == [True]


def test_an_event_that_nobody_expects_fails_when_asked_to(start: Start, app: Path) -> None:
    child = start("run", "--fail-on-unexpected", "--", sys.executable, str(app), "0")
    _, error = child.communicate(timeout=50)
    assert (child.returncode, "unexpected" in error) == (1, True)


def test_a_command_that_is_not_there_is_status_127(start: Start) -> None:
    child = start("run", "--", "no-such-command-here")
    _, error = child.communicate(timeout=50)
    assert (child.returncode, "cannot start 'no-such-command-here'" in error) == (127, True)


def test_a_file_that_is_no_program_is_status_127(start: Start, tmp_path: Path) -> None:
    child = start("run", "--", str(tmp_path))
    child.communicate(timeout=50)
    assert child.returncode == 127


def test_no_command_is_a_usage_error(invoke: Invoke) -> None:
    assert invoke("run").exit_code == 2


def test_a_wrong_expectation_is_told_before_the_command_runs(
    invoke: Invoke, tmp_path: Path
) -> None:
    file = expectations(tmp_path, {"typ": "event"})
    done = invoke("run", "--expect", file, "--", "touch", str(tmp_path / "ran"))
    assert (done.exit_code, "'typ'" in done.stderr) == (2, True)
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_signals_reach_the_command_and_the_catch_is_still_printed(
    start: Start, number: signal.Signals
) -> None:
    waits = (
        "import signal, sys\n"
        "for n in (signal.SIGTERM, signal.SIGINT):\n"
        "    signal.signal(n, lambda n, f: sys.exit(40 + n))\n"
        "print('ready', flush=True)\n"
        "signal.pause()\n"
    )
    child = start("run", "--", sys.executable, "-c", waits)
    assert child.stdout is not None
    assert child.stdout.readline() == "ready\n"
    child.send_signal(number)
    _, error = child.communicate(timeout=50)
    assert (child.returncode, "caught: nothing" in error) == (40 + number, True)


def test_a_command_that_a_signal_ends_has_the_status_of_shells_and_nothing_caught_has_a_cause(
    start: Start,
) -> None:
    kills = "import os, signal; os.kill(os.getpid(), signal.SIGKILL)"
    child = start("run", "--", sys.executable, "-c", kills)
    _, error = child.communicate(timeout=50)
    assert child.returncode == 128 + signal.SIGKILL
    assert "caught: nothing" in error
    assert "wins over SENTRY_DSN" in error


def test_nothing_else_changes_in_the_commands_environment(
    capsys: pytest.CaptureFixture[str],
) -> None:
    made = environment("http://127.0.0.1:5", {"A": "1", "SENTRY_SPOTLIGHT": "1", "SENTRY_DSN": "x"})
    assert set(made) == {"A", "SENTRY_DSN", "FAKE_RELAY_URL"}
    assert (made["A"], made["SENTRY_DSN"].endswith("@127.0.0.1:5/1")) == ("1", True)
    assert "SENTRY_SPOTLIGHT is removed" in capsys.readouterr().err


def test_a_file_that_is_used_again_tells_only_what_is_new(
    start: Start, app: Path, tmp_path: Path
) -> None:
    reports = []
    for _ in range(2):
        options = ("--store", str(tmp_path / "catch.sqlite"), "--json")
        child = start("run", *options, "--", sys.executable, str(app), "0")
        output, _ = child.communicate(timeout=50)
        reports.append(json.loads(output))
    errors = [
        [row["quantity"] for row in report["outcomes"] if row["category"] == "error"]
        for report in reports
    ]
    assert ([len(report["items"]) for report in reports], errors) == ([1, 1], [[1], [1]])


def test_what_the_sdk_discarded_is_told(start: Start, tmp_path: Path) -> None:
    path = tmp_path / "app.py"
    path.write_text(
        "import sentry_sdk\n"
        "sentry_sdk.init(before_send=lambda e, h: None)\n"
        "sentry_sdk.capture_message('secret')\n"
    )
    child = start("run", "--", sys.executable, str(path), env={"PATH": os.environ["PATH"]})
    _, error = child.communicate(timeout=50)
    assert ("before_send" in error, "client discard" in error) == (True, True)


LATE = """
import subprocess, sys
code = '''import sys, sentry_sdk
sys.stdin.read()
sentry_sdk.init()
sentry_sdk.capture_message("late")'''
left = subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE)
"""


def test_what_a_command_left_running_is_waited_for_as_long_as_the_expectation_says(
    start: Start, tmp_path: Path
) -> None:
    app = tmp_path / "late.py"
    app.write_text(LATE)
    late = {"type": "event", "where": {"message": "late"}, "within": 40}
    child = start("run", "--expect", expectations(tmp_path, late), "--", sys.executable, str(app))
    _, error = child.communicate(timeout=50)
    assert (child.returncode, "1 event" in error) == (0, True), error


def test_an_expectation_without_a_wait_of_its_own_is_judged_at_once() -> None:
    waits = {"event": expectation({"count": 0}, 7), "own": expectation({"within": 3}, 7)}
    assert {name: (each.within, each.quiet) for name, each in waits.items()} == {
        "event": (0, 0),
        "own": (3, 0),
    }
    assert expectation({"count": 0, "within": 3}, 7).quiet > 0


def test_a_catch_is_counted_in_words(start: Start, tmp_path: Path) -> None:
    app = tmp_path / "two.py"
    app.write_text(
        "import sentry_sdk; sentry_sdk.init()\nfor text in 'ab': sentry_sdk.capture_message(text)\n"
    )
    child = start("run", "--", sys.executable, str(app))
    _, error = child.communicate(timeout=50)
    assert "caught: 2 events" in error
    assert "wins over SENTRY_DSN" not in error
