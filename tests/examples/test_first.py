import sentry_sdk

from fake_relay.testing import Relay


def checkout(card: str) -> None:
    sentry_sdk.set_tag("plan", "pro")
    try:
        raise ValueError(f"card {card} declined")
    except ValueError:
        sentry_sdk.capture_exception()


def test_a_declined_card_is_reported(relay: Relay, sentry: None) -> None:
    checkout("1111")
    relay.expect_event(exception="ValueError", message__contains="card", tags={"plan": "pro"})
