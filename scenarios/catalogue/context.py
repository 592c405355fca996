"""Context: events say who, what and which request, each its own, in the form that Sentry keeps.

Rule: what an application would call, it calls: sdk_config's helpers where they are in force.
May import: scenario, steps, expectations.
"""

from __future__ import annotations

from scenarios.expectations import Accounted, Check, Items, Journaled
from scenarios.scenario import Scenario
from scenarios.steps import Breadcrumb, Call, Message, Repeat, Scope

ACTS = "scenarios.catalogue.acts.context"
CHECKS = "scenarios.catalogue.checks.context"

AT_ONCE = 50
CRUMBS = 150

OURS = "sdk_config's helpers, which keep to Sentry's limits"

SCENARIOS = (
    Scenario(
        id="C-01",
        title="a user is named, and forgotten at the logout",
        group="context",
        promised=("rate.errors==1", "pii.user==1"),
        steps=(
            Scope(user={"id": "customer-7"}),
            Message("before", level="error"),
            Scope(user={}),
            Message("after", level="error"),
        ),
        expect=(
            Check(
                f"{CHECKS}:user_is_forgotten",
                because="an event must tell who was affected, or nobody knows how many were, and"
                " nobody who has gone may be named",
                setting="a scrubber that keeps user.id, plain or hashed; or promise pii.user=0",
            ),
        ),
    ),
    Scenario(
        id="C-01.faces",
        title="set_user and its other spellings, with the fields that are allowed",
        group="context",
        setup="sdk_config",
        options={"user_fields": ["id", "email", "username", "role"]},
        steps=(Call(f"{ACTS}:user_faces"),),
        expect=(
            Check(
                f"{CHECKS}:users",
                kwargs={
                    "of": {
                        "mapping": {"id": "7", "email": "ann@shop.example", "username": "ann"},
                        "cleared": None,
                        "positions": {"id": "8", "email": "ben@shop.example", "username": "ben"},
                        "role": {"id": "9", "email": "eve@shop.example", "role": "manager"},
                        "cleared again": None,
                    }
                },
                because="each spelling names the same fields, and each way to clear forgets them",
                setting="user_fields",
            ),
            Items(
                type="event",
                where={"message": "request role", "tags": {"role": "manager"}},
                count=1,
                because="a role is a group rather than a person, and is a tag as well",
            ),
        ),
    ),
    Scenario(
        id="C-01.fields",
        title="fields of a user that are not allowed",
        group="context",
        setup="sdk_config",
        steps=(Call(f"{ACTS}:user_faces"),),
        expect=(
            Check(
                f"{CHECKS}:users",
                kwargs={"of": {"mapping": {"id": "7"}, "positions": {"id": "8"}, "cleared": None}},
                because="of a user only what the settings name is sent, which is the id",
                setting="user_fields",
            ),
        ),
    ),
    Scenario(
        id="C-02.threads",
        title="fifty requests at once, in threads",
        group="context",
        steps=(Call(f"{ACTS}:in_threads", args=(AT_ONCE,)),),
        expect=(
            Check(
                f"{CHECKS}:no_cross_talk",
                because="a request's tags, user and breadcrumbs are on its own isolation scope",
                setting="the SDK's middleware around the application, and nothing set globally",
            ),
            Accounted(categories=("error",)),
        ),
    ),
    Scenario(
        id="C-02.tasks",
        title="fifty requests at once, in one event loop",
        group="context",
        steps=(Call(f"{ACTS}:in_tasks", args=(AT_ONCE,)),),
        expect=(
            Check(
                f"{CHECKS}:no_cross_talk",
                because="a request's tags, user and breadcrumbs are on its own isolation scope",
                setting="the SDK's middleware around the application, and nothing set globally",
            ),
            Accounted(categories=("error",)),
        ),
    ),
    Scenario(
        id="C-03",
        title="contexts of the business and the database, feature flags",
        group="context",
        promised=("rate.errors==1",),
        steps=(Call(f"{ACTS}:contexts"),),
        expect=(
            Items(
                type="event",
                where={
                    "contexts": {
                        "business": {"order": "order-20931", "amount": 19.99},
                        "database": {"pool": 5, "slow": "orders"},
                        "flags": {"values": [{"flag": "new-checkout", "result": True}]},
                    }
                },
                count=1,
                because="what the application says of its business must arrive as it said it",
                setting="a scrubber that redacts by names and looks, not every context",
            ),
        ),
    ),
    Scenario(
        id="C-03.text",
        title="a context that is a text",
        group="context",
        promised=("rate.errors==1",),
        steps=(Call(f"{ACTS}:wrong_context", id="set"),),
        expect=(
            Items(type="event", count=1, because="a wrong context must not cost the event"),
            Check(
                f"{CHECKS}:contexts_are_mappings",
                because="the SDK takes a context of any type, and sends a malformed event",
                setting=f"set_context(name, a mapping), or {OURS}",
            ),
            Journaled(step="set"),
        ),
        known={"own": "the SDK's own set_context takes what Sentry does not"},
    ),
    Scenario(
        id="C-03.tags",
        title="names and values of tags beyond what Sentry keeps",
        group="context",
        promised=("rate.errors==1",),
        steps=(Call(f"{ACTS}:long_tags", id="set"),),
        expect=(
            Items(type="event", where={"tags": {"feature": "checkout"}}, count=1),
            Check(
                f"{CHECKS}:tags_fit",
                because="the SDK sends tags of any length, and Sentry drops or cuts them",
                setting=f"shorter tags, or {OURS}",
            ),
            Journaled(step="set"),
        ),
        known={"own": "the SDK's own set_tag takes what Sentry does not keep"},
    ),
    Scenario(
        id="C-04",
        title="a hundred and fifty breadcrumbs",
        group="context",
        promised=("rate.errors==1",),
        steps=(
            Repeat(CRUMBS, (Breadcrumb("step ${n}", category="shop"),)),
            Message("after many steps", level="error"),
        ),
        expect=(
            Check(
                f"{CHECKS}:last_breadcrumbs",
                kwargs={"added": CRUMBS, "most": "${sdk.max_breadcrumbs}"},
                because="what happened last before an error tells most of it",
                setting="max_breadcrumbs, and a before_breadcrumb that returns the breadcrumb",
            ),
        ),
    ),
    Scenario(
        id="C-04.length",
        title="that breadcrumbs were left out is told",
        group="context",
        needs=("sentry-sdk>=2.75",),
        promised=("rate.errors==1",),
        steps=(
            Repeat(CRUMBS, (Breadcrumb("step ${n}", category="shop"),)),
            Message("after many steps", level="error"),
        ),
        expect=(
            Check(
                f"{CHECKS}:told_length",
                kwargs={"length": CRUMBS},
                because="_meta tells how many there were; a hook that makes the event anew loses"
                " it",
                setting="before_send: keep _meta",
            ),
        ),
    ),
    Scenario(
        id="C-04.styles",
        title="breadcrumbs in each spelling of the documents",
        group="context",
        promised=("rate.errors==1",),
        steps=(Call(f"{ACTS}:breadcrumb_styles", id="raised"),),
        expect=(
            Journaled(
                step="raised",
                returned=[],
                because="the SDK takes a mapping or keywords, and raises into the application for"
                " anything else",
                setting='add_breadcrumb(message="..."), or sdk_config.add_breadcrumb',
            ),
        ),
        known={"own": "the SDK's own add_breadcrumb raises for a plain text"},
    ),
    Scenario(
        id="C-05",
        title="the user of a token: valid, expired, forged, unsigned, no key to verify it",
        group="context",
        setup="sdk_config",
        steps=(Call(f"{ACTS}:with_tokens"),),
        expect=(
            Check(
                f"{CHECKS}:users",
                kwargs={
                    "of": {
                        "valid": {"id": "7"},
                        "expired": None,
                        "forged": None,
                        "unsigned": None,
                        "missing key": None,
                        "no token": None,
                    }
                },
                because="who sends a token is who it says only if its signature and times are good",
                setting="JWTReader(key)",
            ),
        ),
    ),
    Scenario(
        id="C-05.headers",
        title="what a request says of itself, through a trusted proxy and from outside",
        group="context",
        setup="sdk_config",
        options={"user_fields": ["id", "ip_address", "user_agent"]},
        steps=(Call(f"{ACTS}:with_headers"),),
        expect=(
            Check(
                f"{CHECKS}:users",
                kwargs={
                    "of": {
                        "through the proxy": {
                            "id": "7",
                            "ip_address": "198.51.100.9",
                            "user_agent": "a-browser/1",
                        },
                        "from outside": {
                            "ip_address": "203.0.113.5",
                            "user_agent": "a-browser/1",
                        },
                    }
                },
                because="X-User-Id and X-Forwarded-For can be written by anybody, and count only"
                " where a trusted proxy has written them",
                setting="trust_proxies",
            ),
        ),
    ),
    Scenario(
        id="C-05.unasked",
        title="address and browser of a request, where nobody asked for them",
        group="context",
        setup="sdk_config",
        steps=(Call(f"{ACTS}:with_headers"),),
        expect=(
            Check(
                f"{CHECKS}:users",
                kwargs={"of": {"through the proxy": {"id": "7"}, "from outside": None}},
                because="address and browser are personal data, and left alone unless asked for",
                setting="user_fields",
            ),
        ),
    ),
)
