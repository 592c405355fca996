"""Filters: what is noise stays in the process, is counted there, and takes nothing with it.

May import: scenario, steps, expectations.
"""

from __future__ import annotations

from scenarios.expectations import Accounted, Check, Items, Ledger
from scenarios.scenario import Scenario
from scenarios.steps import Call, Capture, CheckIn, Feedback, Flush, Log, Message, Repeat

ACTS = "scenarios.catalogue.acts.filters"
CHECKS = "scenarios.catalogue.checks.filters"

SCENARIOS = (
    Scenario(
        id="F-01",
        title="errors that are ignored by class, by subclass and by name",
        group="filters",
        cases={
            "class": {"ignored": "TimeoutError", "type": "TimeoutError"},
            "subclass": {"ignored": "ConnectionError", "type": "ConnectionResetError"},
            "name": {"ignored": "LookupError", "type": "LookupError"},
        },
        options={"ignore_errors": ["${case.ignored}"]},
        steps=(
            Capture(type="${case.type}", message="noise"),
            Capture(type="ValueError", message="a real one"),
        ),
        expect=(
            Items(
                type="event",
                where={"exception": "${case.type}"},
                count=0,
                because="a ${case.type} is a ${case.ignored}, and those are told to be ignored;"
                " the SDK's own ignore_errors compares a text with the class's own name alone",
                setting="ignore_errors with the class itself, or sdk_config's, which knows bases",
            ),
            Items(
                type="event",
                where={"exception": "ValueError"},
                count=1,
                because="the filter must let an error pass that it does not name",
            ),
        ),
    ),
    Scenario(
        id="F-01.count",
        title="an ignored error is counted in the process",
        group="filters",
        setup="sdk_config",
        options={"ignore_errors": ["TimeoutError"]},
        steps=(Capture(type="TimeoutError", message="noise"),),
        expect=(
            Items(type="event", count=0),
            Check(
                target=f"{CHECKS}:dropped_by_us",
                kwargs={"category": "error", "reason": "filtered:class", "quantity": 1},
                because="the SDK reports nothing for ignore_errors, so the count is sdk_config's",
            ),
            Accounted(categories=("error",)),
        ),
    ),
    Scenario(
        id="F-02",
        title="a logger and a message that are ignored",
        group="filters",
        setup="sdk_config",
        options={
            "ignore_loggers": ["django.security.*"],
            "ignore_messages": ["heartbeat * missed"],
        },
        steps=(
            Log("bad host", level="error", logger="django.security.DisallowedHost"),
            Message("Heartbeat 7 missed"),
            Log("card declined", level="error", logger="shop.pay"),
            Flush(),
        ),
        expect=(
            Items(
                type="event",
                count=1,
                because="only the record of shop.pay is not ignored",
                setting="ignore_loggers, ignore_messages",
            ),
            Items(type="event", where={"logger": "shop.pay"}, count=1),
            Ledger(
                category="error",
                outcome="client_discard",
                reason="before_send",
                count=2,
                because="the SDK reports what our hook drops, under the hook's name",
            ),
            Accounted(categories=("error",)),
        ),
    ),
    Scenario(
        id="F-02.logs",
        title="logs that a hook of the application drops, and the others",
        group="filters",
        setup=f"{ACTS}:drop_heartbeat_logs",
        needs=("sentry-sdk>=2.35",),
        steps=(
            Log("heartbeat 7 missed", level="warning", logger="shop"),
            Log("card of %s declined", level="warning", logger="shop", args=("order A-7",)),
            Log("heartbeat 8 missed", via="sentry"),
        ),
        expect=(
            Items(type="log", q="message:heartbeat*", count=0, because="the hook drops it"),
            Items(
                type="log",
                where={
                    "body": "card of order A-7 declined",
                    "attributes": {"sentry.message.parameter.0": "order A-7"},
                },
                count=1,
                because="what the hook returns arrives with its attributes",
            ),
            Ledger(
                category="log_item",
                outcome="client_discard",
                reason="before_send",
                count=2,
                because="the SDK reports what our hook drops, under the hook's name",
            ),
            Check(
                target=f"{CHECKS}:dropped_by_us",
                kwargs={"category": "log_item", "reason": "user_hook", "quantity": 2},
            ),
            Accounted(categories=("log_item",)),
        ),
    ),
    Scenario(
        id="F-03",
        title="client errors are noise, server errors are not",
        group="filters",
        setup="sdk_config",
        options={"ignore_status": ["4xx"]},
        needs=("aiohttp",),
        steps=(
            Call(f"{ACTS}:capture_status", args=(404,)),
            Call(f"{ACTS}:capture_status", args=(403,)),
            Call(f"{ACTS}:capture_status", args=(500,)),
            Call(f"{ACTS}:capture_status", args=(503,)),
        ),
        expect=(
            Items(
                type="event",
                where={"exception": "HTTPNotFound"},
                count=0,
                because="a 404 is the visitor's fault",
                setting="ignore_status=4xx",
            ),
            Items(type="event", where={"exception": "HTTPForbidden"}, count=0),
            Items(
                type="event",
                count=2,
                because="a 500 and a 503 are the service's fault and must arrive",
            ),
        ),
    ),
    Scenario(
        id="F-04",
        title="check-ins and feedback pass the hooks that are written for errors",
        group="filters",
        steps=(
            CheckIn(monitor="nightly-report", status="ok"),
            Feedback("the button does nothing"),
            Capture(type="ValueError", message="a real one"),
        ),
        expect=(
            Items(
                type="event",
                where={"exception": "ValueError"},
                count=1,
                because="before_send drops every error; a hook that does not return the event"
                " drops it",
                setting="before_send",
            ),
            Items(
                type="check_in",
                count=1,
                because="before_send is given check-ins as well, and drops them: it does not"
                " return what it is given, or looks for an exception that is not there",
                setting="before_send: return what is no error as it is",
            ),
            Items(
                # The SDK has no item type of its own for it.
                type=("event", "feedback"),
                where={"contexts": {"feedback": {"message": "the button does nothing"}}},
                count=1,
                because="before_send is given feedback as well, and drops it",
                setting="before_send: return what is no error as it is",
            ),
        ),
    ),
    Scenario(
        id="F-07",
        title="five hundred alike errors in a minute",
        group="filters",
        setup="sdk_config",
        options={"error_burst": 10},
        steps=(
            Repeat(500, (Call(f"{ACTS}:fail_alike"),)),
            Call(f"{ACTS}:flush_bursts"),
        ),
        expect=(
            Items(
                type="event",
                where={"exception": "ConnectionError"},
                count=10,
                because="of alike errors the first so many of a minute pass",
                setting="error_burst",
            ),
            Items(
                type="event",
                where={"logger": "sdk_config.burst"},
                count=1,
                because="one summary tells what was held back",
            ),
            Check(
                target=f"{CHECKS}:dropped_by_us",
                kwargs={"category": "error", "reason": "filtered:burst", "quantity": 490},
            ),
        ),
    ),
)
