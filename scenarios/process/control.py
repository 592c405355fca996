"""The steps that steer the process: calls, commands, faults, time, threads, forks and ends.

Rule: an end is a real one: nothing is flushed or caught that an application would not.
May import: process.{failures,journal,names,plan}; the standard library; time_machine inside.
"""

from __future__ import annotations

import datetime as dt
import os
import signal
import subprocess
import sys
import threading
import warnings
from collections.abc import Callable
from typing import Any

from scenarios.process import journal
from scenarios.process.failures import failing
from scenarios.process.names import ended, find
from scenarios.process.plan import Step

Inner = Callable[[Step], None]


def call(step: Step, inner: Inner) -> Any:
    """Call a function of the user's; what it returns."""
    __traceback_hide__ = True
    return ended(find(step.target)(*step.args, **step.kwargs))


def raise_(step: Step, inner: Inner) -> Any:
    """Raise."""
    __traceback_hide__ = True
    failing(step._data)()  # noqa: SLF001 - a failure's fields are those of the step


def catch(step: Step, inner: Inner) -> Any:
    """Do steps; what they raised, as text."""
    __traceback_hide__ = True
    try:
        inner(step)
    except Exception as error:  # noqa: BLE001 - that is the step
        return f"{type(error).__name__}: {error}"
    return None


def command(step: Step, inner: Inner) -> Any:
    """Run a command line; its exit status."""
    done = subprocess.run(
        step.command,
        shell=isinstance(step.command, str),
        env={**os.environ, **step.environment},
        input=step.input.encode(),
        cwd=step.cwd or None,
        check=False,
    )
    return done.returncode


def fault(step: Step, inner: Inner) -> Any:
    """Have the parent set a fault; it has, when this returns."""
    told = {"effect": step.effect, "match": step.match, "times": step.times, "clear": step.clear}
    return journal.ask("fault", **told)


def await_(step: Step, inner: Inner) -> Any:
    """Have the parent wait for items; how many there are. Raises when they do not come."""
    return journal.ask("await", expect=step.expect, within=step.within)


_travelled: list[Any] = []


def clock(step: Step, inner: Inner) -> Any:
    """Move the clock."""
    import time_machine

    now = dt.datetime.now(dt.UTC)
    to = dt.datetime.fromisoformat(step.to) if step.to else now
    if to.tzinfo is None:
        to = to.replace(tzinfo=dt.UTC)
    while _travelled:
        _travelled.pop().stop()
    _travelled.append(time_machine.travel(to + dt.timedelta(seconds=step.by), tick=step.ticks))
    _travelled[-1].start()
    return (to + dt.timedelta(seconds=step.by)).isoformat()


def thread(step: Step, inner: Inner) -> Any:
    """Do steps in threads at once, and wait for them."""
    threads = [threading.Thread(target=inner, args=(step,)) for _ in range(step.count)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()


def fork(step: Step, inner: Inner) -> Any:
    """Fork, do steps there, and wait; the exit status."""
    with warnings.catch_warnings():
        # The SDK has threads; what that does to a fork is what is looked at.
        warnings.simplefilter("ignore", DeprecationWarning)
        pid = os.fork()
    if pid:
        return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    inner(step)
    if step.exit == "os._exit":
        os._exit(0)
    sys.exit(0)


def exit_(step: Step, inner: Inner) -> Any:
    """End the process."""
    if step.how == "os._exit":
        os._exit(step.code)
    if step.how.startswith("SIG"):
        os.kill(os.getpid(), getattr(signal, step.how))
        # A handler of Python's runs before the next instruction, or the process is gone.
        return None
    sys.exit(step.code)


def repeat(step: Step, inner: Inner) -> Any:
    """Do steps so many times."""
    __traceback_hide__ = True
    for steps in step.rounds(step.times):
        for one in steps:
            inner(one)


STEPS: dict[str, Callable[[Step, Inner], Any]] = {
    "await": await_,
    "call": call,
    "catch": catch,
    "clock": clock,
    "command": command,
    "exit": exit_,
    "fault": fault,
    "fork": fork,
    "raise": raise_,
    "thread": thread,
}
"""Step -> what does it."""
