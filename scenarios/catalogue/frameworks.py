"""Frameworks of the web: an error, a page and a page that is not there, told once and as they were.

Rule: a framework that is not installed leaves its scenarios out, and says so.
May import: scenario, steps, expectations.
"""

from __future__ import annotations

from scenarios.expectations import Accounted, Check, Items, Journaled
from scenarios.scenario import Scenario
from scenarios.steps import Call, Request

APPS = "scenarios.catalogue.acts.web_apps"
WORK = "scenarios.catalogue.acts.work"
CHECKS = "scenarios.catalogue.checks.frameworks"
GROUP = "frameworks"
RELEASE: dict[str, str | None] = {"SENTRY_RELEASE": "shop@2.0.1"}
UNSAMPLED = ("rate.errors==1",)

PAGES = (
    Scenario(
        id="FW-01",
        title="a page, a page that fails, and one that is not there",
        group=GROUP,
        cases={name: {"name": name} for name in ("flask", "django", "fastapi", "aiohttp")},
        needs=("${case.name}",),
        environment=RELEASE,
        defaults={"traces_sample_rate": 1.0},
        promised=UNSAMPLED,
        steps=(
            Request(id="fine", app=f"{APPS}:${{case.name}}_app", path="/fine"),
            Request(app=f"{APPS}:${{case.name}}_app", path="/fail"),
            Request(id="missing", app=f"{APPS}:${{case.name}}_app", path="/missing"),
        ),
        expect=(
            Journaled(step="fine", returned=200),
            Journaled(
                step="missing",
                returned=404,
                because="the SDK changes what the application answers",
            ),
            Items(
                type="event",
                count=1,
                because="the page that fails makes one event; the integration of ${case.name} must"
                " be on, no handler may swallow the error, and a 404 is the visitor's",
                setting="default_integrations, and no second capture in an error handler",
            ),
            Check(
                target=f"{CHECKS}:unhandled",
                kwargs={"exception": "Broken"},
                because="an error that the framework caught was handled by nobody; told as handled"
                " it does not count against the release",
            ),
            Check(
                target=f"{CHECKS}:with_request",
                kwargs={"exception": "Broken", "path": "/fail"},
                because="the event must know the request that failed",
            ),
            Check(
                target=f"{CHECKS}:traced",
                kwargs={"number": 2},
                because="each request is a transaction where tracing is on",
                setting="traces_sample_rate, the integration of ${case.name}",
            ),
            Check(
                target=f"{CHECKS}:counted",
                kwargs={"requests": 3, "failed": 1},
                because="each request is a session, and the one that fails is not healthy",
                setting="auto_session_tracking",
            ),
            Accounted(),
        ),
    ),
)

ORDERS = tuple(
    Scenario(
        id=f"FW-11.{name}",
        title=f"the context middleware {where} authentication",
        group=GROUP,
        setup="sdk_config",
        needs=("fastapi",),
        steps=(
            Request(app=f"{APPS}:{function}", path="/fail"),
            Call(f"{WORK}:check_order", id="checked", args=(function,)),
        ),
        expect=(
            Items(
                type="event",
                where={"user": {"id": "user-7"}},
                count=known,
                because="who the user is can be known only after authentication has run",
                setting="the order of add_middleware: what is added last is outermost",
            ),
            Items(type="event", count=1),
            Journaled(
                step="checked",
                returned={"found": [] if known else ["MIDDLEWARE"]},
                because="the check of the source must agree with what happens",
            ),
        ),
    )
    for name, where, function, known in (
        ("right", "inside of", "context_within", 1),
        ("wrong", "around", "context_around", 0),
    )
)

HEALTH = (
    Scenario(
        id="FW-12.health",
        title="the health page",
        group=GROUP,
        setup="sdk_config",
        cases={name: {"name": name} for name in ("flask", "fastapi", "aiohttp")},
        needs=("${case.name}",),
        steps=(
            Request(id="health", app=f"{APPS}:healthy_${{case.name}}", path="/health"),
            Call(f"{WORK}:note_health"),
        ),
        expect=(
            Journaled(step="health", returned=200),
            Check(
                target=f"{CHECKS}:healthy",
                because="a health page tells how Sentry stands, and never the DSN",
            ),
        ),
    ),
    Scenario(
        id="FW-12.check",
        title="sdk-config check on a configuration that is well",
        group=GROUP,
        setup="sdk_config",
        environment={"SENTRY_ENVIRONMENT": "staging", "SENTRY_RELEASE": "shop@2.0.1"},
        steps=(
            Call(
                "scenarios.catalogue.acts.resilience:check",
                id="checked",
                args=("--check-type", "config,connectivity"),
            ),
        ),
        expect=(
            Journaled(
                step="checked",
                returned={"status": 0},
                because="a sound configuration and a relay that answers are no finding",
            ),
            Check(
                target="scenarios.catalogue.checks.resilience:checked",
                kwargs={"says": ["ok"], "hides": ["${dsn}"]},
                because="what the check prints stands in logs of builds",
            ),
        ),
    ),
)

SCENARIOS: tuple[Scenario, ...] = (*PAGES, *ORDERS, *HEALTH)
