"""Releases: every item says the same one, whoever named it; deployments and health are told.

May import: scenario, steps, expectations.
"""

from __future__ import annotations

from scenarios.expectations import Check, Items, Journaled, Order
from scenarios.scenario import Scenario
from scenarios.steps import Call, Capture

ACTS = "scenarios.catalogue.acts.releases"
CHECKS = "scenarios.catalogue.checks.releases"

RELEASED: dict[str, str | None] = {"SENTRY_RELEASE": "shop@2.0.1"}

BUILDS = (
    "HEROKU_BUILD_COMMIT",
    "HEROKU_SLUG_COMMIT",
    "SOURCE_VERSION",
    "CODEBUILD_RESOLVED_SOURCE_VERSION",
    "CIRCLE_SHA1",
    "GAE_DEPLOYMENT_ID",
    "K_REVISION",
)

UNSAID: dict[str, str | None] = dict.fromkeys(("SENTRY_RELEASE", *BUILDS))
"""An environment that says no release."""

ORDER = (
    "the release is what SENTRY_RELEASE says, else the checkout's commit, else a build's variable"
    " in the SDK's order (3.2)"
)

AGREE = Check(
    target=f"{CHECKS}:agree",
    because="items of different releases are told as different software; a release that a hook"
    " sets is not on sessions, trace headers, logs and metrics",
    setting="release= of the SDK's init, or SENTRY_RELEASE, and no hook",
)

