"""One configuration that is sound where it can be, and what becomes of it by one mistake each.

`sound()` is the raw SDK as a careful team would set it up by hand: a scrubber in each hook, a
sampler that listens to its callers. Every other function makes one mistake, the one that its
name says. They are targets of `fake-relay scenarios run --setup`.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Mapping
from typing import Any

import sentry_sdk

SECRET_NAME = re.compile(
    r"passw|secret|token|auth|cookie|card|ssn|iban|email|e-mail|phone|api.?key|credential|session",
    re.IGNORECASE,
)
SECRET_LOOKS = re.compile(
    r"[\w.+-]+(?:@|%40)[\w-]+\.[\w.]+|\b(?:\d[ -]?){13,19}\b|eyJ[\w-]+\.[\w-]+\.[\w-]+"
    r"|\b(?:sk_live|ghp|AKIA)\w+",
    re.IGNORECASE,
)
SECRET_PAIR = re.compile(r"(?i)((?:password|token|secret|key|card)\w*['\"]?\s*[=:]\s*)[^\s&,;'\"]+")
GONE = "[gone]"
IDS = {"event_id", "trace_id", "span_id", "parent_span_id", "release", "environment", "timestamp"}
"""Hexadecimal, and no card's number, also where it has digits alone."""
TOLD = ("exception", "extra", "contexts", "tags", "message", "logentry", "breadcrumbs")
RELEASE = "shop@1.2.3"
ENVIRONMENT = "staging"

Item = dict[str, Any]
Hook = Callable[[Item, Item], Item | None]


