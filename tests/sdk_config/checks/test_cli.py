"""The command line: the documents' own spellings, exit statuses, and no secret on any screen."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from sdk_config.cli import main
from sdk_config.dotenv import read_dotenv
from sdk_config.settings import Settings

if TYPE_CHECKING:
    from fake_relay.testing import Relay

ROOT = Path(__file__).parents[3]
CAPTURE = pytest.CaptureFixture[str]
Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture(autouse=True)
def nothing_set(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No variable and no folder of the machine that runs the tests counts."""
    for name in [name for name in os.environ if name.startswith(("SENTRY_", "APP_ENV"))]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Run a Python file or module as a process."""

    def start(*arguments: str, **env: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, *arguments],
            cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": str(ROOT), **env},
            capture_output=True,
            text=True,
            timeout=50,
        )

    return start


def test_check_prints_json_that_says_what_it_found(capsys: CAPTURE) -> None:
    status = main(["check", "--environment", "production", "--check-type", "release", "--json"])

    found = json.loads(capsys.readouterr().out)
    assert status == found["exit_status"] == 1
    assert found["environment"] == "production"
    assert {"DSN-MISSING", "REL-MISSING"} <= {one["rule"] for one in found["findings"]}


@pytest.mark.parametrize(
    "kind", ["config", "connectivity", "security", "performance", "release", "checklist", "all"]
)
def test_every_type_of_check_can_be_asked_for(kind: str, capsys: CAPTURE) -> None:
    assert main(["check", "--check-type", kind, "-v"]) in {0, 1}
    assert "sdk-config check: development" in capsys.readouterr().out


@pytest.mark.parametrize(
    "arguments",
    [
        ["check", "--check-type", "everything"],
        ["test", "--test-type", "nothing"],
        ["env", "--profile", "prodution"],
        ["deploy", "--version", "refs/heads/main", "--environment", "production"],
        ["deploy", "--version", "latest", "--environment", "production"],
        ["deploy", "--version", "2.0.3", "--environment", "prod", "--detail", "nothing"],
        ["init", "--directory", "nowhere"],
        ["release"],
    ],
)
def test_what_cannot_be_is_status_2_and_one_line(arguments: list[str], capsys: CAPTURE) -> None:
    assert main(arguments) == 2
    assert len(capsys.readouterr().err.splitlines()) == 1


@pytest.mark.parametrize("arguments", [[], ["chek"], ["env", "--platform", "heroku"]])
def test_what_the_parser_refuses_is_status_2(arguments: list[str], capsys: CAPTURE) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(arguments)
    assert stopped.value.code == 2


@pytest.mark.slow(2)
def test_doctor_stops_where_it_fails(
    relay: Relay, capsys: CAPTURE, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SENTRY_DSN", relay.dsn)
    monkeypatch.setenv("SENTRY_ENVIRONMENT", "test")

    assert main(["doctor", "--json"]) == 0
    assert json.loads(capsys.readouterr().out).keys() >= {"config", "connectivity", "test"}
    relay.expect_event(message="Test message from sdk-config")

    relay.faults.status(403)
    assert main(["doctor", "--json"]) == 1
    assert "test" not in json.loads(capsys.readouterr().out)


def test_doctor_tells_when_nobody_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SENTRY_DSN", "http://0123456789ab@nowhere.invalid/1")
    monkeypatch.setenv("SENTRY_ENVIRONMENT", "test")

    assert main(["doctor"]) == 3


def test_a_deployment_is_told_before_the_command_ends(
    relay: Relay, monkeypatch: pytest.MonkeyPatch, capsys: CAPTURE
) -> None:
    monkeypatch.setenv("SENTRY_DSN", relay.dsn)
    deploy = ["deploy", "--version", "2.0.3", "--environment", "prod", "--status", "succeeded"]

    assert main([*deploy, "--detail", "github_run=17"]) == 0

    event = relay.expect_event(release="2.0.3", environment="production")
    assert event["contexts"]["deployment"]["github_run"] == "17"
    assert capsys.readouterr().out.startswith("told: 2.0.3 to production, succeeded (")


def test_a_deployment_that_is_switched_off_is_no_failure(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("SENTRY_DSN", "http://0123456789ab@127.0.0.1:9/1")
    monkeypatch.setenv("SENTRY_ENABLED", "false")

    assert main(["deploy", "--version", "2.0.3", "--environment", "production"]) == 0


def test_a_deployment_without_a_dsn_is_a_failure() -> None:
    assert main(["deploy", "--version", "2.0.3", "--environment", "production"]) == 1


@pytest.mark.parametrize(("name", "status"), [("2.0.3", 0), ("spring", 0), ("latest", 1)])
def test_a_release_is_judged_by_its_name(name: str, status: int, capsys: CAPTURE) -> None:
    assert main(["release", name]) == status


def test_the_release_stands_alone_in_its_line(
    monkeypatch: pytest.MonkeyPatch, capsys: CAPTURE
) -> None:
    monkeypatch.setenv("SENTRY_RELEASE", "shop@2.0.3")

    assert main(["release"]) == 0
    assert capsys.readouterr().out == "shop@2.0.3\n"


def test_git_is_asked_in_the_way_that_is_wanted(
    monkeypatch: pytest.MonkeyPatch, capsys: CAPTURE
) -> None:
    monkeypatch.chdir(ROOT)
    git = ["git", "rev-parse", "--short", "HEAD"]
    short = subprocess.run(git, capture_output=True, text=True)
    if short.returncode != 0:
        pytest.skip("this is no git checkout")

    assert main(["release", "--mode", "short", "--prefix", "backend@"]) == 0
    assert capsys.readouterr().out.strip() == f"backend@{short.stdout.strip()}"


@pytest.mark.parametrize(
    ("platform", "has"),
    [
        ("dotenv", "SENTRY_TRACES_SAMPLE_RATE=0.05"),
        ("docker", "  SENTRY_DSN: ${SENTRY_DSN:?}"),
        ("k8s", "# kubectl create secret generic sentry-config --from-literal=dsn"),
        ("railway", 'railway variables set SENTRY_DSN="$SENTRY_DSN"'),
        ("render", "      - key: SENTRY_DSN\n        sync: false"),
    ],
)
def test_a_platform_gets_the_variables_of_a_profile(
    platform: str, has: str, capsys: CAPTURE
) -> None:
    assert main(["env", "--profile", "production", "--platform", platform]) == 0

    text = capsys.readouterr().out
    assert has in text
    assert "0.05" in text
    assert "latest" not in text.replace("never latest", "")


def test_compose_gives_every_service_the_same_three(capsys: CAPTURE) -> None:
    main(["env", "--platform", "docker", "--service", "api", "--service", "worker"])

    text = capsys.readouterr().out
    assert text.count("<<: *sentry") == 2
    assert all(name in text for name in ("SENTRY_DSN", "SENTRY_ENVIRONMENT", "SENTRY_RELEASE"))


def test_the_secret_of_kubernetes_is_read_by_its_two_keys(capsys: CAPTURE) -> None:
    main(["env", "--platform", "k8s"])

    text = capsys.readouterr().out
    assert text.count("name: sentry-config") == 2
    assert "key: dsn" in text
    assert "key: environment" in text


def test_init_writes_a_file_for_each_environment_that_reads_back(tmp_path: Path) -> None:
    assert main(["init"]) == 0

    for name in ("development", "staging", "production"):
        env = read_dotenv(tmp_path / f".env.{name}")
        settings = Settings.from_env(env)
        # The files have rates of profiles, which are a risk on some versions of Python.
        assert [one for one in settings.problems if one.rule != "PROFILER"] == []
        assert settings.environment == name
        preset = Settings.from_env({"SENTRY_ENVIRONMENT": name}, profile=name)
        assert settings.traces_sample_rate == preset.traces_sample_rate
        assert settings.sample_rate == preset.sample_rate
        assert settings.debug == preset.debug


def test_init_touches_nothing_that_is_there(tmp_path: Path, capsys: CAPTURE) -> None:
    (tmp_path / ".env.staging").write_text("MINE=1")

    assert main(["init"]) == 2
    assert (tmp_path / ".env.staging").read_text() == "MINE=1"
    assert not (tmp_path / ".env.production").exists()
    assert main(["init", "--force"]) == 0
    assert "MINE" not in (tmp_path / ".env.staging").read_text()


@pytest.mark.slow(3)
def test_the_documents_scripts_are_two_lines_and_work(
    tmp_path: Path, run: Run, relay: Relay
) -> None:
    assert main(["init", "--scripts"]) == 0
    names = ("validate_sentry_setup.py", "test_sentry_integration.py")
    assert [len((tmp_path / name).read_text().splitlines()) for name in names] == [2, 2]

    env = {"SENTRY_DSN": relay.dsn, "SENTRY_RELEASE": "shop@2.0.3"}
    judged = run(names[0], "--environment", "production", "--verbose", **env)
    tried = run(names[1], "--test-type", "basic", "--verbose", SENTRY_ENVIRONMENT="test", **env)

    assert judged.returncode == 0, judged.stdout
    assert "ENV-MISSING" in judged.stdout
    assert tried.returncode == 0, tried.stdout
    relay.expect_event(message="Test message from sdk-config", environment="test")


@pytest.mark.slow(3)
@pytest.mark.parametrize("version", ["2.0.1", "1.45.1", "3.0.0b2"])
def test_the_traffic_of_other_versions_arrives_as_well(
    version: str, run: Run, relay: Relay
) -> None:
    sdk = ROOT / ".cache" / "sdks" / f"python-{version}"
    env = {
        "PYTHONPATH": f"{sdk}{os.pathsep}{ROOT}",
        "SENTRY_DSN": relay.dsn,
        "SENTRY_ENVIRONMENT": "test",
        "SENTRY_RELEASE": "shop@2.0.3",
    }

    done = run("-m", "sdk_config.cli", "test", "--test-type", "all", "--json", **env)

    found = json.loads(done.stdout)
    assert [step for step in found["steps"] if not step["ok"]] == []
    assert done.returncode == 0


def test_a_traceback_shows_where_and_no_secret(
    monkeypatch: pytest.MonkeyPatch, capsys: CAPTURE, tmp_path: Path
) -> None:
    secret = "hunter2hunter2hunter2"
    monkeypatch.setenv("SENTRY_AUTH_TOKEN", secret)
    (tmp_path / secret).mkdir()
    # A folder in the place of a file to write is an error that nobody planned for.
    (tmp_path / secret / ".env.staging").mkdir()

    status = main(["init", "--directory", str(tmp_path / secret), "--force"])

    shown = capsys.readouterr()
    assert status == 2
    assert "failed with IsADirectoryError" in shown.err
    assert secret not in shown.err


def test_a_reader_that_has_seen_enough_is_no_error(tmp_path: Path) -> None:
    command = f"{sys.executable} -m sdk_config.cli check -v | head -n 1"
    done = subprocess.run(
        ["bash", "-o", "pipefail", "-c", command],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )

    assert "Traceback" not in done.stderr
    assert done.stdout.startswith("sdk-config check: development")
