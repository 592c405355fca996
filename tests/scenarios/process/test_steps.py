"""Every step does what it says, on the oldest SDK that is supported and on the newest."""

from __future__ import annotations

from typing import Any

import pytest

from scenarios import (
    Breadcrumb,
    Call,
    Capture,
    Catch,
    CheckIn,
    Clock,
    Command,
    Continue,
    Exit,
    Exited,
    Failure,
    Feedback,
    Flush,
    Fork,
    Items,
    Journaled,
    Ledger,
    Log,
    Message,
    Order,
    Raise,
    Repeat,
    Result,
    Scenario,
    Scope,
    Session,
    Span,
    Target,
    Thread,
    Transaction,
    run,
)
from scenarios.expectations import Expectation
from scenarios.report.terminal import text
from scenarios.steps import Step

TRACED = {"traces_sample_rate": 1.0}
TRACE = "0af7651916cd43dd8448eb211c80319c"

Case = tuple[list[Step], list[Expectation], dict[str, Any]]


def event(**where: Any) -> Items:
    """Exactly one event, and it is like this."""
    return Items(type="event", where=where, count=1)


def transaction(**where: Any) -> Items:
    """Exactly one such transaction."""
    return Items(type="transaction", where=where, count=1)


CASES: dict[str, Case] = {
    "a message": ([Message("hi", level="warning")], [event(message="hi", level="warning")], {}),
    "a captured exception with all that it can have": (
        [
            Capture(
                type="KeyError",
                message="who",
                cause=Failure(type="OSError", message="disk"),
                notes=("see the log",),
                locals={"cart": 7},
                level="fatal",
                tags={"shop": "berlin"},
            )
        ],
        [
            event(
                exception="OSError",
                level="fatal",
                tags__shop="berlin",
                payload__exception__values__1__value__contains="who",
            )
        ],
        {},
    ),
    "a group of exceptions": (
        [Capture(group=(Failure(message="one"), Failure(type="TypeError", message="two")))],
        [event(exception="TypeError")],
        {},
    ),
    "an exception that nobody catches": (
        [Raise("ZeroDivisionError", "by zero")],
        [
            event(
                exception="ZeroDivisionError",
                payload__exception__values__0__mechanism__handled=False,
            ),
            Exited(code=1),
        ],
        {},
    ),
    "an exception that is caught": (
        [Catch(steps=(Raise("ValueError", "no"),), id="caught"), Message("after")],
        [event(message="after"), Journaled("caught", returned="ValueError: no")],
        {},
    ),
    "a transaction with spans and data": (
        [
            Transaction(
                "checkout",
                op="task",
                data={"size": 3},
                tags={"plan": "pro"},
                steps=(Span("SELECT 1", op="db", steps=(Span("inner"),)), Span("b")),
            )
        ],
        [
            transaction(transaction="checkout", spans__2__description="b", tags__plan="pro"),
            Ledger("transaction", 1),
        ],
        TRACED,
    ),
    "an exception through a transaction": (
        [Catch(steps=(Transaction("pay", steps=(Raise(),)),))],
        [transaction(contexts__trace__status="internal_error")],
        TRACED,
    ),
    "a transaction that is not to be sampled": (
        [Transaction("pay", sampled=False, id="pay")],
        [Items(type="transaction", count=0)],
        TRACED,
    ),
    "a trace that goes on": (
        [Continue("GET /", headers={"sentry-trace": f"{TRACE}-{TRACE[:16]}-1"})],
        [transaction(trace_id=TRACE)],
        {"traces_sample_rate": 0.0},
    ),
    "a line of logging": (
        [Log("sold %s", level="error", logger="shop", args=("tea",), extra={"n": 1})],
        [event(message="sold %s", logentry__params=["tea"], logger="shop", extra__n=1)],
        {},
    ),
    "a logged exception": (
        [Log("oh", level="error", error=Failure(type="OSError", message="disk"))],
        [event(exception="OSError")],
        {},
    ),
    "a breadcrumb and a line that makes one": (
        [Breadcrumb("clicked", category="ui"), Log("seen", level="info"), Message("m")],
        [
            event(
                message="m",
                payload__breadcrumbs__values__0__message="clicked",
                payload__breadcrumbs__values__1__message="seen",
            )
        ],
        {},
    ),
    "a scope that stays": (
        [Scope(user={"id": "7"}, contexts={"cart": {"size": 2}}, fingerprint=("a",)), Message("m")],
        [event(user__id="7", contexts__cart__size=2, fingerprint=["a"])],
        {},
    ),
    "a scope that ends with its steps": (
        [Scope(tags={"side": "in"}, steps=(Message("one"),)), Message("two")],
        [
            Order(
                (
                    Items(type="event", where={"message": "one", "tags__side": "in"}),
                    Items(type="event", where={"message": "two", "tags__side__exists": False}),
                )
            )
        ],
        {},
    ),
    "an attachment": (
        [Scope(attachments={"note.txt": "hello"}), Message("m")],
        [Items(type="attachment", count=1)],
        {},
    ),
    "a session of the application": (
        [Session(steps=(Capture(),))],
        [Items(type="session", where={"status": "exited", "errors": 1})],
        {"release": "shop@1.0", "auto_session_tracking": True},
    ),
    "a check-in": (
        [CheckIn("backup", status="error")],
        [Items(type="check_in", where={"monitor_slug": "backup", "status": "error"}, count=1)],
        {},
    ),
    "a monitored job that fails": (
        [Catch(steps=(CheckIn("backup", steps=(Raise(),)),))],
        [
            Order(
                (
                    Items(type="check_in", where={"status": "in_progress"}),
                    Items(type="check_in", where={"status": "error"}),
                )
            )
        ],
        {},
    ),
    "a feedback": (
        [Feedback("nice", name="Ann")],
        [Items(type=("feedback", "event"), count=1)],
        {},
    ),
    "a called function": (
        [Call("json:dumps", args=([1],), kwargs={"indent": None}, id="dumped")],
        [Journaled("dumped", returned="[1]")],
        {},
    ),
    "a called function that raises": (
        [Call("json:loads", args=("{",), id="loaded"), Message("after")],
        [Journaled("loaded", raised="JSONDecodeError", said="line 1"), event(message="after")],
        {},
    ),
    "a called coroutine": (
        [Call("asyncio:sleep", args=(0, "done"), id="slept")],
        [Journaled("slept", returned="done")],
        {},
    ),
    "a command line": (
        [Command(("sh", "-c", "echo $SENTRY_DSN; exit 3"), id="sh"), Command("exit 4", id="text")],
        [Exited(output="http://"), Journaled("sh", returned=3), Journaled("text", returned=4)],
        {},
    ),
    "a moved clock": (
        [Clock(to="2031-05-06T07:08:09Z", ticks=False), Message("later")],
        [event(timestamp="2031-05-06T07:08:09.000000Z")],
        {},
    ),
    "threads": ([Thread((Message("hi"),), count=3)], [Items(type="event", count=3)], {}),
    "a fork": (
        [Fork(steps=(Message("child"), Flush()), id="fork"), Message("parent")],
        [event(message="child"), event(message="parent"), Journaled("fork", returned=0)],
        {},
    ),
    "rounds": (
        [Repeat(3, steps=(Message("round ${n}"),))],
        [event(message="round 0"), event(message="round 2"), Items(type="event", count=3)],
        {},
    ),
    "an end by sys.exit": (
        [Message("last"), Exit(code=3), Message("never")],
        [event(message="last"), Exited(code=3), Items(type="event", count=1)],
        {},
    ),
    "an end by os._exit": (
        [Message("lost"), Exit("os._exit", code=4)],
        [Exited(code=4)],
        {},
    ),
    "an end by a signal": ([Exit("SIGKILL")], [Exited(signal="SIGKILL")], {}),
}


@pytest.fixture(scope="module")
def results(sdk: Target) -> dict[str, Result]:
    """All of them in one run."""
    scenarios = [
        Scenario(id=name, steps=tuple(steps), expect=tuple(expect), options=options)
        for name, (steps, expect, options) in CASES.items()
    ]
    return {result.id: result for result in run(scenarios, sdk).results}


@pytest.mark.slow(8)
@pytest.mark.parametrize("name", CASES)
def test_a_step_does_what_it_says(name: str, results: dict[str, Result]) -> None:
    assert results[name].status == "passed", text(results[name])
