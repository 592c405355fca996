"""Errors: what is raised and captured comes out once, with what it needs.

May import: scenario, steps, expectations.
"""

from __future__ import annotations

from scenarios.expectations import Check, Exited, Items
from scenarios.scenario import Scenario
from scenarios.steps import Capture, Exit, Failure, Message, Raise

ACTS = "scenarios.catalogue.acts.errors"
CHECKS = "scenarios.catalogue.checks.errors"

ALL_SENT = ("rate.errors==1",)

NO_HELPERS = (
    "the application calls the SDK's own functions here, for sdk_config is not in use;"
    " no configuration of the SDK can mend that"
)

CAPTURE_LOST = (
    "an error that is captured must arrive: a before_send that returns nothing, a sample rate"
    " below 1 or an ignored class takes it"
)


SCENARIOS = (
    Scenario(
        id="E-01.raised",
        title="an exception that nobody catches ends the process",
        group="errors",
        promised=ALL_SENT,
        steps=(Raise(type="ZeroDivisionError", message="the bill of nobody"),),
        expect=(
            Items(
                type="event",
                where={"exception": "ZeroDivisionError"},
                count=1,
                because="what ends a process is told by the excepthook and sent by the exit"
                " handler; without these integrations, or in no time for it, it is lost",
                setting="default_integrations left on, shutdown_timeout above 0",
            ),
            Check(
                target=f"{CHECKS}:unhandled",
                because="what says that it was handled makes no session crashed",
            ),
            Exited(code=1),
        ),
    ),
    Scenario(
        id="E-01.interrupt",
        title="an interrupt from the keyboard ends the process",
        group="errors",
        promised=ALL_SENT,
        steps=(Raise(type="KeyboardInterrupt"),),
        expect=(
            Items(
                type="event",
                where={"exception": "KeyboardInterrupt"},
                count=1,
                because="it ends the process like any exception that nobody catches",
            ),
            Check(target=f"{CHECKS}:unhandled"),
        ),
    ),
    Scenario(
        id="E-01.exit",
        title="sys.exit is an end and no error",
        group="errors",
        steps=(Exit(how="sys.exit", code=3),),
        expect=(
            Items(
                type="event",
                count=0,
                because="SystemExit is how a program ends, and must not be told as an error",
            ),
            Exited(code=3),
        ),
    ),
    Scenario(
        id="E-02",
        title="capture_exception",
        group="errors",
        promised=ALL_SENT,
        steps=(Capture(id="captured", type="ValueError", message="out of stock"),),
        expect=(
            Items(
                type="event",
                where={"event_id": "${step.captured}", "exception": "ValueError", "level": "error"},
                count=1,
                because=f"{CAPTURE_LOST}; it is the event of the id that the call returned",
                setting="before_send, sample_rate, ignore_errors",
            ),
            Items(type="event", count=1, because="one capture is one event; what adds others?"),
            Check(
                target=f"{CHECKS}:complete",
                setting="release, environment",
            ),
        ),
    ),
    Scenario(
        id="E-02.promised",
        title="the environment that is promised is that of an error",
        group="errors",
        promised=ALL_SENT,
        steps=(Capture(type="ValueError", message="out of stock"),),
        expect=(
            Items(
                type="event",
                where={"environment": "${environment}"},
                count=1,
                because="errors of one environment must not be told as those of another; an SDK"
                " that is told none says production",
                setting="environment=, or SENTRY_ENVIRONMENT",
            ),
        ),
    ),
    Scenario(
        id="E-03",
        title="capture_message at every level",
        group="errors",
        promised=ALL_SENT,
        steps=tuple(
            Message(f"the level is {level}", level=level)
            for level in ("debug", "info", "warning", "error", "fatal")
        ),
        expect=tuple(
            Items(
                type="event",
                where={"message": f"the level is {level}", "level": level},
                count=1,
                because=f"a message of the level {level} must arrive with its level; a hook that"
                " looks for an exception drops messages, or fails on them",
                setting="before_send: a message has no exception",
            )
            for level in ("debug", "info", "warning", "error", "fatal")
        ),
    ),
    Scenario(
        id="E-03.stack",
        title="a message with a stack, and one without",
        group="errors",
        promised=ALL_SENT,
        cases={"on": {"attach": True}, "off": {"attach": False}},
        options={"attach_stacktrace": "${case.attach}"},
        steps=(Message("where am I"),),
        expect=(
            Items(type="event", count=1, because="a message must arrive"),
            Check(
                target=f"{CHECKS}:threads",
                kwargs={"present": "${case.attach}"},
                because="a message has a stack, under threads, only where it is asked for",
                setting="attach_stacktrace",
            ),
        ),
    ),
    Scenario(
        id="E-04.chained",
        title="an exception from another",
        group="errors",
        promised=ALL_SENT,
        steps=(
            Capture(
                type="RuntimeError",
                message="no price",
                cause=Failure(type="KeyError", message="price"),
            ),
        ),
        expect=(
            Items(type="event", count=1, because=CAPTURE_LOST),
            Check(
                target=f"{CHECKS}:linked",
                kwargs={"types": ["KeyError", "RuntimeError"]},
                because="a cause stands before its effect, or an issue shows the wrong exception",
            ),
        ),
    ),
    Scenario(
        id="E-04.grouped",
        title="a group of exceptions",
        group="errors",
        promised=ALL_SENT,
        steps=(
            Capture(
                type="ExceptionGroup",
                message="two imports",
                group=(
                    Failure(type="ValueError", message="row 7"),
                    Failure(type="KeyError", message="sku"),
                ),
            ),
        ),
        expect=(
            Items(type="event", count=1, because=CAPTURE_LOST),
            Check(
                target=f"{CHECKS}:linked",
                kwargs={
                    "types": ["KeyError", "ValueError", "ExceptionGroup"],
                    "sources": ["exceptions[1]", "exceptions[0]", None],
                },
                because="the members of a group come with it, each linked to it",
            ),
        ),
    ),
    Scenario(
        id="E-04.noted",
        title="an exception with notes",
        group="errors",
        promised=ALL_SENT,
        needs=("sentry-sdk>=2.11",),
        steps=(Capture(type="ValueError", message="bad row", notes=("in line 7",)),),
        expect=(
            Items(
                type="event",
                where={"exception_value": "bad row\nin line 7"},
                count=1,
                because="notes say what the message does not, and stand behind it",
            ),
        ),
    ),
)
