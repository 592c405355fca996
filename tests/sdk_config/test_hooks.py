"""The chain: the order of its links, what fails is dropped and counted, no recursion."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

import pytest
import sentry_sdk

from fake_relay.testing import Relay
from sdk_config.drops import Ledger
from sdk_config.hooks import Chain
from sdk_config.runtime import current
from sdk_config.seams import Parts, UserHooks


class Redactor:
    """A scrubber that replaces the word canary, or raises where it finds a bomb."""

    def event(self, event: dict[str, Any], hint: Any) -> dict[str, Any]:
        if "bomb" in str(event):
            raise RuntimeError("canary")
        return {
            key: value.replace("canary", "*") if isinstance(value, str) else value
            for key, value in event.items()
        }

    transaction = span = log = metric = breadcrumb = event

    def envelope(self, envelope: Any) -> Any:
        return envelope


class Only:
    """A filter for one message."""

    def drop_reason(self, event: dict[str, Any], hint: Any) -> str | None:
        return "message" if event.get("message") == "noise" else None


class Grouped:
    """One fingerprint for all."""

    def fingerprint(self, event: dict[str, Any], hint: Any) -> list[str]:
        return ["export-error", "canary"]


class Broken:
    """A filter, a sampler and a fingerprinter that raise."""

    def drop_reason(self, event: dict[str, Any], hint: Any) -> str | None:
        raise RuntimeError

    def trace_rate(self, context: Mapping[str, Any]) -> float:
        raise RuntimeError

    def error_rate(self, event: dict[str, Any], hint: Any) -> float:
        raise RuntimeError


def chain(ledger: Ledger, user: UserHooks | None = None, **parts: Any) -> Chain:
    return Chain(Parts(**parts), user or UserHooks(), ledger)


def test_the_scrubber_sees_what_the_user_hook_wrote() -> None:
    def hook(event: dict[str, Any], hint: Any) -> dict[str, Any]:
        return {**event, "message": "canary from the hook"}

    hooks = chain(Ledger(), UserHooks(before_send=hook), scrubber=Redactor())

    assert hooks.before_send({}, {}) == {"message": "* from the hook"}


@pytest.mark.parametrize(
    ("hook", "reason"),
    [
        (lambda event, hint: None, "user_hook"),
        (lambda event, hint: 1 / 0, "user_hook_error:ZeroDivisionError"),
        (lambda event, hint: True, "user_hook_error:gave bool"),
    ],
)
def test_what_a_user_hook_loses_is_counted(hook: Any, reason: str) -> None:
    ledger = Ledger()

    assert chain(ledger, UserHooks(before_send=hook)).before_send({"message": "m"}, {}) is None
    assert ledger.counts().dropped == {("error", reason): 1}


@pytest.mark.parametrize(
    ("method", "categories"),
    [
        ("before_send", ["error"]),
        ("before_send_transaction", ["transaction", "span"]),
        ("before_send_log", ["log_item"]),
        ("before_send_metric", ["trace_metric"]),
        ("before_breadcrumb", ["breadcrumb"]),
    ],
)
def test_what_cannot_be_scrubbed_does_not_leave(method: str, categories: list[str]) -> None:
    ledger = Ledger()
    hooks = chain(ledger, scrubber=Redactor())

    assert getattr(hooks, method)({"message": "bomb"}, {}) is None
    assert ledger.counts().dropped == {
        (category, "scrubber_error:RuntimeError"): 1 for category in categories
    }


def test_a_span_that_cannot_be_scrubbed_is_emptied_because_the_sdk_would_keep_it() -> None:
    ledger = Ledger()
    span = {"name": "bomb", "attributes": {"a": 1}, "span_id": "1"}

    found = chain(ledger, scrubber=Redactor()).before_send_span(span, {})

    assert found == {"name": "[Filtered]", "attributes": {}, "span_id": "1"}
    assert ledger.counts().dropped == {("span", "scrubber_error:RuntimeError"): 1}


@pytest.mark.parametrize("kind", ["check_in", "feedback"])
def test_hooks_and_filters_for_errors_never_see(kind: str) -> None:
    ledger = Ledger()
    hooks = chain(
        ledger,
        UserHooks(before_send=lambda event, hint: None),
        error_filter=Broken(),
        scrubber=Redactor(),
    )

    assert hooks.before_send({"type": kind, "message": "canary"}, {}) == {
        "type": kind,
        "message": "*",
    }
    assert ledger.counts().dropped == {}


def test_a_filter_says_with_a_word_why_it_dropped() -> None:
    ledger = Ledger()

    assert chain(ledger, error_filter=Only()).before_send({"message": "noise"}, {}) is None
    assert ledger.counts().dropped == {("error", "filtered:message"): 1}


def test_a_filter_that_raises_drops() -> None:
    ledger = Ledger()

    assert chain(ledger, error_filter=Broken()).before_send({"message": "m"}, {}) is None
    assert ledger.counts().dropped == {("error", "filter_error:RuntimeError"): 1}


def test_a_fingerprint_of_the_application_is_kept() -> None:
    hooks = chain(Ledger(), fingerprinter=Grouped())

    assert hooks.before_send({"fingerprint": ["own"]}, {}) == {"fingerprint": ["own"]}
    assert hooks.before_send({}, {}) == {"fingerprint": ["export-error", "canary"]}


@pytest.mark.parametrize("answer", [None, "0.5", 2, -1, float("nan")])
def test_a_sampler_that_gives_no_rate_gives_the_configured_one(answer: Any) -> None:
    user = UserHooks(
        traces_sampler=lambda context: answer, error_sampler=lambda event, hint: answer
    )
    hooks = chain(Ledger(), user)

    assert hooks.traces_sampler({}, 0.25) == 0.25
    assert hooks.error_sampler({}, {}, 0.5) == 0.5


def test_a_sampler_that_raises_gives_the_configured_rate() -> None:
    hooks = chain(Ledger(), sampler=Broken())

    assert hooks.traces_sampler({}, 0.25) == 0.25
    assert hooks.error_sampler({}, {}, 0.5) == 0.5


def test_feedback_is_never_sampled_away() -> None:
    hooks = chain(Ledger(), sampler=Broken())

    assert hooks.error_sampler({"type": "feedback"}, {}, 0.0) == 1.0


def test_a_hook_that_logs_and_captures_makes_one_event(relay: Relay, service: Any) -> None:
    def hook(event: Any, hint: Any) -> Any:
        logging.getLogger("shop").error("seen an event")
        sentry_sdk.capture_message("seen an event")
        return event

    service(before_send=hook)
    sentry_sdk.capture_message("one")

    relay.expect_event(message="one", count=1)
    relay.expect_no_event(message__contains="seen")
    running = current()
    assert running is not None
    assert running.ledger.counts().dropped["error", "recursion"] == 2


def test_what_a_hook_drops_is_reported_by_the_sdk_too(service: Any) -> None:
    service(before_send=lambda event, hint: None)
    running = current()
    assert running is not None

    sentry_sdk.capture_message("one")

    assert running.ledger.counts().dropped == {("error", "user_hook"): 1}
    assert running.ledger.counts().discarded == {("error", "before_send"): 1}
