import sentry_sdk

from fake_relay.testing import Relay


def test_an_event_looks_as_it_did(relay: Relay, sentry: None) -> None:
    sentry_sdk.set_tag("plan", "pro")
    sentry_sdk.capture_message("card declined")
    relay.assert_matches_snapshot()
