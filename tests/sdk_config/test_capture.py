"""Errors and messages with everything that the documents hang on them, in all their spellings."""

from __future__ import annotations

from typing import Any

import pytest
import sentry_sdk

import sdk_config
from fake_relay.testing import Relay
from sdk_config.runtime import current
from tests.sdk_config.conftest import SetUp

EVERYONE = ("id", "email", "username", "ip_address")


def raised(text: str) -> ValueError:
    """An error with a traceback."""
    try:
        raise ValueError(text)
    except ValueError as error:
        return error


def test_the_id_that_is_given_is_the_id_that_arrives(relay: Relay, service: SetUp) -> None:
    service()

    found = sdk_config.capture_exception(raised("boom"))

    event = relay.expect_event(exception="ValueError", release="shop@2.0.3", environment="test")
    assert event["event_id"] == found
    frames = event["exception"]["values"][0]["stacktrace"]["frames"]
    assert [frame["function"] for frame in frames] == ["raised"]


def test_the_current_error_is_taken_when_none_is_named(relay: Relay, service: SetUp) -> None:
    service()
    try:
        raise KeyError("plan")
    except KeyError:
        sdk_config.capture_exception()

    relay.expect_event(exception="KeyError")


def test_outside_of_an_error_there_is_nothing_to_send(relay: Relay, service: SetUp) -> None:
    service()

    assert sdk_config.capture_exception() is None
    assert sdk_config.capture_booking_error() is None
    assert relay.items("event") == []


def test_other_keywords_become_details_and_who_it_was_becomes_the_user(
    relay: Relay, service: SetUp
) -> None:
    """S2-20: the SDK itself loses such a call with its event."""
    service(user_fields=EVERYONE)
    found = sdk_config.capture_exception(
        raised("refused"), user_id=42, operation="process_order", amount=10.5, currency="EUR"
    )

    assert found is not None
    event = relay.expect_event()
    assert event["contexts"]["details"] == {
        "operation": "process_order",
        "amount": 10.5,
        "currency": "EUR",
    }
    assert event["user"]["id"] == 42


def test_tags_and_extra_arrive_in_both_spellings(relay: Relay, service: SetUp) -> None:
    """S4-25, K-10."""
    service()
    sdk_config.capture_exception(
        raised("export"),
        tags={"export_type": "csv", "new": True},
        extra={"rows": 3},
        extras={"columns": 4},
        contexts={"job": {"attempt": 2}},
        level="warning",
        fingerprint=["export", "csv"],
    )

    event = relay.expect_event(tags={"export_type": "csv", "new": "true"}, level="warning")
    assert (event["extra"]["rows"], event["extra"]["columns"]) == (3, 4)
    assert event["contexts"]["job"] == {"attempt": 2}
    assert event["fingerprint"] == ["export", "csv"]


@pytest.mark.parametrize(
    ("said", "sent"),
    [
        ("debug", "debug"),
        ("info", "info"),
        ("warning", "warning"),
        ("WARN", "warning"),
        ("error", "error"),
        ("critical", "fatal"),
        ("fatal", "fatal"),
        ("loud", "info"),
    ],
)
def test_a_message_keeps_its_level(said: str, sent: str, relay: Relay, service: SetUp) -> None:
    service()

    assert sdk_config.capture_message("text", level=said) is not None

    relay.expect_event(message="text", level=sent)


def test_a_message_takes_the_keywords_of_all_documents(relay: Relay, service: SetUp) -> None:
    """S2-22 and S4-26."""
    service()
    sdk_config.capture_message(
        "rate limit", level="warning", tags={"test": "true"}, user_id="u1", endpoint="/x", limit=9
    )

    event = relay.expect_event(message="rate limit", tags={"test": "true"})
    assert event["contexts"]["details"] == {"endpoint": "/x", "limit": 9}
    assert event["user"]["id"] == "u1"


def test_a_messages_stack_ends_where_the_application_called(relay: Relay, service: SetUp) -> None:
    service()
    sdk_config.capture_message("here")

    event = relay.expect_event(message="here")
    frames = event["threads"]["values"][0]["stacktrace"]["frames"]
    assert frames[-1]["function"] == ("test_a_messages_stack_ends_where_the_application_called")


def test_what_hangs_on_one_event_is_not_on_the_next(relay: Relay, service: SetUp) -> None:
    service()
    sdk_config.capture_message("first", tags={"once": "yes"}, user_id=1, plan="pro")
    sdk_config.capture_message("second")

    event = relay.expect_event(message="second")
    assert "once" not in event.get("tags", {})
    assert "details" not in event["contexts"]
    assert "user" not in event


