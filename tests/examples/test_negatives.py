import sentry_sdk

from fake_relay.testing import Relay


def test_what_is_filtered_is_not_sent_and_is_accounted_for(relay: Relay) -> None:
    sentry_sdk.init(dsn=relay.dsn, before_send=lambda event, hint: None)
    sentry_sdk.capture_message("health check failed")
    relay.expect_no_event(message__contains="health", quiet=0.1)
    relay.expect_client_report(reason="before_send", category="error", quantity=1)
    relay.assert_accounted()


def test_no_secret_leaves_the_process(relay: Relay, sentry: None) -> None:
    password = "hunter2-canary"
    sentry_sdk.set_context("request", {"path": "/login", "password": len(password)})
    sentry_sdk.capture_message("login failed")
    relay.expect_event(message="login failed")
    relay.assert_no_leaks(password)
