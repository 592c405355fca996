"""From the environment to the real SDK and the relay, and never an error for the application."""

from __future__ import annotations

import logging
from typing import Any

import pytest
import sentry_sdk

from fake_relay.testing import Relay
from sdk_config import setup, shutdown, status
from sdk_config.runtime import current


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


def test_settings_are_read_again_by_each_setup(
    service: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    service()
    monkeypatch.setenv("SENTRY_ENVIRONMENT", "staging")

    assert setup().environment == "staging"
