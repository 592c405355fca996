import pytest
import sentry_sdk

from fake_relay.testing import Relay


@pytest.mark.relay(fail_on_unexpected=True)
def test_nothing_else_is_reported(relay: Relay, sentry: None) -> None:
    sentry_sdk.capture_message("card declined")
    relay.expect_event(message="card declined")  # anything more would fail this test
