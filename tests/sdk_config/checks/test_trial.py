"""Test traffic goes through the real configuration, and what became of it is told."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from sdk_config import shutdown
from sdk_config.checks.trial import TESTS, run_trial
from sdk_config.cli.main import TEST_TYPES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fake_relay.testing import Relay


@pytest.fixture
def configured(relay: Relay, monkeypatch: pytest.MonkeyPatch) -> Iterator[Relay]:
    """A service whose environment names this test's project."""
    monkeypatch.setenv("SENTRY_DSN", relay.dsn)
    monkeypatch.setenv("SENTRY_ENVIRONMENT", "test")
    monkeypatch.setenv("SENTRY_RELEASE", "shop@2.0.3")
    monkeypatch.setenv("SENTRY_SAMPLE_RATE", "0.0")
    yield relay
    shutdown()


def test_the_command_line_names_every_test() -> None:
    assert set(TEST_TYPES) == set(TESTS)


def test_basic_sends_a_message_and_an_error_that_are_marked(configured: Relay) -> None:
    trial = run_trial(["basic"])

    assert trial.exit_status == 0, trial
    configured.expect_event(message="Test message from sdk-config", level="info")
    error = configured.expect_event(exception="TrialError", tags={"test": "true"})
    assert error["release"] == "shop@2.0.3"


@pytest.mark.slow(3)
def test_all_tests_hold_and_arrive(configured: Relay) -> None:
    trial = run_trial(["all"])

    assert [step for step in trial.steps if not step.ok] == []
    assert {step.type for step in trial.steps} == {"connectivity", *TESTS}
    for category in ("payment", "integration", "database"):
        configured.expect_event(tags={"error.category": category})
    configured.expect_transaction(transaction="sdk-config performance test")
    configured.assert_no_leaks("4111 1111 1111 1111")


def test_a_secret_that_leaves_fails_the_test_of_personal_data(
    configured: Relay, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SENTRY_ALLOW_UNSCRUBBED", "true")

    trial = run_trial(["pii"])

    assert trial.exit_status == 1
    assert "a card number leaves as it is" in [step.text for step in trial.steps if not step.ok]


def test_without_a_release_its_test_fails(
    configured: Relay, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SENTRY_RELEASE", "")
    monkeypatch.setenv("SENTRY_RELEASE_SOURCES", "none")

    trial = run_trial(["release"])

    assert "there is no release" in [step.text for step in trial.steps if not step.ok]


def test_a_refused_key_is_told_before_anything_is_sent(configured: Relay) -> None:
    configured.faults.status(403)

    trial = run_trial(["basic"])

    assert trial.exit_status == 1
    assert [step.type for step in trial.steps] == ["connectivity"]
    assert "answered 403" in trial.steps[0].text


def test_what_the_server_limits_has_not_arrived(configured: Relay) -> None:
    configured.faults.rate_limit("error", seconds=60)

    trial = run_trial(["basic"])

    assert trial.exit_status == 1
    assert trial.steps[-1].text == "the server limits the rate"


def test_without_a_dsn_the_trial_says_that_it_is_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SENTRY_DSN", raising=False)

    trial = run_trial(["basic"])

    assert trial.exit_status == 1
    assert trial.steps[0].text == "Sentry is off: there is no DSN"


def test_a_type_that_is_not_there_is_an_error() -> None:
    with pytest.raises(ValueError, match="or all, got 'datbase'"):
        run_trial(["datbase"])


def test_an_event_that_was_dropped_here_tells_why(
    configured: Relay, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SENTRY_IGNORE_ERRORS", "TrialError")

    trial = run_trial(["basic"])

    assert "error: no event; dropped here: filtered:class" in [step.text for step in trial.steps]
