"""Errors with what is known of their case, where they happen, and what groups them.

May import: catalogue.errors, scenario, steps, expectations.
"""

from __future__ import annotations

from scenarios.catalogue.errors import ACTS, ALL_SENT, CAPTURE_LOST, CHECKS, NO_HELPERS
from scenarios.expectations import Accounted, Check, Items, Journaled
from scenarios.scenario import Scenario
from scenarios.steps import Breadcrumb, Call, Capture

SCENARIOS = (
    Scenario(
        id="E-09.exception",
        title="an exception is captured with keywords of its case",
        group="errors",
        promised=ALL_SENT,
        steps=(Call(f"{ACTS}:capture_with_keywords", id="captured"),),
        expect=(
            Items(
                type="event",
                where={
                    "exception": "ValueError",
                    "user": {"id": "42"},
                    "extra": {"attempt": 3},
                    "contexts": {"details": {"operation": "checkout"}},
                },
                count=1,
                because="the SDK knows no such keywords: it loses the whole event, returns None"
                " and reports nothing",
                setting="sdk_config.capture_exception, or extras= and contexts=",
            ),
            Accounted(
                categories=("error",),
                because="the event was lost before the SDK counted it",
            ),
        ),
        known={"own": NO_HELPERS},
    ),
    Scenario(
        id="E-09.message",
        title="a message is sent with keywords of its case",
        group="errors",
        promised=ALL_SENT,
        steps=(Call(f"{ACTS}:message_with_keywords", id="sent"),),
        expect=(
            Journaled(
                step="sent",
                raised=None,
                because="the SDK raises TypeError into the application for a keyword that it does"
                " not know",
                setting="sdk_config.capture_message, or tags and contexts on a scope",
            ),
            Items(
                type="event",
                where={
                    "message": "limit reached",
                    "level": "warning",
                    "contexts": {"details": {"endpoint": "/orders", "limit": 10}},
                },
                count=1,
                because="a message with keywords arrives with them as details",
            ),
        ),
        known={"own": NO_HELPERS},
    ),
    Scenario(
        id="E-10",
        title="errors of three domains",
        group="errors",
        setup="sdk_config",
        steps=(Call(f"{ACTS}:domain_captures"),),
        expect=(
            *(
                Items(
                    type="event",
                    where={"tags": {"error.category": name}, "contexts": {name: fields}},
                    count=1,
                    because=f"an error of {name} is known by its tag and has its fields as a"
                    " context",
                    setting="sdk_config.domain_capture",
                )
                for name, fields in {
                    "booking": {"appointment_id": "a-1", "location_id": "berlin-2"},
                    "payment": {"payment_id": "p-9", "amount": 12.5, "currency": "EUR"},
                    "integration": {"integration_type": "calendar", "external_id": "ext-3"},
                }.items()
            ),
            Check(
                target=f"{CHECKS}:fingerprints",
                kwargs={
                    "wanted": [
                        ["{{ default }}", name] for name in ("booking", "payment", "integration")
                    ]
                },
                because="an error is grouped within its domain",
            ),
        ),
    ),
    Scenario(
        id="E-11.thread",
        title="an exception that nobody catches in a thread",
        group="errors",
        promised=ALL_SENT,
        steps=(Call(f"{ACTS}:in_a_thread"),),
        expect=(
            Items(
                type="event",
                where={"exception_value": "failed in a thread"},
                count=1,
                because="the SDK watches the run of every thread",
                setting="ThreadingIntegration, which is one of the defaults",
            ),
        ),
    ),
    Scenario(
        id="E-11",
        title="an exception that nobody catches, where the SDK does not look",
        group="errors",
        promised=ALL_SENT,
        cases={
            "pool": {
                "place": "pool",
                "why": "a pool keeps it for who asks for the result, and nobody does",
            },
            "task": {
                "place": "task",
                "why": "a task keeps it for who awaits it, and nobody does; the SDK's integration"
                " works only where it is set up within the loop",
            },
            "child": {
                "place": "child",
                "why": "multiprocessing prints what ends a child and calls no excepthook, and its"
                " children end without exit handlers",
            },
        },
        steps=(Call(f"{ACTS}:in_a_${{case.place}}"),),
        expect=(
            Items(
                type="event",
                where={"exception_value": "failed in a ${case.place}"},
                count=1,
                because="${case.why}",
                setting="sdk_config.monitor(report=True) around the function",
            ),
        ),
        known={"own": NO_HELPERS},
    ),
    Scenario(
        id="E-12",
        title="rules of fingerprints: exports, databases, validation",
        group="errors",
        setup="sdk_config",
        options={"fingerprints": ["export-error", "database-connection-error", "validation-error"]},
        steps=(
            Call(f"{ACTS}:export_fails"),
            Call(f"{ACTS}:database_is_away"),
            Call(f"{ACTS}:input_is_wrong"),
        ),
        expect=(
            Check(
                target=f"{CHECKS}:fingerprints",
                kwargs={
                    "wanted": [
                        ["export-error", "OSError"],
                        ["database-connection-error", "sqlite", "OperationalError"],
                        ["validation-error", "/api/orders"],
                    ]
                },
                because="each rule of the documents gives its own list, and the first that"
                " applies counts",
                setting="SENTRY_FINGERPRINTS",
            ),
        ),
    ),
    Scenario(
        id="E-12.apart",
        title="errors of two kinds are two issues",
        group="errors",
        promised=ALL_SENT,
        steps=(
            Breadcrumb("before"),
            Capture(type="ValueError", message="out of stock"),
            Capture(type="OSError", message="disk full"),
        ),
        expect=(
            Items(type="event", count=2, because=CAPTURE_LOST),
            Check(
                target=f"{CHECKS}:grouped_apart",
                because="one fingerprint for all errors makes one issue of them, and hides every"
                " new one",
                setting="before_send or the rule that sets event['fingerprint']: leave"
                " '{{ default }}' in it",
            ),
        ),
    ),
)
