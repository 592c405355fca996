"""Sampling by what is configured: rates that are none, rules by path, presets, profiles, load.

May import: catalogue.sampling, scenario, steps, expectations.
"""

from __future__ import annotations

from scenarios.catalogue.sampling import ACTS, CHECKS, UNPROFILED
from scenarios.expectations import Bounds, Check, Items, Journaled, Ledger, Sampling
from scenarios.scenario import Scenario
from scenarios.steps import Call, Fault, Flush, Message, Repeat, Request, Transaction

PASSED_ON = "the setup gives the rate to the SDK as it came"

UNCRASHED = ("python>=3.12",)
"""The SDK's profiler can crash CPython 3.11, which is no finding about a configuration."""

RULES = {
    "traces_rules": "/api/v1/projects/*=1.0,task:shop.*=1.0",
    "traces_sample_rate": 0.1,
    "transport_queue_size": 500,
}

SCENARIOS = (
    Scenario(
        id="SA-07.traces",
        title="a rate of transactions that is none",
        group="sampling",
        cases={
            "text": {"value": "0.1"},
            "percent": {"value": 10},
            "negative": {"value": -1},
            "no number": {"value": "nan"},
        },
        environment=UNPROFILED,
        options={"traces_sample_rate": "${case.value}", "transport_queue_size": 500},
        steps=(Repeat(100, (Transaction("visit"),)),),
        expect=(
            Sampling(
                rate=0.1,
                because="the SDK drops every transaction for a rate that is no number from 0 to 1"
                " (D-08); 0.1 was meant, or is the default",
                setting="traces_sample_rate=0.1, a float; sdk_config reads text, and says what it"
                " refuses",
            ),
        ),
        known={"own": PASSED_ON},
    ),
    Scenario(
        id="SA-07.errors",
        title="a rate of errors that is none",
        group="sampling",
        cases={
            "text": {"value": "0.0", "meant": 0.0},
            "percent": {"value": 50, "meant": 1.0},
            "negative": {"value": -1, "meant": 1.0},
        },
        options={"sample_rate": "${case.value}"},
        steps=(Repeat(40, (Message("one of many", level="error"),)),),
        expect=(
            Sampling(
                rate="${case.meant}",
                category="error",
                because="the SDK sends all errors for most rates that are none, and none for a"
                " negative one (D-08)",
                setting="sample_rate, a float from 0 to 1; sdk_config reads text, and says what it"
                " refuses",
            ),
        ),
        known={"own": PASSED_ON},
    ),
    Scenario(
        id="SA-07.sampler",
        title="a sampler that raises, gives nothing, or no rate",
        group="sampling",
        setup=f"{ACTS}:with_faulty_sampler",
        cases={name: {"fault": name} for name in ("raising", "nothing", "outside")},
        options={"kind": "sdk_config", "fault": "${case.fault}"},
        steps=(Repeat(20, (Transaction("visit"),)),),
        expect=(
            Items(
                type="transaction",
                count=20,
                because="where a sampler gives no rate, the configured one counts",
                setting="sdk_config.setup(traces_sampler=)",
            ),
        ),
    ),
    Scenario(
        id="SA-07.raw",
        title="what the SDK itself does where a sampler raises, gives nothing, or no rate",
        group="sampling",
        setup=f"{ACTS}:with_faulty_sampler",
        cases={name: {"fault": name} for name in ("raising", "nothing", "outside")},
        options={"kind": "raw", "fault": "${case.fault}"},
        needs=("sentry-sdk>=2.75",),
        steps=(Repeat(20, (Transaction("visit"),)),),
        expect=(
            Items(
                type="transaction",
                count=0,
                because="the SDK drops the transaction (D-09); if it keeps it now, SA-07.sampler"
                " has a reason less",
            ),
            Ledger(
                category="transaction", outcome="client_discard", reason="sample_rate", count=20
            ),
        ),
    ),
    Scenario(
        id="SA-09",
        title="rules by path: a match, another path, and a probe that fails",
        group="sampling",
        setup="sdk_config",
        environment=UNPROFILED,
        cases={
            "wsgi": {"app": f"{ACTS}:wsgi"},
            "asgi": {"app": f"{ACTS}:asgi"},
            "aiohttp": {"app": f"{ACTS}:aiohttp_app"},
        },
        options=RULES,
        needs=("aiohttp",),
        steps=(
            Repeat(3, (Request(app="${case.app}", path="/api/v1/projects/7"),)),
            Repeat(60, (Request(app="${case.app}", path="/elsewhere"),)),
            Repeat(3, (Request(app="${case.app}", path="/health"),)),
            Request(app="${case.app}", path="/health", query="fail=1"),
        ),
        expect=(
            Check(
                target=f"{CHECKS}:rates",
                kwargs={
                    "wanted": {"/api/v1/projects/7": 1.0, "/elsewhere": 0.1, "/health": 0.0},
                },
                because="a path has the rate of the first rule that matches, else the default;"
                " probes have none",
                setting="SENTRY_TRACES_RULES, SENTRY_HEALTH_PATHS",
            ),
            Items(
                type="event",
                where={"message": "the probe failed"},
                count=1,
                because="a probe is not traced, and its errors are sent",
            ),
        ),
    ),
    Scenario(
        id="SA-09.celery",
        title="rules by task: a match, and another task",
        group="sampling",
        setup="sdk_config",
        environment=UNPROFILED,
        options=RULES,
        needs=("celery",),
        steps=(Repeat(3, (Call(f"{ACTS}:celery_tasks", args=(20,)),)),),
        expect=(
            Check(
                target=f"{CHECKS}:rates",
                kwargs={"wanted": {"shop.charge": 1.0, "mail.send": 0.1}},
                because="a task has the rate of the first rule that matches, else the default",
                setting="SENTRY_TRACES_RULES",
            ),
        ),
    ),
    Scenario(
        id="SA-09.documented",
        title="a sampler that knows one framework, in another",
        group="sampling",
        setup=f"{ACTS}:with_faulty_sampler",
        options={"kind": "raw", "fault": "raising"},
        steps=(Repeat(5, (Request(app=f"{ACTS}:asgi", path="/api/v1/projects/7"),)),),
        expect=(
            Items(
                type="transaction",
                count=0,
                because="a sampler that reads wsgi_environ raises under ASGI, and the SDK drops"
                " every transaction for it",
                setting="sdk_config's rules, which know every framework",
            ),
        ),
    ),
    Scenario(
        id="SA-13",
        title="transactions with a profile, and one that is too short for it",
        group="sampling",
        setup="raw",
        options={"traces_sample_rate": 1.0, "profiles_sample_rate": 1.0},
        needs=UNCRASHED,
        steps=(
            Repeat(2, (Transaction("work", steps=(Call(f"{ACTS}:busy"),)),)),
            Transaction("short"),
        ),
        expect=(
            Items(
                type="profile",
                count=2,
                because="profiles_sample_rate is the share of the transactions that are kept",
            ),
            Ledger(
                category="profile",
                outcome="client_discard",
                reason="insufficient_data",
                count=1,
                because="a transaction that is over before the profiler looks has no profile"
                " (D-11)",
            ),
        ),
    ),
    Scenario(
        id="SA-13.session",
        title="a profile of the session, where the SDK has no profiles of transactions",
        group="sampling",
        setup="sdk_config",
        options={"traces_sample_rate": 1.0, "profiles_sample_rate": 1.0},
        needs=("sentry-sdk>=2.75", *UNCRASHED),
        steps=(
            Transaction("work", steps=(Call(f"{ACTS}:busy"),)),
            Call(f"{ACTS}:profiler_ended"),
        ),
        expect=(
            Items(
                type="profile_chunk",
                count=Bounds(1),
                because="profiles_sample_rate is translated to profiles of the session, which run"
                " while a transaction does",
                setting="profile_session_sample_rate, profile_lifecycle='trace'",
            ),
        ),
    ),
    Scenario(
        id="SA-14",
        title="a preset of rates",
        group="sampling",
        setup="sdk_config",
        cases={
            name: {"name": name, "where": where, "errors": errors, "traces": traces}
            for name, where, errors, traces in (
                ("development", "development", 1.0, 1.0),
                ("staging", "staging", 1.0, 0.5),
                ("production", "production", 0.8, 0.05),
                ("balanced", "staging", 1.0, 0.5),
                ("low_cost", "production", 1.0, 0.05),
                ("kibray", "production", 1.0, 0.1),
            )
        },
        environment={**UNPROFILED, "SENTRY_ENVIRONMENT": "${case.where}"},
        options={"profile": "${case.name}", "debug": False, "transport_queue_size": 500},
        steps=(Repeat(60, (Transaction("visit"),)),),
        expect=(
            Check(
                target=f"{CHECKS}:options",
                kwargs={"sample_rate": "${case.errors}", "traces_sample_rate": "${case.traces}"},
                because="a preset sets the rates of its environment",
                setting="SENTRY_PROFILE, SENTRY_ENVIRONMENT",
            ),
            Sampling(rate="${case.traces}"),
        ),
    ),
    Scenario(
        id="SA-15",
        title="transactions while the relay limits what is sent",
        group="sampling",
        environment=UNPROFILED,
        options={"traces_sample_rate": 1.0, "transport_queue_size": 500},
        steps=(
            Fault("rate_limit=error:60"),
            Message("too many of these", level="error"),
            Flush(),
            Call(f"{ACTS}:look_at_health", args=(2,), id="halved"),
            Repeat(150, (Transaction("visit"),)),
        ),
        expect=(
            Journaled(
                step="halved",
                returned=2,
                because="each look at a transport that is limited halves the rate (D-12)",
                setting="enable_backpressure_handling",
            ),
            Sampling(rate=0.25, decisions=False),
            Ledger(
                category="transaction",
                outcome="client_discard",
                reason="backpressure",
                count=Bounds(1),
                because="what is dropped for the load has a reason of its own",
            ),
        ),
    ),
)
