import re

import sentry_sdk
from dirty_equals import IsPositiveFloat

from fake_relay.match import contains, endswith, fields, one_of
from fake_relay.testing import Relay


def test_values_are_matched_in_many_ways(relay: Relay, sentry: None) -> None:
    sentry_sdk.set_user({"id": "7", "email": "ada@example.com"})
    sentry_sdk.capture_message("card 1111 declined", level="warning")
    event = relay.expect_event(
        message=re.compile(r"card \d+"),  # a regular expression
        level__in=["warning", "error"],  # an operation, after two underscores
        user__email=endswith("@example.com") & ~contains("admin"),  # matchers combine
        contexts__runtime__name="CPython",  # a path
        timestamp=lambda moment: moment.endswith("Z"),  # a function
        release=one_of("shop@2.0", "shop@2.1"),
        q="level:warning",  # the search language of the page and of the command line
        count=1,  # exactly one
        within=2,  # seconds
    )
    assert event.user.id == "7"
    assert event["level"] == "warning"


def test_transactions_and_logs_have_their_own_sentences(relay: Relay, sentry: None) -> None:
    with sentry_sdk.start_transaction(name="checkout", op="task"):
        sentry_sdk.logger.warning("slow query")
        with sentry_sdk.start_span(op="db", name="SELECT price FROM items"):
            pass
    relay.expect_transaction(
        name="checkout",
        duration=IsPositiveFloat,
        span=fields(op="db", description__startswith="SELECT"),
    )
    relay.expect_log(body__contains="slow", level="warn")
