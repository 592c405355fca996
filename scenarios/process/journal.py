"""What the child writes down of its own doings: lines of JSON through a socket to the parent.

A line has `kind`, `at` (seconds since 1970 by the real clock), `step` (`2`, `2.0`) and the rest:

- `start`      pid, python, sdk (version)
- `setup`      seconds, active, dsn, options (plain ones), integrations (names), release, problems
- `client`     the setup, or a step, starts an SDK client
- `generated`  category, quantity, event_id, and for transactions `spans`, `trace_id`,
               `span_id`, `name`, `sampled`, `drawn` and what came with the trace:
               what the SDK was given, before any sampling or hook
- `discarded`  category, reason, quantity: what the SDK noted as lost
- `dropped`    entries (category, reason, quantity): what sdk_config took out, told at the end
- `returned`   id, do, value (JSON, or its repr), seconds, cpu_ms: a step that came to its end
- `raised`     id, do, type, message, seconds, cpu_ms: a step that raised
- `canary`     value and what a planter adds (`class`, `surface`): a value that must not leave
- `note`       whatever a called function wrote down with `note(...)`
- `done`       the steps have come to their end; what follows is the interpreter's
- `ask`        a question to the parent (`fault`, `await`); it answers one line of JSON

Functions that a scenario calls may use `note`, `canary` and `generated` of this module.
Rule: a line is written at once, for the process may die at any time.
May import: the standard library.
"""

from __future__ import annotations

import json
import os
import socket
import threading
import time
from typing import Any

_EPOCH = time.time() - time.perf_counter()


def _now() -> float:
    """Seconds since 1970. A scenario may move the clock of the process, but not this counter."""
    return _EPOCH + time.perf_counter()


class _Journal:
    """The one journal of this process."""

    def __init__(self) -> None:
        self.socket: socket.socket | None = None
        self.reading: Any = None
        self.step = ""
        self.lock = threading.RLock()

    def __repr__(self) -> str:
        return "<journal>"


_journal = _Journal()


def begin(connection: socket.socket) -> Any:
    """Journal to this socket from now on; the plan that stands in its first line."""
    _journal.socket = connection
    _journal.reading = connection.makefile("r", encoding="utf-8")
    os.register_at_fork(after_in_child=_fresh_lock)
    return json.loads(_journal.reading.readline())


def _fresh_lock() -> None:
    _journal.lock = threading.RLock()


def at_step(place: str) -> None:
    """Name the step that the following lines belong to."""
    _journal.step = place


def write(kind: str, **data: Any) -> None:
    """Write a line; outside of a scenario it does nothing."""
    if _journal.socket is None:
        return
    line = {"kind": kind, "at": _now(), "step": _journal.step, **data}
    encoded = json.dumps(line, default=_shown).encode("utf-8", "backslashreplace") + b"\n"
    with _journal.lock:
        try:
            _journal.socket.sendall(encoded)
        except OSError:
            # The parent has gone; nobody wants to know any more.
            _journal.socket = None


def ask(what: str, **data: Any) -> Any:
    """Ask the parent, and wait for its answer; raises `RuntimeError` with what it refuses."""
    if _journal.socket is None:
        raise RuntimeError(f"{what} needs the scenario's parent; run it by a scenario")
    with _journal.lock:
        write("ask", what=what, **data)
        line = _journal.reading.readline()
    answer = json.loads(line) if line else {"error": "the parent has gone"}
    if "error" in answer:
        raise RuntimeError(answer["error"])
    return answer.get("ok")


def note(**data: Any) -> None:
    """Write down something that an expectation will want to know."""
    write("note", **data)


def canary(value: str, **about: Any) -> str:
    """Write down that this value was planted and must not leave; the value."""
    write("canary", value=value, **about)
    return value


def generated(category: str, quantity: int = 1, **about: Any) -> None:
    """Write down that so many units of a data category were given to the SDK."""
    write("generated", category=category, quantity=quantity, **about)


def _shown(value: Any) -> str:
    return repr(value)[:1000]


def plain(value: Any) -> Any:
    """The value if JSON can carry it, else its repr."""
    try:
        json.dumps(value)
    except (TypeError, ValueError):
        return _shown(value)
    return value