SCENARIOS = (
    Scenario(
        id="R-01",
        title="the release on every type of item",
        group="releases",
        defaults={"release": "shop@2.0.1", "traces_sample_rate": 1.0},
        steps=(Call(f"{ACTS}:everything"),),
        expect=(AGREE,),
    ),
    Scenario(
        id="R-01.promised",
        title="the release that is promised, on every type of item",
        group="releases",
        steps=(Call(f"{ACTS}:everything"),),
        expect=(
            Check(
                target=f"{CHECKS}:agree",
                kwargs={"release": "${release}"},
                because="what is sent is told as another release than the one that runs",
                setting="release= of the SDK's init, or SENTRY_RELEASE",
            ),
        ),
    ),
    Scenario(
        id="R-01.spaces",
        title="a release with spaces around it, on every type of item",
        group="releases",
        options={"release": "  shop@2.0.1  "},
        steps=(Call(f"{ACTS}:everything"),),
        expect=(
            Check(
                target=f"{CHECKS}:agree",
                kwargs={"release": "shop@2.0.1"},
                because="the SDK strips the spaces on events and not on sessions and baggage,"
                " which makes two releases of one (3.2)",
                setting="release= without spaces; sdk_config takes them off",
            ),
        ),
        known={"own": "the setup gives the release to the SDK as it came"},
    ),
    Scenario(
        id="R-02",
        title="where a release is found, in its order",
        group="releases",
        setup=f"{ACTS}:in_a_folder",
        cases={
            "variable": {"git": True, "said": "shop@3.1.0", "first": "b111111", "is": "shop@3.1.0"},
            "build": {"git": False, "said": None, "first": "b111111", "is": "b111111"},
            "later build": {"git": False, "said": None, "first": None, "is": "b222222"},
        },
        environment={
            **UNSAID,
            "SENTRY_RELEASE": "${case.said}",
            "HEROKU_SLUG_COMMIT": "${case.first}",
            "SOURCE_VERSION": "b222222",
        },
        options={"git": "${case.git}"},
        steps=(Capture(message="out of stock"),),
        expect=(Items(type="event", where={"release": "${case.is}"}, count=1, because=ORDER),),
    ),
    Scenario(
        id="R-02.git",
        title="a checkout's commit, against a blank SENTRY_RELEASE and a build's variable",
        group="releases",
        setup=f"{ACTS}:in_a_folder",
        environment={**UNSAID, "SENTRY_RELEASE": "", "HEROKU_SLUG_COMMIT": "b111111"},
        options={"git": True},
        steps=(Capture(message="out of stock"),),
        expect=(Check(target=f"{CHECKS}:is_head", because=ORDER),),
    ),
    Scenario(
        id="R-02.none",
        title="no release where nothing names one",
        group="releases",
        setup=f"{ACTS}:in_a_folder",
        environment=UNSAID,
        steps=(Capture(message="out of stock"),),
        expect=(
            Items(
                type="event",
                q="!has:release",
                count=1,
                because="no release is better than one called unknown",
            ),
        ),
    ),
    Scenario(
        id="R-02.modes",
        title="names that git gives a checkout",
        group="releases",
        setup="sdk_config",
        steps=(Call(f"{ACTS}:git_modes", id="modes"),),
        expect=(
            Journaled(
                step="modes",
                returned={
                    "sha": "shop@HEAD",
                    "short": "shop@SHORT",
                    "tag": "shop@v1.4.0",
                    "describe": "shop@SHORT",
                    "describe-tags": "shop@v1.4.0-1-gSHORT",
                },
                because="each mode is the git command of the document that it comes from",
                setting="release_from_git(mode=)",
            ),
        ),
    ),
    Scenario(
        id="R-03",
        title="names that a release may have, and may not",
        group="releases",
        setup="sdk_config",
        steps=(
            Call(
                f"{ACTS}:judged_names",
                args=(
                    "2.0.3",
                    "v2.0.3",
                    "backend@1.0.0",
                    "backend@4f2a9c1",
                    "v1.4.0-1-g4f2a9c1",
                    "latest",
                    "backend@main",
                    "unknown",
                    "refs/heads/main",
                    "a/b",
                    " 1.0.0 ",
                    "",
                ),
                id="judged",
            ),
        ),
        expect=(
            Journaled(
                step="judged",
                returned={
                    "2.0.3": "",
                    "v2.0.3": "",
                    "backend@1.0.0": "",
                    "backend@4f2a9c1": "",
                    "v1.4.0-1-g4f2a9c1": "",
                    "latest": "REL-VAGUE",
                    "backend@main": "REL-VAGUE",
                    "unknown": "REL-VAGUE",
                    "refs/heads/main": "REL-REF",
                    "a/b": "REL-CHARS",
                    " 1.0.0 ": "REL-SPACES",
                    "": "REL-EMPTY",
                },
                because="a name that means another release tomorrow, or that Sentry refuses, is"
                " refused with the rule that says why",
            ),
        ),
    ),
    Scenario(
        id="R-03.sent",
        title="the name of the release that is sent",
        group="releases",
        steps=(Call(f"{ACTS}:everything"),),
        expect=(
            Check(
                target=f"{CHECKS}:orderable",
                because="Sentry cannot order such releases, and tells the errors of one as those"
                " of another",
                setting="SENTRY_RELEASE: a version, such as shop@2.0.3, or a commit",
            ),
        ),
    ),
    Scenario(
        id="R-04.succeeding",
        title="a deployment that succeeds",
        group="releases",
        setup="sdk_config",
        steps=(Call(f"{ACTS}:deploy", id="deployed"),),
        expect=(
            Journaled(step="deployed", raised=None),
            Order(
                items=(
                    Items(type="event", where={"tags": {"deploy.status": "in_progress"}}),
                    Items(type="event", where={"tags": {"deploy.status": "succeeded"}}),
                ),
                because="a deployment is told when it begins and when it has succeeded",
            ),
            Items(
                type="event",
                where={
                    "release": "shop@2.1.0",
                    "environment": "production",
                    "level": "info",
                    "contexts": {"deployment": {"duration_seconds": 12.5, "deployed_by": "ci"}},
                },
                count=1,
                because="its end says how long it took, under the release that was deployed",
            ),
        ),
    ),
    Scenario(
        id="R-04.raising",
        title="a deployment that raises",
        group="releases",
        setup="sdk_config",
        steps=(Call(f"{ACTS}:deploy", args=(True,), id="deployed"),),
        expect=(
            Journaled(
                step="deployed",
                raised="ConnectionError",
                said="the cluster is away",
                because="what the deployment raises is the caller's to handle",
            ),
            Order(
                items=(
                    Items(type="event", where={"tags": {"deploy.status": "in_progress"}}),
                    Items(
                        type="event", where={"tags": {"deploy.status": "failed"}, "level": "error"}
                    ),
                ),
                because="a deployment that raises is told as failed, as an error",
            ),
        ),
    ),
)
