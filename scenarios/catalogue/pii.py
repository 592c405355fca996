"""Personal data: what is planted in each surface that an SDK picks up does not leave.

Rule: canaries are planted in a project's own surfaces, and every byte that left is searched; what
a target promises to send (`pii.allowed`) is not planted.
May import: scenario, steps, expectations, canary.plant's phases.
"""

from __future__ import annotations

from typing import Any

from scenarios.canary.plant import PHASES
from scenarios.expectations import Check, Items, NoLeaks
from scenarios.scenario import Scenario
from scenarios.steps import Call, Capture, Scope, Span, Transaction

ACTS = "scenarios.catalogue.acts.pii"
CHECKS = "scenarios.catalogue.checks.pii"
PLANT = f"{ACTS}:plant"

TRACED: dict[str, Any] = {"traces_sample_rate": 1.0, "enable_logs": True}
STREAMED = {**TRACED, **PHASES["streamed"]}
UNSEEN = {**TRACED, "include_local_variables": False}
PROFILED = {**TRACED, **PHASES["profiled"]}

PROMISED = {"classes": "${pii.classes}"}

BY_NAME = (
    "local_password",
    "local_prefixed_password",
    "local_bytes_key",
    "local_representation",
    "local_nested",
    "local_list",
)
"""Surfaces whose name tells that there is a secret, whatever the value looks like."""

NONE_LEFT = NoLeaks(
    because="what the application gave to the SDK left as it was",
    setting="sdk_config.setup(), or a scrubber in every hook of the SDK",
)


def planting(
    rows: tuple[str, ...], *kinds: str, phase: str = "", without: tuple[str, ...] = ()
) -> Call:
    """Plant values of these classes in these surfaces; no rows are all of them."""
    asked = {"rows": rows, "kinds": kinds, "phase": phase, "without": without}
    return Call(PLANT, kwargs={**asked, **PROMISED, "allowed": "${pii.allowed}"})


def _table(name: str, phase: str, options: dict[str, Any], rows: tuple[str, ...] = ()) -> Scenario:
    return Scenario(
        id=f"P-01[{name}]",
        title="the leak table, on the SDK with its default options",
        group="pii",
        setup="raw",
        # Without a release a session is not sent (4.2), and a folder may have no git to tell one.
        options={"release": "shop@2.0.3", **options},
        needs=("sentry-sdk>=2.75",),
        steps=(Call(PLANT, kwargs={"phase": phase, "rows": rows}),),
        expect=(
            Check(
                target=f"{CHECKS}:leak_table",
                because="this SDK leaks elsewhere than the one that was measured",
                setting="scenarios/canary/surfaces.py, and what scrubs by it",
            ),
        ),
    )


