"""Sessions and jobs: release health and cron monitoring say what happened.

May import: scenario, steps, expectations.
"""

from __future__ import annotations

from scenarios.expectations import Accounted, Check, Exited, Items, Ledger
from scenarios.scenario import Scenario
from scenarios.steps import Call, Capture, CheckIn, Raise, Request, Session

ACTS = "scenarios.catalogue.acts.sessions"
CHECKS = "scenarios.catalogue.checks.sessions"
RELEASE: dict[str, str | None] = {"SENTRY_RELEASE": "shop@2.0.1"}

ENDED = Items(
    type="session",
    q="has:release",
    count=1,
    because="a session with a release must be told when it ends; without a release the SDK"
    " throws sessions away without a word",
    setting="SENTRY_RELEASE, and sessions not switched off",
)

SCENARIOS = (
    Scenario(
        id="SE-01.ok",
        title="a session in which nothing goes wrong",
        group="sessions",
        environment=RELEASE,
        steps=(Session(),),
        expect=(
            ENDED,
            Items(type="session", where={"status": "exited"}, q="!errors:>0", count=1),
        ),
    ),
    Scenario(
        id="SE-01.errored",
        title="a session with an error that is handled",
        group="sessions",
        environment=RELEASE,
        steps=(Session(steps=(Capture(message="out of stock"),)),),
        expect=(
            ENDED,
            Items(
                type="session",
                where={"status": "exited"},
                q="errors:1",
                count=1,
                because="an error that is captured counts as one of the session's errors",
            ),
        ),
    ),
    Scenario(
        id="SE-01.crashed",
        title="a session with an error that nobody handles",
        group="sessions",
        environment=RELEASE,
        steps=(Session(steps=(Call(f"{ACTS}:crash"),)),),
        expect=(
            ENDED,
            Items(
                type="session",
                where={"status": "crashed"},
                q="errors:1",
                count=1,
                because="an unhandled error makes the session crashed, or crash-free rates lie",
            ),
        ),
    ),
    Scenario(
        id="SE-01.dropped",
        title="an error that before_send drops, within a session",
        group="sessions",
        setup=f"{ACTS}:dropping",
        environment=RELEASE,
        steps=(Session(steps=(Capture(message="noise"),)),),
        expect=(
            Items(type="event", count=0),
            Items(
                type="session",
                q="!errors:>0",
                count=1,
                because="an error that a hook drops is none for the session (D-13)",
            ),
        ),
    ),
    Scenario(
        id="SE-01.sampled",
        title="an error that is sampled out, within a session",
        group="sessions",
        setup=f"{ACTS}:sampling",
        environment=RELEASE,
        steps=(Session(steps=(Capture(message="one of many"),)),),
        expect=(
            Items(type="event", count=0),
            Items(
                type="session",
                q="errors:1",
                count=1,
                because="sampling takes the event and not the session's count (D-13)",
            ),
            Ledger(category="error", outcome="client_discard", reason="sample_rate", count=1),
        ),
    ),
    Scenario(
        id="SE-01.requests",
        title="requests of a server are told as counts",
        group="sessions",
        environment=RELEASE,
        steps=(Call(f"{ACTS}:requests", kwargs={"fine": 8, "errored": 1, "crashed": 1}),),
        expect=(
            Check(
                target=f"{CHECKS}:aggregates",
                kwargs={"exited": 8, "errored": 1, "crashed": 1},
                because="sessions of requests arrive as aggregates, with every request counted",
                setting="auto_session_tracking",
            ),
        ),
    ),
    Scenario(
        id="SE-01.wsgi",
        title="a WSGI application's requests are sessions by themselves",
        group="sessions",
        environment=RELEASE,
        steps=(
            Request(app=f"{ACTS}:application", path="/fine"),
            Request(app=f"{ACTS}:application", path="/crash"),
        ),
        expect=(
            Check(
                target=f"{CHECKS}:aggregates",
                kwargs={"exited": 1, "crashed": 1},
                because="the middleware of the SDK makes a session of each request",
                setting="auto_session_tracking",
            ),
        ),
    ),
    Scenario(
        id="SE-01.unreleased",
        title="a session without a release",
        group="sessions",
        setup=f"{ACTS}:unreleased",
        environment={"SENTRY_RELEASE": None},
        steps=(Session(),),
        expect=(
            Items(
                type="session",
                count=0,
                because="the SDK sends no session without a release, and reports nothing (D-13)",
            ),
        ),
    ),
    Scenario(
        id="SE-03.ok",
        title="a job that ends well",
        group="sessions",
        steps=(CheckIn(monitor="nightly-report", steps=(Call(f"{ACTS}:work"),)),),
        expect=(
            Check(
                target=f"{CHECKS}:pair",
                kwargs={"monitor": "nightly-report", "status": "ok"},
                because="a job is told when it starts and when it ends, under one check-in id",
            ),
            Accounted(categories=("monitor",)),
        ),
    ),
    Scenario(
        id="SE-03.error",
        title="a job that raises",
        group="sessions",
        steps=(
            CheckIn(monitor="nightly-report", steps=(Raise(type="OSError", message="disk full"),)),
        ),
        expect=(
            Check(
                target=f"{CHECKS}:pair",
                kwargs={"monitor": "nightly-report", "status": "error"},
                because="a job that raises is told as failed, and its error is raised on",
            ),
            Items(type="event", where={"exception": "OSError"}, count=1),
            Exited(code=1),
        ),
    ),
    Scenario(
        id="SE-03.missed",
        title="a job that does not start, and one that takes too long",
        group="sessions",
        planned="the relay's monitors, which know a schedule and mark a check-in as missed",
    ),
)
