import sentry_sdk

from fake_relay.testing import Relay


def test_an_outage_costs_one_event_and_the_sdk_says_so(relay: Relay, sentry: None) -> None:
    with relay.faults.outage(times=1):
        sentry_sdk.capture_message("lost")
        sentry_sdk.flush()
    sentry_sdk.capture_message("arrives again")
    relay.expect_event(message="arrives again", count=1)
    assert relay.discards["error"] == {"network_error": 1}


def test_a_limit_on_errors_leaves_transactions_alone(relay: Relay, sentry: None) -> None:
    limit = relay.faults.rate_limit("error", seconds=60)
    for number in range(3):
        sentry_sdk.capture_message(f"message {number}")
        sentry_sdk.flush()
    with sentry_sdk.start_transaction(name="GET /checkout"):
        pass
    relay.expect_transaction(name="GET /checkout")
    assert len(limit.fired) == 1
    assert relay.outcomes["error"] == {"rate_limited": 1, "client_discard(ratelimit_backoff)": 2}
