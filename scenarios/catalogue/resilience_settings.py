"""Resilience against settings that are wrong and events that are too large.

Rule: nothing of it is an error in the application, and no key or password is printed.
May import: scenario, steps, expectations, catalogue.resilience.
"""

from __future__ import annotations

from scenarios.catalogue.resilience import ACTS, CHECKS, GROUP, OURS, UNSAMPLED
from scenarios.expectations import Check, Exited, Items, Journaled
from scenarios.scenario import Scenario
from scenarios.steps import Call, Fault, Flush, Message

WRONG = (
    Scenario(
        id="X-12.dsn",
        title="a DSN that is none",
        group=GROUP,
        setup="sdk_config",
        environment={"SENTRY_DSN": "${case.dsn}"},
        cases={
            "words": {"dsn": "ask ops"},
            "keyless": {"dsn": "https://sentry.example/1"},
            "projectless": {"dsn": "https://f00dcafe@sentry.example/"},
            "secret": {"dsn": "https://f00dcafe:s3cr3t-half@sentry.example/nothing"},
        },
        steps=(
            Message("nobody hears it"),
            Call(f"{ACTS}:check", id="checked", args=("--check-type", "config")),
        ),
        expect=(
            Journaled(step="checked", returned={"status": 1}),
            Check(
                target=f"{CHECKS}:checked",
                kwargs={"says": ["DSN"], "hides": ["f00dcafe", "s3cr3t-half"]},
                because="a DSN with a slip is named by the check, without its keys",
            ),
            Exited(code=0),
        ),
    ),
    Scenario(
        id="X-12.status",
        title="a relay that refuses the key",
        group=GROUP,
        setup="sdk_config",
        cases={
            "401": {"status": 401, "says": "401"},
            "403": {"status": 403, "says": "403"},
            "429": {"status": 429, "says": "429"},
        },
        steps=(
            Fault("status=${case.status}"),
            Call(f"{ACTS}:check", id="checked", args=("--check-type", "connectivity")),
        ),
        expect=(
            Journaled(step="checked", returned={"status": 1}),
            Check(
                target=f"{CHECKS}:checked",
                kwargs={"says": ["CONNECT-REFUSED", "${case.says}"]},
                because="the SDK says nothing of a refused key unless it is debugged; the check"
                " does",
            ),
        ),
    ),
    Scenario(
        id="X-12.proxy",
        title="a proxy that is gone",
        group=GROUP,
        setup="sdk_config",
        # Port 9 discards, where anybody listens at all.
        environment={"SENTRY_HTTP_PROXY": "http://127.0.0.1:9"},
        steps=(
            Message("into nowhere", id="told"),
            Flush(),
            Call(f"{ACTS}:check", id="checked", args=("-v", "--check-type", "connectivity")),
        ),
        expect=(
            Items(type="event", count=0),
            Check(
                target=f"{CHECKS}:lost",
                kwargs={"category": "error", "reasons": ["network_error"], "quantity": 1},
            ),
            Journaled(step="checked", returned={"status": 3}),
            Check(
                target=f"{CHECKS}:checked",
                kwargs={"says": ["PROXY", "127.0.0.1:9"]},
                because="events vanish in a proxy without a word; the check names it",
            ),
            Exited(code=0),
        ),
    ),
    Scenario(
        id="X-12.spotlight",
        title="SENTRY_SPOTLIGHT left on",
        group=GROUP,
        setup="sdk_config",
        environment={"SENTRY_SPOTLIGHT": "http://127.0.0.1:9/stream"},
        steps=(
            Message("still here"),
            Call(f"{ACTS}:check", id="checked", args=("--check-type", "security")),
        ),
        expect=(
            Items(
                type="event",
                count=1,
                because="a Spotlight that is not there must not keep events from the relay",
            ),
            Check(target=f"{CHECKS}:checked", kwargs={"says": ["SPOTLIGHT"]}),
        ),
    ),
)

LARGE = (
    Scenario(
        id="X-14",
        title="a message of 2 MB, a context of 5 MB",
        group=GROUP,
        promised=UNSAMPLED,
        cases={
            "message": {"target": "large_message"},
            "context": {"target": "large_context"},
        },
        steps=(Call(f"{ACTS}:${{case.target}}"),),
        expect=(
            Items(
                type="event",
                count=1,
                because="an event of more than 1 MiB is refused with 413, and lost",
                setting=f"{OURS}, which cuts it; or max_value_length and smaller contexts",
            ),
            Check(
                target=f"{CHECKS}:marked_as_cut",
                because="who reads an event that was cut must see that it was",
            ),
        ),
        known={"own": "the SDK sends what is too large, and the server refuses it"},
    ),
    Scenario(
        id="X-14.hook",
        title="the time of before_send on large events",
        group=GROUP,
        promised=UNSAMPLED,
        steps=(Call(f"{ACTS}:time_the_hook", args=(20,)),),
        expect=(
            Check(
                target=f"{CHECKS}:hook_time",
                kwargs={"below_ms": 5.0},
                because="before_send runs in the request that fails, and makes it slower",
                setting="before_send: less work for each event",
            ),
        ),
    ),
)

SCENARIOS: tuple[Scenario, ...] = (*WRONG, *LARGE)
