"""The release that runs: what is told of it, when it changes, its health, its parts, and none.

May import: catalogue.releases, scenario, steps, expectations.
"""

from __future__ import annotations

from scenarios.catalogue.releases import ACTS, CHECKS, RELEASED
from scenarios.expectations import Check, Items, Journaled
from scenarios.scenario import Scenario
from scenarios.steps import Call, Capture

SCENARIOS = (
    Scenario(
        id="R-06",
        title="an event of the release, and a number of its health",
        group="releases",
        setup="sdk_config",
        environment=RELEASED,
        steps=(Call(f"{ACTS}:tell_of_the_release"),),
        expect=(
            Items(
                type="event",
                where={
                    "message": "switched on",
                    "level": "warning",
                    "release": "shop@2.0.1",
                    "contexts": {"release_event": {"features": ["basket"]}},
                },
                count=1,
                because="an event of the release has its level and what is known of it",
            ),
            Items(
                type="event",
                where={
                    "level": "info",
                    "contexts": {
                        "release_health": {"metric": "error_rate", "value": 0.5, "unit": "percent"}
                    },
                },
                count=1,
                because="a number of the release's health is an event everywhere",
            ),
        ),
    ),
    Scenario(
        id="R-06.metric",
        title="a number of the release's health as a gauge",
        group="releases",
        setup="sdk_config",
        environment=RELEASED,
        needs=("sentry-sdk>=2.44",),
        steps=(Call(f"{ACTS}:tell_of_the_release"),),
        expect=(
            Check(
                target="scenarios.catalogue.checks.transactions:metric",
                kwargs={"name": "release.error_rate", "value": 0.5, "unit": "percent"},
                because="where the SDK has metrics the number is a gauge with its unit",
            ),
        ),
    ),
    Scenario(
        id="R-07",
        title="the release changes while the process runs",
        group="releases",
        setup="sdk_config",
        environment=RELEASED,
        steps=(Call(f"{ACTS}:change_the_release", id="baggage"),),
        expect=(
            Items(type="event", where={"message": "before", "release": "shop@2.0.1"}, count=1),
            Items(
                type="event",
                where={"message": "after", "release": "shop@2.1.0"},
                count=1,
                because="set_release changes what every later event says",
            ),
            Items(
                type="session",
                q="release:shop@2.1.0",
                count=1,
                because="set_release changes the release of later sessions",
            ),
            Check(
                target=f"{CHECKS}:baggage",
                kwargs={"told": "${step.baggage}", "release": "shop@2.1.0"},
                because="set_release changes what is told to services that are called",
            ),
        ),
    ),
    Scenario(
        id="R-08",
        title="sessions of two releases, of which one crashes once",
        group="releases",
        setup="sdk_config",
        environment=RELEASED,
        steps=(Call(f"{ACTS}:sessions_of_two_releases"),),
        expect=(
            *(
                Check(
                    target=f"{CHECKS}:crash_free",
                    kwargs={"release": release, "share": share, "adoption": adoption},
                    because="eight fine sessions, one with an error and one that crashed are free"
                    " of crashes in nine of ten; adoption is a release's share of all sessions",
                    setting="auto_session_tracking, and one release for each process",
                )
                for release, share, adoption in (
                    ("shop@2.0.1", 0.9, 10 / 15),
                    ("shop@2.1.0", 1.0, 5 / 15),
                )
            ),
        ),
    ),
    Scenario(
        id="R-11",
        title="api, worker, CI and front end with releases of their own",
        group="releases",
        setup="sdk_config",
        steps=(
            Call(f"{ACTS}:differing_releases", id="found"),
            Call(f"{ACTS}:run_parts"),
        ),
        expect=(
            Items(
                type="event",
                where={"message": "worker began", "release": "shop@2.0.2"},
                count=1,
            ),
            Items(
                type="event",
                q="message:*began !release:shop@2.0.3",
                count=2,
                because="one deployment is told as several releases, none of which has its errors",
            ),
            Journaled(
                step="found",
                returned=[
                    ".github/workflows/deploy.yml",
                    "docker-compose.yml",
                    "vite.config.ts",
                ],
                because="each file that names another release than the one that runs is found"
                " before it is deployed",
                setting="sdk-config check --check-type release",
            ),
        ),
    ),
    Scenario(
        id="R-14",
        title="an SDK that is switched off",
        group="releases",
        setup="sdk_config",
        cases={
            "flag": {"flag": "false", "dsn": "${dsn}"},
            "blank": {"flag": None, "dsn": ""},
            "missing": {"flag": None, "dsn": None},
        },
        environment={"SENTRY_ENABLED": "${case.flag}", "SENTRY_DSN": "${case.dsn}"},
        steps=(
            Call(f"{ACTS}:every_helper", id="given"),
            Capture(type="ValueError", message="out of stock"),
        ),
        expect=(
            Journaled(
                step="given",
                returned=[],
                because="every helper gives None when Sentry is off, and raises nothing",
            ),
            Check(
                target=f"{CHECKS}:nothing",
                because="what is off sends nothing",
                setting="SENTRY_ENABLED, SENTRY_DSN",
            ),
        ),
    ),
)
