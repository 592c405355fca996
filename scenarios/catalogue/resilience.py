"""Resilience: what limits, refusals, outages and full queues cost, and what they must not.

Each fault is set for the scenario's own project; what an SDK loses in it must be known to
somebody, and the application goes on as if nothing were. What the SDK alone cannot do is
`known` for a configuration of the target's own, with what would mend it.
May import: scenario, steps, expectations.
"""

from __future__ import annotations

from typing import Any

from scenarios.expectations import Accounted, Check, Exited, Items, Journaled
from scenarios.scenario import Scenario
from scenarios.steps import (
    Await,
    Call,
    Capture,
    Exit,
    Fault,
    Flush,
    Log,
    Message,
    Repeat,
    Session,
    Step,
    Transaction,
)

ACTS = "scenarios.catalogue.acts.resilience"
CHECKS = "scenarios.catalogue.checks.resilience"
GROUP = "resilience"
RELEASE: dict[str, str | None] = {"SENTRY_RELEASE": "shop@2.0.1"}
UNSAMPLED = ("rate.errors==1",)
OURS = "sdk_config.setup()"


def held(count: int, milliseconds: int) -> tuple[Step, ...]:
    """Captures of which all but the first wait in the SDK's queue, for so many milliseconds.

    A fault that looks at items strikes when the relay has them: the first is there, unanswered.
    """
    return (
        Fault(f"latency={milliseconds}ms", match={"categories": ["error"]}, times=1),
        Message("queued 0"),
        Await({"type": "event", "count": 1}),
        *(Message(f"queued {number}") for number in range(1, count)),
    )


def all_queued(count: int, because: str, setting: str = "") -> Items:
    return Items(type="event", q="message:queued*", count=count, because=because, setting=setting)


def _limited(
    name: str, category: str, *, needs: tuple[str, ...] = (), defaults: dict[str, Any] | None = None
) -> Scenario:
    everything: tuple[Step, ...] = (
        Capture(message="out of stock"),
        Transaction("GET /checkout", sampled=True),
        Session(),
        Log("sold", via="sentry") if name == "log" else Message("sold"),
        Flush(),
    )
    return Scenario(
        id=f"X-02.{name}",
        title=f"a limit on the data category {category}",
        group=GROUP,
        promised=UNSAMPLED,
        environment=RELEASE,
        defaults=defaults or {},
        needs=needs,
        steps=(Fault(f"rate_limit={category}:60"), *everything, *everything),
        expect=(
            Check(
                target=f"{CHECKS}:only_this_stops",
                kwargs={"category": category},
                because="a limit names data categories, and only those are to be held back",
                setting="the transport: read X-Sentry-Rate-Limits, not the status alone",
            ),
            Accounted(),
        ),
    )


LIMITS = (
    *(
        Scenario(
            id=scenario_id,
            title=title,
            group=GROUP,
            promised=UNSAMPLED,
            steps=(
                Fault(effect, times=1),
                Message("refused"),
                Flush(),
                Repeat(3, (Message("held back"),)),
                Flush(),
            ),
            expect=(
                Items(
                    type="event",
                    count=0,
                    because="after 429 nothing is sent until the time is over; who goes on sending"
                    " is refused for longer",
                    setting="the SDK's own transport, which reads Retry-After",
                ),
                Check(
                    target=f"{CHECKS}:lost",
                    kwargs={"category": "error", "reasons": ["ratelimit_backoff"], "quantity": 3},
                    because="what is held back is lost, and the SDK must count it",
                ),
                *ledgers,
            ),
        )
        for scenario_id, title, effect, ledgers in (
            (
                "X-01",
                "a limit on everything, and what comes in the meantime",
                {"rate_limit": {"retry_after": 60}},
                (Accounted(categories=("error",)),),
            ),
            (
                "X-01.proxy",
                "429 with Retry-After from something between",
                {"status": 429, "headers": {"Retry-After": "60"}},
                # The SDK takes it that who refuses counts, and a proxy does not.
                (),
            ),
        )
    ),
    _limited("error", "error"),
    _limited("session", "session"),
    _limited("transaction", "transaction", defaults={"traces_sample_rate": 1.0}),
    _limited("log", "log_item", needs=("sentry-sdk>=2.35",), defaults={"enable_logs": True}),
)