@pytest.mark.parametrize(
    ("name", "positions", "category", "fields"),
    [
        (
            "capture_booking_error",
            ("a1", "u1", "l1"),
            "booking",
            {"appointment_id": "a1", "location_id": "l1"},
        ),
        (
            "capture_payment_error",
            ("p1", 12.5, "EUR", "card_declined"),
            "payment",
            {
                "payment_id": "p1",
                "amount": 12.5,
                "currency": "EUR",
                "stripe_error_code": "card_declined",
            },
        ),
        (
            "capture_integration_error",
            ("calendar", "sync", "x9"),
            "integration",
            {"integration_type": "calendar", "operation": "sync", "external_id": "x9"},
        ),
    ],
)
def test_a_domain_capture_is_tagged_told_and_grouped_by_its_category(
    name: str,
    positions: tuple[Any, ...],
    category: str,
    fields: dict[str, Any],
    relay: Relay,
    service: SetUp,
) -> None:
    """S3-22 to S3-24."""
    service()

    found = getattr(sdk_config, name)(raised(name), *positions)

    event = relay.expect_event(tags={"error.category": category})
    assert event["event_id"] == found
    assert event["contexts"][category] == fields
    assert event["fingerprint"] == ["{{ default }}", category]


def test_a_domain_capture_takes_the_documents_keywords(relay: Relay, service: SetUp) -> None:
    service()
    sdk_config.capture_booking_error(
        error=raised("full"), appointment_id=7, user_id="u7", location_id=None, tags={"a": "b"}
    )

    event = relay.expect_event(tags={"error.category": "booking", "a": "b"})
    assert event["contexts"]["booking"] == {"appointment_id": 7}
    assert event["user"]["id"] == "u7"


def test_a_domain_of_ones_own_has_a_function_with_its_name(relay: Relay, service: SetUp) -> None:
    service()
    capture = sdk_config.domain_capture("shipping", ("parcel",))

    capture(raised("lost"), "p-1", carrier="x")

    assert capture.__name__ == "capture_shipping_error"
    event = relay.expect_event(tags={"error.category": "shipping"})
    assert event["contexts"]["shipping"] == {"parcel": "p-1", "carrier": "x"}


def test_who_it_was_leaves_only_as_the_settings_allow(relay: Relay, service: SetUp) -> None:
    """S2-32: an address given as a keyword is personal data, wherever it is put."""
    service()
    sdk_config.capture_exception(
        raised("login"), username="canary-name", ip_address="203.0.113.77", user_email="c@x.test"
    )

    relay.expect_event()
    relay.assert_no_leaks("canary-name", "203.0.113.77", "c@x.test")


def test_a_thing_that_is_no_error_is_sent_as_a_message(relay: Relay, service: SetUp) -> None:
    service()

    assert sdk_config.capture_exception("only text") is not None

    relay.expect_event(message="only text", level="error")


class Hostile:
    """An object of the application that breaks whoever looks at it."""

    def __str__(self) -> str:
        raise RuntimeError("no")

    __repr__ = __str__


def test_a_hostile_argument_never_raises_into_the_application(relay: Relay, service: SetUp) -> None:
    service()

    sdk_config.capture_exception(raised("kept"), tags={"bad": Hostile()}, thing=Hostile())
    sdk_config.capture_message(Hostile())  # type: ignore[arg-type]

    relay.expect_event(exception="ValueError")
    running = current()
    assert running is not None
    assert running.failures == ["tag_all: RuntimeError", "capture_message: RuntimeError"]


def test_arguments_of_the_application_are_not_changed(relay: Relay, service: SetUp) -> None:
    service()
    tags, extra, contexts = {"a": 1}, {"password": "x"}, {"c": {"token": "y"}}
    sdk_config.capture_exception(raised("e"), tags=tags, extra=extra, contexts=contexts)

    relay.expect_event()
    assert (tags, extra, contexts) == ({"a": 1}, {"password": "x"}, {"c": {"token": "y"}})


def test_a_plain_call_of_the_sdk_is_worth_the_same(relay: Relay, service: SetUp) -> None:
    """S3-21."""
    service()
    sentry_sdk.capture_exception(raised("plain password=canary-4711"))

    relay.expect_event(exception="ValueError", release="shop@2.0.3")
    relay.assert_no_leaks("canary-4711")


def test_an_id_that_is_to_be_hashed_leaves_nowhere_as_it_is(relay: Relay, service: SetUp) -> None:
    service(hash_user_id="a key")
    sdk_config.set_user(user_id="canary-user")
    sdk_config.capture_exception(raised("one"), user_id="canary-user")
    sdk_config.capture_booking_error(raised("two"), 5, "canary-user", 1)
    sdk_config.capture_exception(raised("three"))

    users = [event["user"]["id"] for event in relay.items("event")]
    assert len(users) == 3
    assert len(set(users)) == 1
    relay.assert_no_leaks("canary-user")


def test_a_capture_within_a_hook_is_dropped_and_does_no_harm(relay: Relay, service: SetUp) -> None:
    """P-16."""

    def hook(event: Any, hint: Any) -> Any:
        sdk_config.capture_message("from the hook", plan="pro")
        sdk_config.add_breadcrumb("from the hook")
        return event

    service(before_send=hook)
    sdk_config.capture_message("kept")

    assert [event["message"] for event in relay.items("event")] == ["kept"]
    running = current()
    assert running is not None
    assert running.ledger.counts().dropped["error", "recursion"] == 1
