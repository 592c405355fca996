"""From the environment to the real SDK and the relay, and never an error for the application."""

from __future__ import annotations

import logging
import os
import socket
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import sentry_sdk
from sentry_sdk.transport import HttpTransport

from fake_relay.testing import Relay
from sdk_config import Settings, flush, setup, shutdown, status
from sdk_config.runtime import current
from sdk_config.seams import Parts


def test_an_error_arrives_with_release_and_environment(relay: Relay, service: Any) -> None:
    service()

    try:
        raise ValueError("card declined")
    except ValueError:
        sentry_sdk.capture_exception()

    relay.expect_event(exception="ValueError", release="shop@2.0.3", environment="test")


def test_the_status_says_what_counts_and_not_the_dsn(relay: Relay, service: Any) -> None:
    found = service(traces_sample_rate=0.25)

    assert found.enabled
    assert found.release == "shop@2.0.3"
    assert found.traces_sample_rate == 0.25
    assert found.problems == ()
    assert relay.dsn not in repr(found)
    assert status() == found


def test_an_equal_second_setup_keeps_the_client(service: Any) -> None:
    service()
    client = sentry_sdk.get_client()

    service()

    assert sentry_sdk.get_client() is client


def test_a_different_second_setup_warns_and_counts(
    service: Any, caplog: pytest.LogCaptureFixture
) -> None:
    service()
    found = service(sample_rate=0.5)

    assert "set up before with other settings" in caplog.text
    assert found.sample_rate == 0.5


@pytest.mark.parametrize(
    ("environment", "reason"),
    [
        ({"SENTRY_DSN": ""}, "there is no DSN"),
        ({"SENTRY_ENABLED": "false"}, "SENTRY_ENABLED is false"),
        ({"SENTRY_DSN": "https://example.invalid/1"}, "there is no DSN"),
    ],
)
def test_either_says_off_and_it_is_off(
    environment: dict[str, str],
    reason: str,
    service: Any,
    relay: Relay,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)

    found = service()
    sentry_sdk.capture_message("nobody hears this")

    assert not found.enabled
    assert found.reason == reason
    relay.expect_no_event()


def test_one_line_in_the_log_says_that_it_runs(
    service: Any, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO, "sdk_config"):
        service()

    assert [record.getMessage() for record in caplog.records if record.name == "sdk_config"] == [
        "Sentry initialized successfully for environment: test (release shop@2.0.3)"
    ]


def test_an_argument_that_nobody_knows_is_a_problem_and_no_error(service: Any) -> None:
    found = service(with_locals=False)

    assert found.enabled
    assert [problem.text for problem in found.problems] == [
        "there is no setting or SDK option 'with_locals'; did you mean include_local_variables?"
    ]


def test_setup_does_not_raise_when_the_sdk_does(service: Any) -> None:
    found = service(integrations=[object()])

    assert not found.enabled
    assert found.reason == "setup failed with AttributeError"


def test_an_option_of_the_sdk_goes_through(service: Any) -> None:
    service(max_stack_frames=7)

    assert sentry_sdk.get_client().options["max_stack_frames"] == 7


def test_default_tags_are_on_everything(relay: Relay, service: Any) -> None:
    service(default_tags={"team": "shop"})

    sentry_sdk.capture_message("hello")

    relay.expect_event(tags={"team": "shop"})


def test_the_ledger_counts_what_was_sent(relay: Relay, service: Any) -> None:
    service()
    running = current()
    assert running is not None

    sentry_sdk.capture_message("one")
    sentry_sdk.capture_message("two")
    relay.expect_event(count=2)

    assert running.ledger.counts().sent["error"] == 2


def test_after_shutdown_nothing_runs(service: Any) -> None:
    service()

    assert shutdown()

    assert not status().enabled
    assert current() is None


