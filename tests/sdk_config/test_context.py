"""Users, contexts, tags, breadcrumbs and scopes, as the documents call them."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest

import sdk_config
from fake_relay.testing import Relay
from sdk_config.context import isolated
from sdk_config.runtime import current
from tests.sdk_config.conftest import SetUp

EVERYONE = ("id", "email", "username", "role", "location_id")


def test_a_user_is_a_mapping_or_keywords(relay: Relay, service: SetUp) -> None:
    """S1-17, S2-27, S3-27: three spellings, one user."""
    service(user_fields=EVERYONE)
    sdk_config.set_user({"id": 7, "email": "a@b.test", "username": "ann"})
    sdk_config.capture_message("S1")
    sdk_config.set_user_context(7, "ann", "a@b.test")
    sdk_config.capture_message("S2")
    sdk_config.add_user_context(
        user_id=7, user_email="a@b.test", user_role="owner", location_id="l1"
    )
    sdk_config.capture_message("S3")

    told = {event["message"]: event["user"] for event in relay.expect_event(count=3)}
    assert told["S1"] == told["S2"] == {"id": 7, "email": "a@b.test", "username": "ann"}
    assert told["S3"] == {"id": 7, "email": "a@b.test", "role": "owner", "location_id": "l1"}


def test_of_a_user_the_id_is_sent_unless_more_is_asked_for(relay: Relay, service: SetUp) -> None:
    """K-16; the role is no person, and is a tag."""
    service()
    sdk_config.add_user_context("u1", "canary@b.test", "owner", "l1")
    sdk_config.capture_message("who")

    event = relay.expect_event(tags={"role": "owner", "location_id": "l1"})
    assert event["user"] == {"id": "u1"}
    relay.assert_no_leaks("canary@b.test")


@pytest.mark.parametrize("clear", ["clear_user", "clear_user_context", "set_user"])
def test_nothing_of_the_user_is_left_after_the_logout(
    clear: str, relay: Relay, service: SetUp
) -> None:
    service()
    sdk_config.set_user(user_id=1, role="owner")

    getattr(sdk_config, clear)()

    sdk_config.capture_message("after")
    event = relay.expect_event(message="after")
    assert not event.get("user")
    assert "role" not in event.get("tags", {})


def test_the_users_mapping_is_not_changed(service: SetUp) -> None:
    service()
    user = {"id": 1, "email": "a@b.test", "data": {"password": "x"}}
    sdk_config.set_user(user)
    sdk_config.capture_message("sent")

    assert user == {"id": 1, "email": "a@b.test", "data": {"password": "x"}}


def test_contexts_of_the_documents(relay: Relay, service: SetUp) -> None:
    """S1-18, S2-29, S3-28."""
    service()
    sdk_config.set_context("business_context", {"project_id": 3, "action": "close"})
    sdk_config.set_context("database", {"duration_ms": 12, "rows_affected": 2})
    sdk_config.add_business_context(appointment_id=5, service_type="cut")
    sdk_config.add_business_context(payment_id="p1", integration_type=None, rows=[1])
    sdk_config.capture_message("told")

    event = relay.expect_event(tags={"appointment_id": "5", "service_type": "cut"})
    assert event["contexts"]["business_context"] == {"project_id": 3, "action": "close"}
    assert event["contexts"]["database"] == {"duration_ms": 12, "rows_affected": 2}
    assert event["contexts"]["business"] == {
        "appointment_id": 5,
        "service_type": "cut",
        "payment_id": "p1",
        "rows": [1],
    }
    assert event["tags"]["payment_id"] == "p1"
    assert "rows" not in event["tags"]


def test_a_context_that_is_no_mapping_is_refused(relay: Relay, service: SetUp) -> None:
    """C-03: the SDK would send it, and Sentry would drop it as malformed."""
    service()
    sdk_config.set_context("wrong", "text")  # type: ignore[arg-type]
    sdk_config.capture_message("told")

    assert "wrong" not in relay.expect_event()["contexts"]
    running = current()
    assert running is not None
    assert running.failures == ["set_context: TypeError"]


def test_flags_are_sent_as_flags(relay: Relay, service: SetUp) -> None:
    service()
    sdk_config.set_flags({"new-checkout": True}, dark=False)
    sdk_config.capture_message("flagged")

    values = relay.expect_event()["contexts"]["flags"]["values"]
    assert {one["flag"]: one["result"] for one in values} == {"new-checkout": True, "dark": False}


def test_a_tag_that_sentry_would_cut_is_cut_here(relay: Relay, service: SetUp) -> None:
    """S1-29: 32 characters for the key, 200 for the value."""
    service()
    sdk_config.set_tag("plan of the customer", "p" * 300)
    sdk_config.set_tag("plan", "pro")
    sdk_config.set_tag("none", None)
    sdk_config.capture_message("tagged")

    tags = relay.expect_event()["tags"]
    assert tags["plan_of_the_customer"] == "p" * 200
    assert tags["plan"] == "pro"
    assert "none" not in tags


def test_breadcrumbs_of_all_documents(relay: Relay, service: SetUp) -> None:
    """S1-30, S2-23, S4-24, and the SDK's own mapping."""
    service()
    sdk_config.add_breadcrumb(
        category="project", message="opened", level="info", data={"project_id": 3}
    )
    sdk_config.add_breadcrumb("to orders", category="navigation", page=2)
    sdk_config.add_breadcrumb(message="slow", category="database", level="warn", data={"ms": 900})
    sdk_config.add_breadcrumb({"message": "as the SDK has it", "category": "auth"})
    sdk_config.capture_message("crumbs")

    crumbs = [
        (crumb["message"], crumb["category"], crumb["level"], crumb.get("data"))
        for crumb in relay.expect_event()["breadcrumbs"]["values"]
    ]
    assert crumbs == [
        ("opened", "project", "info", {"project_id": 3}),
        ("to orders", "navigation", "info", {"page": 2}),
        ("slow", "database", "warning", {"ms": 900}),
        ("as the SDK has it", "auth", "info", None),
    ]


