"""Frameworks behind the pages: tasks, databases, stores, queues, GraphQL.

Rule: no service is needed; what needs one runs in memory.
May import: scenario, steps, expectations, catalogue.frameworks.
"""

from __future__ import annotations

from scenarios.catalogue.frameworks import CHECKS, GROUP, UNSAMPLED, WORK
from scenarios.expectations import Accounted, Check, Items, Journaled
from scenarios.scenario import Scenario
from scenarios.steps import Call, Request, Transaction

STATES = {"fine": "SUCCESS", "fails": "FAILURE", "ignored": "IGNORED", "retried": "SUCCESS"}

TASKS = (
    *(
        Scenario(
            id=scenario_id,
            title=title,
            group=GROUP,
            setup=setup,
            needs=("celery",),
            promised=() if setup else UNSAMPLED,
            steps=(Call(f"{WORK}:run_celery_tasks", id="ran", kwargs={"monitored": bool(setup)}),),
            expect=(
                Journaled(step="ran", returned=STATES),
                Items(
                    type="event",
                    where={"exception": "ArithmeticError"},
                    count=1,
                    because="a task that fails is one event: not two, by a monitor or a log line"
                    " beside the integration, and not none",
                    setting="CeleryIntegration, and no capture of your own in tasks",
                ),
                Items(
                    type="event",
                    count=1,
                    because="a retry and an ignored task are no errors",
                ),
                Check(target=f"{CHECKS}:unhandled", kwargs={"exception": "ArithmeticError"}),
                Accounted(categories=("error",)),
            ),
        )
        for scenario_id, title, setup in (
            ("FW-06", "tasks of Celery: fine, failed, retried, ignored", ""),
            ("FW-06.monitor", "the same under sdk_config's monitor of tasks", "sdk_config"),
        )
    ),
    Scenario(
        id="FW-06.late",
        title="an SDK that starts after Celery has patched its tasks",
        group=GROUP,
        setup="none",
        needs=("celery",),
        cases={"early": {"begin": "early", "told": 1}, "late": {"begin": "late", "told": 0}},
        steps=(
            Call(f"{WORK}:run_celery_process", args=("${case.begin}",), id="ended"),
            Call(f"{WORK}:late_celery", id="checked"),
        ),
        expect=(
            Journaled(step="ended", returned="FAILURE"),
            Items(
                type="event",
                where={"exception": "ArithmeticError", "transaction": "shop.pay"},
                count="${case.told}",
                because="a process of a worker has made its tasks ready when it sends"
                " worker_process_init: an SDK that starts there is never told of an error",
                setting="start the SDK where the application is imported, or on celeryd_init",
            ),
            Journaled(
                step="checked",
                returned={"found": ["INIT-LATE"]},
                because="the check of the source finds it before it is deployed",
            ),
        ),
    ),
)

STORES = (
    *(
        Scenario(
            id=f"FW-08.{name}",
            title=title,
            group=GROUP,
            needs=needs,
            defaults={"traces_sample_rate": 1.0},
            steps=(Transaction("work", sampled=True, steps=(Call(f"{WORK}:{act}"),)),),
            expect=(
                Check(
                    target=f"{CHECKS}:spans",
                    kwargs={"transaction": "work", "op": "db", "number": number},
                    because="each statement is one span: none without the integration, two where"
                    " something else times it as well",
                    setting=f"the SDK's integration of {needs[0]}",
                ),
            ),
        )
        for name, title, needs, act, number in (
            ("sqlalchemy", "statements of SQLAlchemy", ("sqlalchemy",), "query_sqlalchemy", 3),
            ("redis", "commands of redis", ("redis", "fakeredis"), "use_redis", 2),
        )
    ),
    Scenario(
        id="FW-08.rq",
        title="a job of RQ that fails in a forked worker",
        group=GROUP,
        needs=("rq", "fakeredis"),
        promised=UNSAMPLED,
        steps=(Call(f"{WORK}:run_rq_worker", id="left"),),
        expect=(
            Journaled(step="left", returned=0),
            Items(
                type="event",
                where={"exception": "ConnectionError"},
                count=1,
                because="the worker forks for each job and ends the child by os._exit; the"
                " integration flushes there",
                setting="RqIntegration",
            ),
            Items(type="event", count=1),
        ),
    ),
)

GRAPHQL = (
    Scenario(
        id="FW-10",
        title="a field of GraphQL that fails",
        group=GROUP,
        cases={
            "strawberry": {"name": "strawberry", "needs": "strawberry-graphql"},
            "ariadne": {"name": "ariadne", "needs": "ariadne"},
        },
        needs=("${case.needs}", "starlette"),
        promised=UNSAMPLED,
        steps=(
            Request(
                id="asked",
                app=f"{WORK}:${{case.name}}_app",
                method="POST",
                path="/graphql",
                json={"query": "{ stock }"},
            ),
        ),
        expect=(
            Journaled(step="asked", returned=200),
            Items(
                type="event",
                where={"exception": "PermissionError"},
                count=1,
                because="a GraphQL server answers 200 with an error in it; without its integration"
                " nobody hears of that, and with a log line beside it twice",
                setting="StrawberryIntegration or AriadneIntegration",
            ),
            Items(type="event", count=1),
        ),
    ),
    Scenario(
        id="FW-10.user",
        title="whose query it was, and an error that is handed over twice",
        group=GROUP,
        setup="sdk_config",
        needs=("strawberry-graphql",),
        steps=(Call(f"{WORK}:query_for_a_user", id="sent"),),
        expect=(
            Items(
                type="event",
                where={"exception": "PermissionError", "user": {"id": "user-7"}},
                count=1,
                because="the user of the request is bound to its errors, and each is sent once",
            ),
            Items(type="event", count=1),
        ),
    ),
)

SCENARIOS: tuple[Scenario, ...] = (*TASKS, *STORES, *GRAPHQL)
