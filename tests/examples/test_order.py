import sentry_sdk

from fake_relay.testing import Relay, event


def test_the_retry_comes_after_the_failure(relay: Relay, sentry: None) -> None:
    for message in ("payment failed", "retrying", "payment went through"):
        sentry_sdk.capture_message(message)
    failed, paid = relay.expect_in_order(
        event(message="payment failed"), event(message__contains="went through")
    )
    assert failed.item.id < paid.item.id


def test_anything_can_be_waited_for(relay: Relay, sentry: None) -> None:
    sentry_sdk.capture_message("one")
    sentry_sdk.capture_message("two")
    relay.wait_for(lambda items: len(items) == 2, within=2)