def test_the_last_hundred_breadcrumbs_are_kept(relay: Relay, service: SetUp) -> None:
    service()
    for number in range(150):
        sdk_config.add_breadcrumb(f"step {number}")
    sdk_config.capture_message("many")

    crumbs = relay.expect_event()["breadcrumbs"]["values"]
    assert [crumbs[0]["message"], crumbs[-1]["message"], len(crumbs)] == [
        "step 50",
        "step 149",
        100,
    ]


@pytest.mark.parametrize("name", ["scope", "push_scope"])
def test_what_is_set_in_a_scope_ends_with_it(name: str, relay: Relay, service: SetUp) -> None:
    """S3-56."""
    service()
    with getattr(sdk_config, name)(request_id="r1") as inner:
        inner.set_tag("step", "two")
        sdk_config.capture_message("inside")
    sdk_config.capture_message("outside")

    relay.expect_event(message="inside", tags={"request_id": "r1", "step": "two"})
    outside = relay.expect_event(message="outside")
    assert not {"request_id", "step"} & set(outside.get("tags", {}))


def test_a_scope_lets_the_applications_error_pass(service: SetUp) -> None:
    service()

    with pytest.raises(KeyError, match="mine"), sdk_config.scope(a="b"):
        raise KeyError("mine")


async def test_fifty_tasks_at_once_see_only_their_own(relay: Relay, service: SetUp) -> None:
    """C-02."""
    service()
    everyone = asyncio.Barrier(50)

    async def handle(number: int) -> None:
        with isolated():
            sdk_config.set_user(user_id=number)
            sdk_config.set_tag("request", number)
            await everyone.wait()
            sdk_config.capture_message(f"task {number}")

    await asyncio.gather(*(handle(number) for number in range(50)))

    await asyncio.to_thread(sdk_config.flush, 5)
    events = await asyncio.to_thread(relay.items, "event")
    assert {told(event) for event in events} == {
        (f"task {number}", str(number), number) for number in range(50)
    }


def test_eight_threads_at_once_see_only_their_own(relay: Relay, service: SetUp) -> None:
    service()
    everyone = Barrier(8, timeout=20)

    def handle(number: int) -> None:
        with isolated():
            sdk_config.set_user(user_id=number)
            sdk_config.set_tag("request", number)
            everyone.wait()
            sdk_config.capture_message(f"thread {number}")

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(handle, range(8)))

    assert {told(event) for event in relay.items("event")} == {
        (f"thread {number}", str(number), number) for number in range(8)
    }


def told(event: Any) -> tuple[str, str, int]:
    return event["message"], event["tags"]["request"], event["user"]["id"]


def test_with_sentry_off_every_helper_gives_none_and_every_block_runs() -> None:
    """S0-18, R-14: before setup() nothing is on."""
    assert sdk_config.status().enabled is False
    ran = []
    with sdk_config.scope(a="b") as inner, sdk_config.deployment("1.0.0", "test"):
        inner.set_tag("c", "d")
        ran.append(True)

    assert ran == [True]
    answers = [
        sdk_config.set_user({"id": 1}),
        sdk_config.clear_user(),
        sdk_config.set_context("a", {}),
        sdk_config.set_tag("a", "b"),
        sdk_config.set_flags(a=True),
        sdk_config.add_business_context(a=1),
        sdk_config.add_breadcrumb("a"),
        sdk_config.capture_exception(ValueError()),
        sdk_config.capture_message("a"),
        sdk_config.capture_payment_error(ValueError()),
        sdk_config.set_release("1.0.0"),
        sdk_config.current_release(),
        sdk_config.release_info(),
        sdk_config.record_deployment("1.0.0", "test", "succeeded"),
        sdk_config.record_release_event("a"),
        sdk_config.record_release_health("1.0.0", "error_rate", 1),
        sdk_config.bind_user({"id": 1}),
        sdk_config.capture_graphql_errors([ValueError()]),
    ]
    assert answers == [None] * len(answers)
