"""Personal data, continued: what a scrubber knows by its looks, what breaks it, what it must keep.

May import: scenario, steps, expectations, catalogue.pii.
"""

from __future__ import annotations

from scenarios.canary.values import BY_LOOKS
from scenarios.catalogue.pii import ACTS, CHECKS, NONE_LEFT, TRACED, planting
from scenarios.expectations import Bounds, Check, Items, Journaled, NoLeaks
from scenarios.scenario import Scenario
from scenarios.steps import Call, Capture, Message, Transaction

HOOKS = "scenarios.catalogue.acts.pii_hooks"

NEAR_MISSES = (
    "4111 1111 1111 1112",
    "order 2026-000123",
    "3f2504e0-4f89-11d3-9a0c-0305e82c3301",
    "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b",
    "2026-11-22T08:30:49.123Z",
    "DE00 1234 5678 9012 3456 78",
    "shop@2.0.1+build.7",
    "bearer of good news",
    "basic authentication is switched off",
    "the password was reset",
    "max_tokens=4096",
    "12,345.67 EUR",
    "0.30000000000000004",
    "shop.orders.views.checkout",
    "/usr/lib/python3/site-packages",
    "SELECT count(*) FROM orders",
    "Content-Length: 1048576",
    "sku ZX-81-1024",
    "eyJust a sentence.that has.dots",
    "AKIRA was released in 1988",
)
"""What looks like a secret to who does not look twice."""

CONTROLS = (
    "order-20931",
    "EUR",
    "shipped",
    "warehouse north 4",
    "retry 3 of 5",
    "4f2a9c1",
    "checkout.started",
    "de-DE",
)
AMOUNTS = (19.99, 250000, 0.07, 7)

SAMPLE = ("L01", "L11", "L15", "L17", "L20", "L24", "L25", "L27", "L31", "L49", "L51", "L52")
"""A surface of each kind of item."""

COLLECTED = ("L03", "L13", "L16", "L19", "L21", "L28", "L30", "L40", "L45", "L50", "L61", "L63")
"""Surfaces that the options about personal data open (SDK_CONFIG.md 3.4, columns P and DC)."""

NOT_RAISED = Journaled(
    step="planted",
    because="whatever breaks in a hook, the application must not see it",
)