REFUSALS = tuple(
    Scenario(
        id=f"X-03.{name}",
        title=f"{title}, once",
        group=GROUP,
        promised=UNSAMPLED,
        steps=(
            Fault(effect, times=1),
            Capture(id="before", message="into the fault"),
            Flush(),
            Capture(id="after", message="after it"),
        ),
        expect=(
            Check(
                target=f"{CHECKS}:lost",
                kwargs={"category": "error", "reasons": list(reasons), "quantity": 1},
                because="an answer that is no success is a loss, which the SDK counts",
            ),
            Items(
                type="event",
                where={"event_id": "${step.after}"},
                count=1,
                because="after one bad answer the next event must be sent all the same",
                setting="the transport: an error of one request ends that request alone",
            ),
            # Of what is kept and then answered by noise, both sides have their own count.
            *(() if name == "garbage" else (Accounted(categories=("error",)),)),
        ),
    )
    for name, title, effect, reasons in (
        ("400", "an answer of 400", "status=400", ("network_error",)),
        ("401", "an answer of 401", "status=401", ("network_error",)),
        ("403", "an answer of 403", "status=403", ("network_error",)),
        # Versions before 2.34 do not tell it from others.
        ("413", "an answer of 413", "status=413", ("send_error", "network_error")),
        ("500", "an answer of 500", "status=500", ("network_error",)),
        ("garbage", "an answer that is no HTTP", {"garbage": True}, ("network_error",)),
        ("cut", "a connection that is reset", {"reset": "before_body"}, ("network_error",)),
    )
)

OUTAGES = (
    Scenario(
        id="X-04",
        title="an outage, and what comes after it",
        group=GROUP,
        promised=UNSAMPLED,
        steps=(
            Fault("status=503"),
            Repeat(3, (Message("in the outage ${n}"), Flush())),
            Fault(clear=True),
            Message("after the outage"),
        ),
        expect=(
            Items(
                type="event",
                where={"message": "after the outage"},
                count=1,
                because="when the relay is back, events must arrive again",
            ),
            Items(type="event", count=1),
            Accounted(categories=("error",)),
        ),
    ),
    Scenario(
        id="X-04.count",
        title="how much an outage has cost",
        group=GROUP,
        promised=UNSAMPLED,
        steps=(
            Fault("status=503"),
            Repeat(3, (Message("in the outage ${n}"), Flush())),
            Fault(clear=True),
            Call(f"{ACTS}:known_losses", id="known", args=("error",)),
            Message("after the outage"),
        ),
        expect=(
            Check(
                target=f"{CHECKS}:known_to_somebody",
                kwargs={"category": "error", "quantity": 3, "step": "known"},
                because="the SDK sends its report of what was lost into the same outage, and"
                " forgets it",
                setting=f"{OURS}, whose own ledger keeps the count: sdk_config.health_payload()",
            ),
        ),
        known={"own": "the SDK's report is lost with what it reports; sdk_config keeps a count"},
    ),
    Scenario(
        id="X-05",
        title="a slow relay and a queue of five",
        group=GROUP,
        promised=UNSAMPLED,
        options={"transport_queue_size": 5},
        steps=(
            Fault("latency=800ms", match={"categories": ["error"]}, times=1),
            Message("call 0", id="call"),
            Await({"type": "event", "count": 1}),
            Repeat(29, (Message("call", id="call"),)),
        ),
        expect=(
            Check(
                target=f"{CHECKS}:bounded",
                kwargs={"step": "call", "size": 5, "held": 0.8},
                because="while the relay keeps its answer back one event is under way and five"
                " wait; the rest is lost and counted, and no capture waits for the network",
                setting="transport_queue_size, and the SDK's own transport, which sends in a"
                " thread of its own",
            ),
            Accounted(categories=("error",)),
        ),
    ),
    Scenario(
        id="X-06",
        title="flush before an end at once",
        group=GROUP,
        promised=UNSAMPLED,
        flush=False,
        steps=(
            *held(5, 150),
            Flush(timeout=5.0),
            Exit(how="os._exit"),
        ),
        expect=(
            all_queued(
                5,
                "flush must not come back before what waits is sent, or its time is up",
                "sentry_sdk.flush(seconds) with time enough",
            ),
            Exited(code=0),
        ),
    ),
    Scenario(
        id="X-06.success",
        title="a flush that sends all",
        group=GROUP,
        setup="sdk_config",
        steps=(Message("queued"), Call(f"{ACTS}:flush", id="flushed", args=(5.0,))),
        expect=(Journaled(step="flushed", returned=True), Items(type="event", count=1)),
    ),
    Scenario(
        id="X-06.timeout",
        title="a flush that has not time enough",
        group=GROUP,
        setup="sdk_config",
        flush=False,
        steps=(
            *held(3, 3000),
            Call(f"{ACTS}:flush", id="flushed", args=(0.1,)),
            Exit(how="os._exit"),
        ),
        expect=(
            Journaled(
                step="flushed",
                returned=False,
                because="the SDK's flush answers nothing; sdk_config's says that something is left",
            ),
            Check(
                target=f"{CHECKS}:in_time",
                kwargs={"step": "flushed", "seconds": 2.5},
                because="a flush of 0.1 s must not wait for a relay that takes three",
            ),
            Exited(code=0),
        ),
    ),
)

SCENARIOS: tuple[Scenario, ...] = (*LIMITS, *REFUSALS, *OUTAGES)