def test_a_file_and_a_profile_are_read(service: Any, relay: Relay, tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("SENTRY_DIST=7\n")

    service(dotenv=tmp_path / ".env", profile="low_cost")

    options = sentry_sdk.get_client().options
    assert (options["dist"], options["traces_sample_rate"]) == ("7", 0.05)


def test_arguments_stand_over_settings_that_are_given(service: Any, relay: Relay) -> None:
    given = Settings(dsn=relay.dsn, environment="staging", sample_rate=0.5)

    found = service(given, sample_rate=1.0, traces_sample_rate=10, release="latest")

    assert (found.environment, found.sample_rate) == ("staging", 1.0)
    assert found.traces_sample_rate == 0.1
    assert [problem.rule for problem in found.problems] == ["VALUE", "REL-VAGUE"]


def test_a_release_comes_from_the_build_when_nobody_names_one(
    service: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SENTRY_RELEASE", "")
    monkeypatch.setenv("CIRCLE_SHA1", "4f2a9c1")

    assert service(release_sources=["ci"]).release == "4f2a9c1"
    running = current()
    assert running is not None
    assert str(running.settings.source("release")) == "release = '4f2a9c1' from ci CIRCLE_SHA1"


def test_a_transport_that_cannot_be_guarded_sends_nothing(relay: Relay, service: Any) -> None:
    class Stiff(HttpTransport):
        __slots__ = ()

        def __setattr__(self, name: str, value: Any) -> None:
            if name in {"capture_envelope", "_sdk_config_guarded"}:
                raise AttributeError(name)
            super().__setattr__(name, value)

    found = service(transport=Stiff)
    sentry_sdk.capture_message("unguarded")

    assert not found.enabled
    relay.expect_no_event()


def test_the_scrubber_is_left_out_only_in_so_many_words(service: Any) -> None:
    """S2-53: and that is said."""
    parts = Parts(scrubber=Kind())

    assert service(parts=parts).scrubber
    found = service(parts=parts, allow_unscrubbed=True)

    assert not found.scrubber
    assert [str(problem) for problem in found.problems] == [
        "UNSCRUBBED: nothing is scrubbed before it is sent; take SENTRY_ALLOW_UNSCRUBBED away"
    ]


class Kind:
    """A scrubber that lets everything pass."""

    def event(self, payload: Any, hint: Any = None) -> Any:
        return payload

    transaction = span = log = metric = breadcrumb = envelope = event


def test_threads_that_start_at_once_make_one_client(
    service: Any, caplog: pytest.LogCaptureFixture
) -> None:
    with ThreadPoolExecutor(8) as threads:
        found = list(threads.map(lambda _: setup(), range(16)))

    assert {one.enabled for one in found} == {True}
    assert "set up before" not in caplog.text


def test_spotlight_without_a_dsn_is_off(service: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """There the SDK would collect everything of everyone (3.1)."""
    monkeypatch.setenv("SENTRY_DSN", "")
    monkeypatch.setenv("SENTRY_SPOTLIGHT", "1")

    assert not service().enabled


def test_a_flush_that_runs_out_of_time_says_so(service: Any) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        service(dsn=f"http://k@127.0.0.1:{silent.getsockname()[1]}/1")
        sentry_sdk.capture_message("nobody answers")

        assert not flush(0.2)
        # The fixture's shutdown need not wait for the silent server.
        assert not shutdown(0.0)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork on this system")
def test_a_forked_child_may_set_up_again(relay: Relay, tmp_path: Path) -> None:
    code = (
        "import os, sys, sentry_sdk, sdk_config\n"
        "sdk_config.setup()\n"
        "if os.fork() == 0:\n"
        "    sdk_config.setup()\n"
        "    sentry_sdk.capture_message('child')\n"
        "    os._exit(0 if sdk_config.flush(5) else 1)\n"
        "assert os.waitstatus_to_exitcode(os.wait()[1]) == 0\n"
        "sentry_sdk.capture_message('parent')\n"
        "sdk_config.shutdown(5)\n"
    )
    environment = {**os.environ, "SENTRY_DSN": relay.dsn, "SENTRY_ENVIRONMENT": "test"}

    subprocess.run([sys.executable, "-c", code], env=environment, check=True, timeout=30)

    relay.expect_event(message="child", count=1)
    relay.expect_event(message="parent", count=1)


def test_settings_are_read_again_by_each_setup(
    service: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    service()
    monkeypatch.setenv("SENTRY_ENVIRONMENT", "staging")

    assert setup().environment == "staging"
