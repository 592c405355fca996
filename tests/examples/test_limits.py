import sentry_sdk

from fake_relay.testing import Relay


def test_the_sdk_backs_off_while_errors_are_over_quota(relay: Relay, sentry: None) -> None:
    relay.configure(quotas=[{"categories": ["error"], "limit": 0, "reason_code": "over"}])
    sentry_sdk.capture_message("this one is answered with 429")
    relay.flush()
    sentry_sdk.capture_message("this one stays in the process")
    relay.expect_client_report(reason="ratelimit_backoff", category="error", quantity=1)
    assert relay.outcomes["error"]["rate_limited(over)"] == 1


def test_an_inbound_filter_drops_what_production_would_not_keep(relay: Relay, sentry: None) -> None:
    relay.configure(filters={"error_messages": ["*ChunkLoadError*"], "localhost": True})
    sentry_sdk.capture_message("ChunkLoadError: chunk 7 failed")
    relay.expect_no_event(quiet=0.1)
    assert relay.outcomes["error"] == {"filtered(error-message)": 1}