SCENARIOS = (
    _table("plain", "", TRACED),
    _table("streamed", "streamed", STREAMED),
    _table("no local variables", "profiled", UNSEEN, ("L06", "L07")),
    Scenario(
        id="P-02",
        title="the triggers of the leak table, with the target's configuration",
        group="pii",
        defaults=TRACED,
        steps=(
            # An id is sent on purpose, unless it is an address.
            planting((), "token", without=("user_id",)),
            planting(("user_id",), "email"),
        ),
        expect=(NONE_LEFT,),
    ),
    Scenario(
        id="P-03",
        title="transactions, spans and what a language model is told",
        group="pii",
        defaults=TRACED,
        steps=(planting(tuple(f"L{row}" for row in (25, 27, 29, 30, 31, 32, 33, 45, 46)), "card"),),
        expect=(NONE_LEFT,),
    ),
    Scenario(
        id="P-03.streamed",
        title="spans that leave one by one",
        group="pii",
        defaults=STREAMED,
        needs=("sentry-sdk>=2.75",),
        steps=(planting((), "email", phase="streamed"),),
        expect=(NONE_LEFT,),
    ),
    Scenario(
        id="P-04",
        title="logs with live objects, and metrics",
        group="pii",
        defaults=TRACED,
        steps=(planting(("L12", "L13", "L14", "L48", "L49", "L50", "L51", "L58"), "email"),),
        expect=(NONE_LEFT,),
    ),
    Scenario(
        id="P-05",
        title="sessions, check-ins and attachments, which no hook sees",
        group="pii",
        steps=(planting(("L24", "L52", "L53", "L54", "L55"), "email"),),
        expect=(NONE_LEFT,),
    ),
    Scenario(
        id="P-05.profile",
        title="a profile of a function with arguments",
        group="pii",
        defaults=PROFILED,
        # The SDK's profiler can crash CPython 3.11.
        needs=("python>=3.12",),
        steps=(planting(("L56",), "token", phase="profiled"),),
        expect=(NONE_LEFT,),
    ),
    Scenario(
        id="P-05.user",
        title="the user of a session is counted and not named",
        group="pii",
        steps=(planting(("L52", "L53"), "plain", "ip"),),
        expect=(NONE_LEFT,),
    ),
    Scenario(
        id="P-05.files",
        title="a file that can be read is redacted, any other does not leave",
        group="pii",
        setup="sdk_config",
        steps=(
            Scope(attachments={"a.txt": "the order of ann.smith@clinic.example is late"}),
            Capture(message="with a file"),
            Call(f"{ACTS}:binary_attachment"),
        ),
        expect=(
            NoLeaks(values=("ann.smith@clinic.example",)),
            Items(type="event", count=2, because="a file must not take its event with it"),
            Check(
                f"{CHECKS}:kept",
                kwargs={"type": "attachment", "texts": ["the order of ", " is late"]},
                because="a file that can be read arrives, without what is secret in it",
            ),
            Items(
                type="attachment",
                count=2,
                because="the text file goes with both errors of its scope; a binary file, which"
                " nobody can look into, must stay",
            ),
        ),
    ),
    Scenario(
        id="P-06",
        title="local variables and source lines of stack frames",
        group="pii",
        defaults=TRACED,
        steps=(planting(("L03", "L04", "L05", "L08", "L09", "L60", "L70"), "email"),),
        expect=(NONE_LEFT,),
    ),
    Scenario(
        id="P-06.names",
        title="local variables whose name tells, whatever the value looks like",
        group="pii",
        steps=(planting(BY_NAME, "plain"),),
        expect=(NONE_LEFT,),
    ),
    Scenario(
        id="P-06.switched_off",
        title="local variables, where none are to be sent, and secrets that hide themselves",
        group="pii",
        options={"include_local_variables": False},
        defaults=UNSEEN,
        steps=(planting(("L06", "L07"), "plain", phase="profiled"),),
        expect=(NONE_LEFT,),
    ),
    Scenario(
        id="P-07",
        title="addresses, queries, headers and cookies of requests",
        group="pii",
        defaults=TRACED,
        steps=(
            planting(("L58", "L59", "L60", "L61", "L62", "L63", "L69"), "email"),
            Call(f"{ACTS}:headers", kwargs=PROMISED),
            Call(f"{ACTS}:addresses", kwargs=PROMISED),
        ),
        expect=(NONE_LEFT,),
    ),
    Scenario(
        id="P-07.shape",
        title="the shape of an address is kept",
        group="pii",
        setup="sdk_config",
        defaults=TRACED,
        steps=(
            Call(
                f"{ACTS}:told",
                kwargs={
                    "method": "GET",
                    "url": "https://shop.example/users/ann.smith@clinic.example/orders/17",
                    "query_string": "page=2&access_token=zqabcdefgh&sort=price",
                },
            ),
        ),
        expect=(
            NoLeaks(values=("ann.smith@clinic.example", "zqabcdefgh")),
            Check(
                f"{CHECKS}:kept",
                kwargs={
                    "type": "event",
                    "texts": ["https://shop.example/users/", "/orders/17", "page=2", "sort=price"],
                },
                because="what is secret in an address goes, and the rest tells which route it was",
            ),
        ),
    ),
    Scenario(
        id="P-09",
        title="bodies of requests, by the integrations' ways to tell them",
        group="pii",
        defaults=TRACED,
        steps=(planting(("L47", "L64", "L65", "L66", "L67"), "email"),),
        expect=(NONE_LEFT,),
    ),
    Scenario(
        id="P-09.server",
        title="bodies that are really posted: JSON, broken JSON, forms, parts, text",
        group="pii",
        defaults=TRACED,
        needs=("aiohttp",),
        steps=(Call("scenarios.catalogue.acts.pii_aiohttp:post_bodies", kwargs=PROMISED),),
        expect=(
            NoLeaks(
                because="the body that a server's framework has read is told with the error",
                setting='max_request_body_size="never", or a scrubber that reads raw bodies',
            ),
        ),
    ),
    Scenario(
        id="P-10",
        title="databases, redis, processes and HTTP clients",
        group="pii",
        defaults=TRACED,
        steps=(
            planting(
                tuple(f"L{row}" for row in (27, 28, 29, 34, 35, 36, 37, 38, 39, 40)),
                "email",
            ),
        ),
        expect=(NONE_LEFT,),
    ),
    Scenario(
        id="P-10.shape",
        title="the shape of a statement is kept",
        group="pii",
        setup="sdk_config",
        defaults=TRACED,
        steps=(
            Transaction(
                "nightly",
                sampled=True,
                steps=(
                    Span(
                        "SELECT name FROM users WHERE email = 'ann.smith@clinic.example'", op="db"
                    ),
                    Span("GET user:ann.smith@clinic.example", op="db.redis"),
                    Span(
                        "GET https://api.example/reset/ann.smith@clinic.example", op="http.client"
                    ),
                ),
            ),
        ),
        expect=(
            NoLeaks(values=("ann.smith@clinic.example",)),
            Check(
                f"{CHECKS}:kept",
                kwargs={
                    "type": "transaction",
                    "texts": [
                        "SELECT name FROM users WHERE email =",
                        '"GET ',
                        "GET https://api.example/reset/",
                    ],
                },
                because="a statement without its values still tells which one is slow",
            ),
        ),
    ),
    Scenario(
        id="P-11",
        title="arguments of background jobs, GraphQL, prompts of language models",
        group="pii",
        defaults=TRACED,
        steps=(
            planting(
                ("L41", "L42", "L43", "L44", "L45", "L46", "L47", "graphql_variables"), "plain"
            ),
        ),
        expect=(NONE_LEFT,),
    ),
    Scenario(
        id="P-13",
        title="the header of an envelope, and what other services are told in baggage",
        group="pii",
        defaults=TRACED,
        steps=(planting(("L25", "L26"), "email"),),
        expect=(NONE_LEFT,),
    ),
)
