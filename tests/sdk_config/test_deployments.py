"""The release that runs, deployments, release events and release health, as S0 asks for them."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
import sentry_sdk

import sdk_config
from fake_relay.testing import Relay
from sdk_config.runtime import current
from tests.sdk_config.conftest import SetUp


def failures() -> list[str]:
    running = current()
    assert running is not None
    return running.failures


@pytest.mark.parametrize(
    ("status", "level"), [("in_progress", "info"), ("succeeded", "info"), ("failed", "error")]
)
def test_a_deployment_is_told_for_the_release_and_place_it_deploys(
    status: str, level: str, relay: Relay, service: SetUp
) -> None:
    """S0-12."""
    service()

    found = sdk_config.capture_deployment_event(
        version="shop@3.0.0",
        environment="production",
        status=status,
        details={"duration_seconds": 90, "deployed_by": "ci", "services": ["api", "worker"]},
    )

    event = relay.expect_event(
        release="shop@3.0.0", environment="production", level=level, tags={"deploy.status": status}
    )
    assert event["event_id"] == found
    assert event["fingerprint"] == ["deployment", "shop@3.0.0", "production"]
    assert event["contexts"]["deployment"] == {
        "version": "shop@3.0.0",
        "environment": "production",
        "status": status,
        "duration_seconds": 90,
        "deployed_by": "ci",
        "services": ["api", "worker"],
    }


@pytest.mark.parametrize(
    ("version", "status"),
    [
        ("refs/heads/main", "succeeded"),
        ("latest", "succeeded"),
        ("", "succeeded"),
        ("1.0.0", "done"),
    ],
)
def test_a_deployment_of_nothing_that_can_be_named_is_not_sent(
    version: str, status: str, relay: Relay, service: SetUp
) -> None:
    """K-19."""
    service()

    assert sdk_config.record_deployment(version, "production", status) is None

    assert failures() == ["record_deployment: ValueError"]
    assert relay.items("event") == []


def test_a_deployment_around_its_work_is_told_twice_with_its_seconds(
    relay: Relay, service: SetUp
) -> None:
    """S0-40, R-04."""
    service()
    moments = iter([10.0, 22.5])
    with sdk_config.deployment(
        "3.0.0", "staging", clock=lambda: next(moments), deployed_by="ci"
    ) as under_way:
        under_way.details["services"] = ["api"]

    first, last = relay.expect_event(count=2, release="3.0.0", environment="staging")
    assert first["contexts"]["deployment"]["status"] == "in_progress"
    assert last["contexts"]["deployment"] == {
        "version": "3.0.0",
        "environment": "staging",
        "status": "succeeded",
        "success": True,
        "duration_seconds": 12.5,
        "deployed_by": "ci",
        "services": ["api"],
    }


def test_a_deployment_that_fails_is_told_so_and_its_error_raised_again(
    relay: Relay, service: SetUp
) -> None:
    service()
    with pytest.raises(RuntimeError, match="no space"), sdk_config.deployment("3.0.0"):
        raise RuntimeError("no space")

    last = relay.expect_event(level="error", tags={"deploy.status": "failed"})
    assert last["contexts"]["deployment"]["success"] is False
    assert last["environment"] == "test"


def test_after_a_deployment_its_health_is_asked_for(relay: Relay, service: SetUp) -> None:
    """S0-40: wait, then look."""
    service()
    waited: list[float] = []
    with sdk_config.deployment(
        "3.0.0", stabilise=300, probe=lambda: {"error_rate": 0.5}, sleep=waited.append
    ):
        pass

    assert waited == [300]
    relay.expect_event(release="3.0.0", tags={"release.metric": "error_rate"})


def test_a_probe_that_fails_does_not_fail_the_deployment(service: SetUp) -> None:
    service()

    def probe() -> dict[str, float]:
        raise OSError("no route")

    with sdk_config.deployment("3.0.0", probe=probe):
        pass

    assert failures() == ["_probe: OSError"]


@pytest.mark.parametrize("level", ["info", "warning", "error"])
def test_a_release_event_has_its_level_and_metadata(
    level: str, relay: Relay, service: SetUp
) -> None:
    """S0-13."""
    service()

    found = sdk_config.capture_release_event(
        "New checkout", level=level, release_metadata={"features": ["checkout"], "new_features": 5}
    )

    event = relay.expect_event(message="New checkout", level=level, release="shop@2.0.3")
    assert event["event_id"] == found
    assert event["contexts"]["release_event"] == {"features": ["checkout"], "new_features": 5}


@pytest.mark.parametrize(
    ("metric", "value", "unit"),
    [("error_rate", 0.5, "percentage"), ("response_time", 120, "millisecond")],
)
def test_release_health_is_a_gauge_and_an_event(
    metric: str, value: float, unit: str, relay: Relay, service: SetUp
) -> None:
    """S0-14, K-30."""
    service()

    found = sdk_config.capture_release_health(
        version="2.0.3", metric=metric, value=value, unit=unit
    )

    event = relay.expect_event(release="2.0.3", level="info")
    assert event["event_id"] == found
    assert event["contexts"]["release_health"] == {
        "version": "2.0.3",
        "metric": metric,
        "value": value,
        "unit": unit,
    }
    gauge = relay.expect_metric(name=f"release.{metric}", value=float(value))
    assert (gauge["type"], gauge["unit"]) == ("gauge", unit)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), "much"])
def test_a_health_that_is_no_number_is_not_sent(value: float, relay: Relay, service: SetUp) -> None:
    service()

    assert sdk_config.record_release_health("2.0.3", "error_rate", value) is None

    assert relay.items() == []


def test_a_release_that_changes_changes_everywhere(relay: Relay, service: SetUp) -> None:
    """S0-15, R-07: the next event, session, transaction and trace header agree."""
    service(traces_sample_rate=1.0)
    assert "shop%402.0.3" in str(sentry_sdk.get_baggage())

    sdk_config.set_release_context(version="shop@3.0.0", commit="4f2a9c1", environment="prod")

    assert "shop%403.0.0" in str(sentry_sdk.get_baggage())
    sdk_config.capture_message("after")
    sentry_sdk.get_isolation_scope().start_session()
    sentry_sdk.get_isolation_scope().end_session()
    with sentry_sdk.start_transaction(name="job"):
        pass
    sentry_sdk.metrics.count("jobs", 1)
    event = relay.expect_event(message="after", release="shop@3.0.0", environment="production")
    assert event["contexts"]["release"] == {"version": "shop@3.0.0", "commit": "4f2a9c1"}
    session = relay.expect_session()
    assert session["attrs"]["release"] == "shop@3.0.0"
    relay.expect_transaction(release="shop@3.0.0", environment="production")
    metric = relay.expect_metric(name="jobs")
    assert metric["attributes"]["sentry.release"]["value"] == "shop@3.0.0"


def test_what_another_service_began_keeps_its_release(service: SetUp) -> None:
    service()
    sentry_sdk.continue_trace(
        {
            "sentry-trace": f"{'a' * 32}-{'b' * 16}-1",
            "baggage": f"sentry-trace_id={'a' * 32},sentry-release=front%401.0.0",
        }
    )
    sdk_config.set_release("shop@3.0.0")

    assert "front%401.0.0" in str(sentry_sdk.get_baggage())


def test_the_release_that_runs_can_be_asked_for(service: SetUp) -> None:
    """S0-16, S0-17."""
    service(dist="17")

    assert sdk_config.get_current_release() == sdk_config.current_release() == "shop@2.0.3"
    assert sdk_config.get_release_info() == {
        "release": "shop@2.0.3",
        "environment": "test",
        "commit": None,
        "dist": "17",
        "source": "SENTRY_RELEASE",
    }
    sdk_config.set_release("shop@3.0.0", commit="4f2a9c1")
    info = sdk_config.release_info()
    assert info is not None
    assert (info["release"], info["commit"], info["source"]) == (
        "shop@3.0.0",
        "4f2a9c1",
        "set_release()",
    )
    assert sdk_config.status().release == "shop@3.0.0"


def test_a_release_that_is_a_commit_says_its_commit(service: SetUp) -> None:
    service(release="shop@4f2a9c1")

    info = sdk_config.release_info()
    assert info is not None
    assert info["commit"] == "4f2a9c1"


def test_a_release_that_cannot_be_named_changes_nothing(service: SetUp) -> None:
    service()

    sdk_config.set_release("latest")

    assert sdk_config.current_release() == "shop@2.0.3"
    assert failures() == ["set_release: ValueError"]


def test_the_newest_tag_is_the_version_and_no_tag_is_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """S0-21: None where the document says "unknown"."""
    monkeypatch.chdir(tmp_path)
    assert sdk_config.get_version_from_git() is None
    who = ["-c", "user.name=a", "-c", "user.email=a@b.test", "-c", "commit.gpgsign=false"]
    for command in (
        ["init", "-q"],
        ["commit", "-q", "--allow-empty", "-m", "a"],
        ["tag", "v2.0.3"],
    ):
        subprocess.run(["git", *who, *command], check=True)

    assert sdk_config.get_version_from_git() == "v2.0.3"


def test_the_documents_import_path_is_a_file_of_one_line(tmp_path: Path) -> None:
    """S0-19, S4-42: `src.utils.release_tracking` and `backend.core.sentry_config`."""
    lines = {
        "src/utils/release_tracking.py": "capture_deployment_event, get_current_release",
        "backend/core/sentry_config.py": "add_breadcrumb, capture_exception, setup_sentry",
    }
    for name, names in lines.items():
        file = tmp_path / name
        file.parent.mkdir(parents=True)
        file.write_text(f"from sdk_config import {names}\n")
    code = (
        "from src.utils.release_tracking import capture_deployment_event\n"
        "from backend.core.sentry_config import setup_sentry\n"
        "print(capture_deployment_event('1.0.0', 'test', 'failed'), setup_sentry(dsn='').enabled)"
    )
    root = Path(sdk_config.__file__).parents[1]
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env={"PYTHONPATH": f"{tmp_path}:{root}", "SENTRY_DSN": ""},
        capture_output=True,
        text=True,
    )
    assert (done.stdout.strip(), done.stderr) == ("None False", "")


def test_a_step_of_ci_tells_of_its_deployment_before_it_exits(relay: Relay) -> None:
    """S0-20: one line of Python; the exit waits for what is queued."""
    line = (
        "import sdk_config; sdk_config.configure_sentry(); "
        "sdk_config.capture_deployment_event(version='2.0.3', environment='production', "
        "status='succeeded', details={'github_run': '4711'})"
    )
    root = Path(sdk_config.__file__).parents[1]
    environment = {"PYTHONPATH": str(root), "SENTRY_DSN": relay.dsn, "PATH": os.environ["PATH"]}

    run = subprocess.run([sys.executable, "-c", line], env=environment, timeout=60)

    assert run.returncode == 0
    event = relay.expect_event(release="2.0.3", environment="production")
    assert event["contexts"]["deployment"]["github_run"] == "4711"
