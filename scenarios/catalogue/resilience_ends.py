"""Resilience of processes: ends of every kind, forks, and starts that come twice.

Rule: the queue holds what it must when the end comes, because the relay keeps its answer back.
May import: scenario, steps, expectations, catalogue.resilience.
"""

from __future__ import annotations

from scenarios.catalogue.resilience import ACTS, CHECKS, GROUP, OURS, UNSAMPLED, all_queued, held
from scenarios.expectations import Accounted, Check, Exited, Items, Journaled
from scenarios.scenario import Scenario
from scenarios.steps import Call, Exit, Fork, Message, Step


def _saved(
    name: str,
    title: str,
    last: tuple[Step, ...],
    ended: Exited,
    because: str,
    setting: str,
    known: dict[str, str] | None = None,
) -> Scenario:
    return Scenario(
        id=f"X-07.{name}",
        title=f"{title} with five events in the queue",
        group=GROUP,
        promised=UNSAMPLED,
        flush=False,
        steps=(*held(5, 300), *last),
        expect=(all_queued(5, because, setting), ended),
        known=known or {},
    )


NORMAL = "shutdown_timeout above 0, and AtexitIntegration not switched off"

SAVED = (
    _saved(
        "normal",
        "a normal end",
        (),
        Exited(code=0),
        "at a normal end the SDK sends what waits, for at most shutdown_timeout seconds",
        NORMAL,
    ),
    _saved(
        "exit",
        "sys.exit",
        (Exit(how="sys.exit", code=3),),
        Exited(code=3),
        "sys.exit is a normal end: the SDK sends what waits",
        NORMAL,
    ),
    _saved(
        "SIGTERM",
        "SIGTERM",
        (Exit(how="SIGTERM"),),
        Exited(signal="SIGTERM"),
        "SIGTERM, by which every deployment ends a process, ends it without Python's exit"
        " handlers, and the queue is lost without a word",
        f"{OURS}, or a handler of SIGTERM that calls sys.exit(0)",
        {"own": "SIGTERM without a handler loses the queue; one that calls sys.exit saves it"},
    ),
)

LOST = (
    Scenario(
        id=f"X-07.{name}",
        title=f"{name} with five events in the queue",
        group=GROUP,
        promised=UNSAMPLED,
        flush=False,
        steps=(*held(5, 5000), Exit(how=name)),
        expect=(
            ended,
            all_queued(
                1,
                "nothing can send what waits when a process ends like that; only the first was"
                " on its way",
            ),
            Accounted(categories=("error",)),
        ),
    )
    for name, ended in (("os._exit", Exited(code=0)), ("SIGKILL", Exited(signal="SIGKILL")))
)

FORKS = (
    Scenario(
        id="X-08",
        title="a fork while events wait",
        group=GROUP,
        promised=UNSAMPLED,
        steps=(
            *held(5, 400),
            Fork(steps=(Message("from the child"),), exit="normal"),
        ),
        expect=(
            Check(
                target=f"{CHECKS}:once_each",
                because="a forked child has a copy of the queue, and sends it as well when it"
                " starts to send",
                setting=f"{OURS}, which begins anew in a child; or flush before the fork, or"
                " start the SDK in the child",
            ),
            all_queued(5, "what waited is the parent's to send, once"),
            Items(
                type="event",
                where={"message": "from the child"},
                count=1,
                because="what the child captures must arrive when it ends normally",
            ),
        ),
        known={"own": "the SDK copies its queue into a forked child, and both send it"},
    ),
    Scenario(
        id="X-08.process",
        title="a child of multiprocessing that does not flush",
        group=GROUP,
        promised=UNSAMPLED,
        steps=(Call(f"{ACTS}:capture_in_a_process", id="child"),),
        expect=(
            Journaled(step="child", returned=0),
            Items(
                type="event",
                where={"message": "from a child of multiprocessing"},
                count=1,
                because="multiprocessing ends a child without Python's exit handlers, so that"
                " what it captured is never sent",
                setting=f"{OURS}, or sentry_sdk.flush() as the last thing that the child does",
            ),
        ),
        known={"own": "children of multiprocessing end before the SDK sends; flush in the child"},
    ),
)

STARTS = (
    Scenario(
        id="X-11",
        title="how often the setup starts the SDK",
        group=GROUP,
        promised=UNSAMPLED,
        steps=(Message("started"),),
        expect=(
            Check(
                target=f"{CHECKS}:one_client",
                because="of two calls of init the last one wins: hooks, rates and integrations of"
                " the first are gone, what waited in its queue may be",
                setting="one call of init, or of sdk_config.setup(), in one place",
            ),
        ),
    ),
    *(
        Scenario(
            id=f"X-11.{name}",
            title=f"a second setup with {name} settings",
            group=GROUP,
            setup="sdk_config",
            options={"sample_rate": 1.0},
            steps=(
                Message("before"),
                Call(f"{ACTS}:set_up_again", id="again", kwargs={"sample_rate": rate}),
                Message("after"),
            ),
            expect=(
                Journaled(
                    step="again",
                    returned={"enabled": True, "same": same, "warned": not same},
                    because="equal settings change nothing; others count, and are warned of",
                ),
                Items(type="event", where={"message": "before"}, count=1),
                Items(type="event", where={"message": "after"}, count=after),
            ),
        )
        for name, rate, same, after in (("equal", 1.0, True, 1), ("other", 0.0, False, 0))
    ),
)

SCENARIOS: tuple[Scenario, ...] = (*SAVED, *LOST, *FORKS, *STARTS)