SCENARIOS = (
    Scenario(
        id="P-14",
        title="cards, accounts, persons, tokens and keys are known by their looks",
        group="pii",
        steps=(
            planting(("exception_text", "message", "breadcrumb_message", "extra_note"), *BY_LOOKS),
        ),
        expect=(NONE_LEFT,),
    ),
    Scenario(
        id="P-14.near",
        title="what only looks like a secret at first sight is kept",
        group="pii",
        steps=(Call(f"{ACTS}:controls", kwargs={"texts": NEAR_MISSES}),),
        expect=(
            Check(
                f"{CHECKS}:kept",
                kwargs={
                    "type": "event",
                    "texts": NEAR_MISSES,
                    "share": "${pii.false_positives}",
                },
                because="a scrubber that redacts what is harmless leaves nothing to work with",
                setting="patterns with checksums and bounds, or promise pii.false_positives",
            ),
        ),
    ),
    Scenario(
        id="P-15",
        title="hooks of the application's that raise",
        group="pii",
        setup=f"{HOOKS}:hooks_that_raise",
        steps=(
            Call(f"{ACTS}:plant", id="planted", kwargs={"rows": SAMPLE}),
            Transaction("nightly", sampled=True, steps=(Capture(message="late"),)),
        ),
        expect=(
            NoLeaks(
                because="an item whose hook has raised must be dropped or scrubbed, never sent"
                " as it was; the SDK itself sends breadcrumbs and spans as they were"
            ),
            NOT_RAISED,
        ),
    ),
    Scenario(
        id="P-15.scrubber",
        title="a scrubber that raises",
        group="pii",
        setup=f"{HOOKS}:scrubber_that_raises",
        steps=(
            Call(f"{ACTS}:plant", id="planted", kwargs={"rows": SAMPLE}),
            Transaction("nightly", sampled=True, steps=(Capture(message="late"),)),
        ),
        expect=(
            NoLeaks(because="what could not be scrubbed must not be sent"),
            NOT_RAISED,
            Items(
                type=("event", "transaction", "log", "session"),
                count=0,
                because="what could not be scrubbed must not be sent",
            ),
        ),
    ),
    Scenario(
        id="P-16",
        title="an error is one event: no hook makes more of it",
        group="pii",
        steps=(Capture(message="once"),),
        expect=(
            Items(
                type="event",
                count=Bounds(max=1),
                because="a hook that logs an error or captures something is called for that"
                " again, up to the recursion limit",
                setting="before_send without logging and capturing; ignore_logger(...) for its"
                " own logger",
            ),
        ),
    ),
    Scenario(
        id="P-16.guard",
        title="a hook that logs and captures, guarded by sdk_config",
        group="pii",
        setup=f"{HOOKS}:hook_that_captures",
        steps=(Capture(message="once"), Message("and a message")),
        expect=(
            Items(
                type="event",
                count=2,
                because="what a hook logs or captures is dropped as recursion, and its event sent",
            ),
            Check(
                "scenarios.catalogue.checks.filters:dropped_by_us",
                kwargs={"category": "error", "reason": "recursion", "quantity": 4},
            ),
        ),
    ),
    Scenario(
        id="P-17",
        title="options that collect personal data",
        group="pii",
        defaults=TRACED,
        options={"send_default_pii": True},
        steps=(planting(COLLECTED, "email"),),
        expect=(NONE_LEFT,),
    ),
    Scenario(
        id="P-17.collection",
        title="data_collection, which removes the SDK's own scrubber",
        group="pii",
        defaults=TRACED,
        cases={
            "empty": {"collection": {}},
            "all": {
                "collection": {
                    "user_info": True,
                    "cookies": {"mode": "denylist", "terms": []},
                    "http_headers": {"request": {"mode": "denylist", "terms": []}},
                    "url_query_params": {"mode": "denylist", "terms": []},
                    "stack_frame_variables": True,
                    "database_query_data": True,
                    "queues": True,
                }
            },
        },
        options={"data_collection": "${case.collection}"},
        needs=("sentry-sdk>=2.75",),
        steps=(planting(COLLECTED, "email"),),
        expect=(NONE_LEFT,),
    ),
    Scenario(
        id="P-17.warned",
        title="who switches the collection of personal data on is warned",
        group="pii",
        setup="sdk_config",
        environment={"SENTRY_SEND_DEFAULT_PII": "true", "SENTRY_ENVIRONMENT": "production"},
        steps=(Call(f"{ACTS}:findings", id="findings", args=("security",)),),
        expect=(
            Check(
                f"{CHECKS}:told",
                kwargs={"step": "findings", "text": "PII-ON"},
                because="sdk-config check must warn of send_default_pii",
            ),
        ),
    ),
    Scenario(
        id="P-18",
        title="ids, states and amounts survive",
        group="pii",
        steps=(Call(f"{ACTS}:controls", kwargs={"texts": CONTROLS, "numbers": AMOUNTS}),),
        expect=(
            Check(
                f"{CHECKS}:kept",
                kwargs={"type": "event", "texts": [*CONTROLS, *map(str, AMOUNTS)]},
                because="ids, states and amounts tell what went wrong, and nothing about anybody",
                setting="a scrubber that redacts by names and looks, not everything",
            ),
        ),
    ),
    Scenario(
        id="P-18.dictionaries",
        title="the application's own dictionaries are not changed",
        group="pii",
        steps=(Call(f"{ACTS}:changed_dictionaries", id="changed"),),
        expect=(
            Journaled(
                step="changed",
                returned=[],
                because="a scrubber edits what the application handed over in place, so that the"
                " application itself goes on with redacted values; the SDK's own does so",
                setting="event_scrubber=False and a scrubber that copies, or sdk_config.setup()",
            ),
        ),
        known={
            "own": "the SDK's own scrubber, which is in force unless event_scrubber is given,"
            " edits the application's dictionaries in place"
        },
    ),
)
