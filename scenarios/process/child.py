"""Drive a scenario: environment, setup, steps, flush; then the interpreter ends as it likes.

Rule: what a step raises ends the process as it would end an application, unless the step says
otherwise; our frames hide from stack traces.
May import: process.*; sentry_sdk inside functions.
"""

from __future__ import annotations

import atexit
import contextlib
import inspect
import os
import random
import socket
import sys
import threading
import time
import traceback
from typing import Any
from urllib.parse import urlsplit

from scenarios.process import control, journal, needs, requests, sdk_steps
from scenarios.process.names import ended, find
from scenarios.process.plan import Plan, Step

STEPS = {**sdk_steps.STEPS, **control.STEPS, "request": requests.request}

SETUP_FAILED = 70
"""The exit status of a child that could not be set up."""


def drive(connection: socket.socket) -> None:
    """Do what the plan says that comes first through this socket."""
    __traceback_hide__ = True
    plan = Plan(journal.begin(connection))
    _prepare(plan)
    if missing := needs.missing(plan.needs):
        journal.write("skip", reason=f"needs {missing}")
        return
    _set_up(plan)
    for step in plan.steps:
        do(step)
    if plan.flush:
        _flush()
    journal.at_step("")
    journal.write("done")


def leave() -> None:
    """End as the interpreter does behind the last line, without taking itself apart.

    Threads are waited for and exit handlers are run, as ever; what comes behind them is seen by
    nobody, and takes longer than most scenarios.
    """
    threading._shutdown()  # type: ignore[attr-defined]  # noqa: SLF001 - there is no other way
    atexit._run_exitfuncs()  # noqa: SLF001
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError, ValueError):
            stream.flush()
    os._exit(0)


def do(step: Step) -> None:
    """Do one step and journal what came of it."""
    __traceback_hide__ = True
    if step.do == "repeat":
        control.repeat(step, do)
        return
    journal.at_step(step.place)
    began, worked = time.perf_counter(), time.thread_time()
    try:
        value = STEPS[step.do](step, do_inner)
    except BaseException as error:
        _tell(step, "raised", began, worked, type=type(error).__name__, message=str(error))
        # A function of the user's is asked, not let loose.
        if step.do in ("call", "request") and isinstance(error, Exception) and not step.through:
            return
        raise
    if step.id or not step.quiet:
        _tell(step, "returned", began, worked, value=journal.plain(value))


def do_inner(step: Step) -> None:
    """Do the steps inside a step."""
    __traceback_hide__ = True
    for one in step.inner:
        do(one)


def _tell(step: Step, kind: str, began: float, worked: float, **data: Any) -> None:
    journal.at_step(step.place)
    seconds, cpu = time.perf_counter() - began, time.thread_time() - worked
    journal.write(kind, id=step.id, do=step.do, seconds=seconds, cpu_ms=cpu * 1000, **data)


def _prepare(plan: Plan) -> None:
    for name, value in plan.environment.items():
        if value is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = value
    os.chdir(plan.cwd)
    # As `python app.py` there would have it.
    sys.path[:] = [plan.cwd, *(path for path in sys.path if path not in ("", plan.cwd))]
    sys.argv[:] = plan.arguments
    random.seed(plan.seed)
    journal.write("start", pid=os.getpid(), python=sys.version.split()[0], sdk=_sdk_version())


def _sdk_version() -> str:
    try:
        from sentry_sdk.consts import VERSION
    except ImportError:
        return ""
    return str(VERSION)


def _set_up(plan: Plan) -> None:
    __traceback_hide__ = True
    if plan.setup == "none":
        return
    began = time.perf_counter()
    try:
        from scenarios.process.observe import watch

        watch()
        problems = _configure(plan)
    except Exception as error:  # noqa: BLE001 - it is the user's code, and told to the parent
        told = "".join(traceback.format_exception(type(error), error, error.__traceback__)[-6:])
        journal.write("broken", type=type(error).__name__, message=str(error), traceback=told)
        sys.exit(SETUP_FAILED)
    seen = _seen()
    journal.write("setup", seconds=time.perf_counter() - began, problems=problems, **seen)
    _refuse_other_relay(seen["dsn"])


def _configure(plan: Plan) -> list[str]:
    __traceback_hide__ = True
    if plan.setup == "raw":
        import sentry_sdk

        sentry_sdk.init(**plan.options)
        return []
    if plan.setup == "sdk_config":
        import sdk_config

        return [str(problem) for problem in sdk_config.setup(**plan.options).problems]
    setup = find(plan.setup)
    if not callable(setup):
        # Importing it is all: a Django settings module, say.
        return []
    if missing := [name for name in plan.options if not _takes(setup, name)]:
        journal.write("skip", reason=f"{plan.setup} takes no option {missing[0]!r}")
        sys.exit(0)
    ended(setup(**plan.options))
    return []


def _takes(function: Any, name: str) -> bool:
    try:
        parameters = inspect.signature(function).parameters
    except (TypeError, ValueError):
        return False
    any_name = any(one.kind is one.VAR_KEYWORD for one in parameters.values())
    return any_name or name in parameters


def _seen() -> dict[str, Any]:
    """What can be told of the SDK from outside."""
    import sentry_sdk

    client: Any = sentry_sdk.get_client()
    options = {
        name: value
        for name, value in (getattr(client, "options", None) or {}).items()
        if value is None or isinstance(value, str | int | float | bool)
    }
    ignored = (getattr(client, "options", None) or {}).get("ignore_errors") or ()
    return {
        # Without a DSN there is a client all the same, but it has no transport.
        "active": bool(client.is_active() and getattr(client, "transport", None)),
        "dsn": options.get("dsn") or "",
        "options": options,
        "release": options.get("release"),
        "ignored": [getattr(one, "__name__", one) for one in ignored],
        "integrations": sorted(getattr(client, "integrations", None) or ()),
    }


def _refuse_other_relay(dsn: str) -> None:
    """End before anything is sent elsewhere: a DSN in the code wins over the environment's."""
    wanted, found = urlsplit(os.environ.get("SENTRY_DSN", "")), urlsplit(dsn)
    if dsn and (wanted.hostname, wanted.port) != (found.hostname, found.port):
        where = f"{found.hostname}:{found.port}" if found.port else found.hostname
        journal.write(
            "broken",
            type="WrongDsn",
            message=f"the setup sends to {where}, not to SENTRY_DSN; nothing was driven."
            " Let the DSN come from the environment",
            traceback="",
        )
        os._exit(SETUP_FAILED)


def _flush() -> None:
    if "sentry_sdk" not in sys.modules:
        return
    import sentry_sdk

    before, left = None, _waiting()
    # On a machine that is busy elsewhere a queue takes longer, and nothing of it is lost.
    while before is None or 0 < left < before:
        sentry_sdk.flush(5)
        before, left = left, _waiting()


def _waiting() -> int:
    """How many envelopes wait in the SDK's queue; 0 where that cannot be told."""
    client = getattr(sys.modules["sentry_sdk"], "get_client", lambda: None)()
    worker = getattr(getattr(client, "transport", None), "_worker", None)
    return int(getattr(getattr(worker, "_queue", None), "unfinished_tasks", 0))