def scrubbed(value: Any) -> Any:
    """The value without what its name or its looks give away, all the way down."""
    if isinstance(value, Mapping):
        return {key: _scrubbed_at(str(key), inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [scrubbed(inner) for inner in value]
    if isinstance(value, bytes):
        return GONE
    if isinstance(value, str):
        return SECRET_PAIR.sub(rf"\g<1>{GONE}", SECRET_LOOKS.sub(GONE, value))
    return value


def _scrubbed_at(key: str, value: Any) -> Any:
    if key in IDS and isinstance(value, str):
        return value
    if SECRET_NAME.search(key) and not isinstance(value, Mapping):
        return GONE
    return scrubbed(value)


def clean(item: Item, hint: Item) -> Item:
    """The hook of every kind of item: a copy without secrets."""
    found: Item = scrubbed(item)
    return found


def sampler(context: Item) -> float:
    """What the caller decided; everything where nobody did."""
    parent = context.get("parent_sampled")
    return 1.0 if parent is None else float(parent)


def start(**changed: Any) -> None:
    """The sound configuration with these options instead."""
    options: dict[str, Any] = {
        "release": RELEASE,
        "environment": ENVIRONMENT,
        "traces_sampler": sampler,
        "before_send": clean,
        "before_send_transaction": clean,
        "before_breadcrumb": clean,
        "include_local_variables": False,
        "max_request_body_size": "never",
        "enable_logs": True,
        "before_send_log": clean,
        **changed,
    }
    sentry_sdk.init(**{key: value for key, value in options.items() if value is not ABSENT})


ABSENT = object()


def sound() -> None:
    start()


# Hooks.


def scrubber_forgets_transactions() -> None:
    start(before_send_transaction=ABSENT)


def scrubber_forgets_logs() -> None:
    start(before_send_log=ABSENT)


def scrubber_forgets_breadcrumbs_and_events() -> None:
    start(before_send=ABSENT, before_breadcrumb=ABSENT)


def scrubber_looks_at_the_top_alone() -> None:
    def shallow(item: Item, hint: Item) -> Item:
        return {key: GONE if SECRET_NAME.search(key) else value for key, value in item.items()}

    start(before_send=shallow, before_breadcrumb=ABSENT)


def scrubber_is_case_sensitive() -> None:
    names = {"password", "authorization", "cookie", "x-api-key", "token", "secret", "card"}

    def careless(item: Item, hint: Item) -> Item:
        def walked(value: Any) -> Any:
            if isinstance(value, Mapping):
                return {k: GONE if k in names else walked(v) for k, v in value.items()}
            return [walked(v) for v in value] if isinstance(value, list | tuple) else value

        found: Item = walked(item)
        return found

    start(before_send=careless, before_breadcrumb=ABSENT, event_scrubber=None)


def scrubber_takes_everything() -> None:
    def all_gone(item: Item, hint: Item) -> Item:
        def walked(value: Any) -> Any:
            if isinstance(value, Mapping):
                return {key: walked(inner) for key, inner in value.items()}
            if isinstance(value, list | tuple):
                return [walked(inner) for inner in value]
            return GONE if isinstance(value, str) else value

        return {key: walked(item[key]) if key in TOLD else item[key] for key in item}

    start(before_send=all_gone)


def scrubber_edits_the_applications_objects() -> None:
    def in_place(crumb: Item, hint: Item) -> Item:
        for value in crumb.get("data", {}).values():
            if isinstance(value, dict):
                value.clear()
        return crumb

    start(before_breadcrumb=in_place)


def hook_returns_nothing() -> None:
    def forgetful(event: Item, hint: Item) -> None:
        clean(event, hint)

    start(before_send=forgetful)


def hook_of_transactions_returns_nothing() -> None:
    start(before_send_transaction=lambda event, hint: None)


def hook_of_breadcrumbs_returns_nothing() -> None:
    start(before_breadcrumb=lambda crumb, hint: None)


def hook_of_logs_returns_nothing() -> None:
    start(before_send_log=lambda log, hint: None)


def hook_raises_without_an_exception() -> None:
    def trusting(event: Item, hint: Item) -> Item:
        return clean(event, hint) if event["exception"]["values"] else event

    start(before_send=trusting)


def hook_drops_check_ins_and_feedback() -> None:
    def errors_alone(event: Item, hint: Item) -> Item | None:
        return clean(event, hint) if "exception" in event else None

    start(before_send=errors_alone)


def hook_captures() -> None:
    def curious(event: Item, hint: Item) -> Item:
        if not event.get("tags", {}).get("second"):
            with sentry_sdk.new_scope() as scope:
                scope.set_tag("second", "yes")
                sentry_sdk.capture_message("an event was sent", "error")
        return event

    start(before_send=curious)


def hook_forgets_the_stack() -> None:
    def trimmed(event: Item, hint: Item) -> Item:
        for value in event.get("exception", {}).get("values", ()):
            value.pop("stacktrace", None)
        return event

    start(before_send=trimmed)


def hook_groups_everything() -> None:
    def grouped(event: Item, hint: Item) -> Item:
        return {**clean(event, hint), "fingerprint": ["shop"]}

    start(before_send=grouped)


def hook_makes_all_errors_warnings() -> None:
    start(before_send=lambda event, hint: {**clean(event, hint), "level": "warning"})


# Sampling.


def sampler_ignores_the_parent() -> None:
    start(traces_sampler=lambda context: 1.0)


def sampler_raises() -> None:
    start(traces_sampler=lambda context: context["wsgi_environ"]["PATH_INFO"] == "/")


def sampler_returns_nothing() -> None:
    start(traces_sampler=lambda context: None)


def sampler_returns_percents() -> None:
    start(traces_sampler=lambda context: 50)


def rate_is_a_text() -> None:
    start(traces_sampler=ABSENT, traces_sample_rate="1.0")


def rate_is_half_of_what_is_promised() -> None:
    start(traces_sampler=ABSENT, traces_sample_rate=0.5)


def tracing_was_never_switched_on() -> None:
    start(traces_sampler=ABSENT)


def errors_are_sampled() -> None:
    start(sample_rate=0.5)


def rate_of_errors_is_zero() -> None:
    start(sample_rate=0.0)


# Identity.


def environment_is_another() -> None:
    start(environment="production")


def release_is_another() -> None:
    start(release="latest")


def release_is_on_errors_alone() -> None:
    start(
        release="",
        before_send=lambda event, hint: {**clean(event, hint), "release": RELEASE},
    )


def dsn_is_another() -> None:
    sentry_sdk.init("http://0123456789abcdef0123456789abcdef@127.0.0.1:9/1", release=RELEASE)


def dsn_is_missing() -> None:
    start(dsn="")


# Personal data.


def personal_data_is_switched_on() -> None:
    start(send_default_pii=True, before_send=ABSENT, before_breadcrumb=ABSENT)


def local_variables_are_kept() -> None:
    start(include_local_variables=True, before_send=ABSENT)


def bodies_are_kept() -> None:
    start(max_request_body_size="always", before_send=ABSENT)


# Ends and transport.


def integrations_are_off() -> None:
    start(default_integrations=False)


def nothing_waits_at_the_end() -> None:
    start(shutdown_timeout=0)


def the_queue_holds_one() -> None:
    start(transport_queue_size=1)


def losses_are_not_reported() -> None:
    start(send_client_reports=False)


def sessions_are_off() -> None:
    start(auto_session_tracking=False)


def started_twice() -> None:
    start()
    start(environment="production")


def errors_are_ignored_by_their_base() -> None:
    start(ignore_errors=[Exception])


def threads_are_not_watched() -> None:
    from sentry_sdk.integrations.threading import ThreadingIntegration

    start(disabled_integrations=[ThreadingIntegration()])


def doubles_are_sent() -> None:
    from sentry_sdk.integrations.dedupe import DedupeIntegration

    start(disabled_integrations=[DedupeIntegration()])


def logging_makes_no_events() -> None:
    from sentry_sdk.integrations.logging import LoggingIntegration

    start(integrations=[LoggingIntegration(event_level=None)])


def another_excepthook_takes_over() -> None:
    start()
    sys.excepthook = sys.__excepthook__


def loggers_are_ignored() -> None:
    from sentry_sdk.integrations.logging import ignore_logger

    start()
    ignore_logger("*")
