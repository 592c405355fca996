"""Start children from the parent: through a fork server, or each as a process of its own.

Rule: a child is in a process group of its own, and when it ends or its time is up the whole
group goes. What it prints is kept up to a bound.
May import: process.forkserver's names; the standard library.
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import socket
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Self

from scenarios.process.forkserver import RUN, kill_group

ROOM = Path(__file__).resolve().parents[1]

# The package is loaded by its place: another interpreter need not find it, nor what is beside it.
BOOTSTRAP = """\
import importlib.util, sys
spec = importlib.util.spec_from_file_location(
    "scenarios", {init!r}, submodule_search_locations=[{room!r}])
sys.modules["scenarios"] = importlib.util.module_from_spec(spec)
spec.loader.exec_module(sys.modules["scenarios"])
from scenarios.process.forkserver import offer, serve
offer({beside!r})
connection = serve({fd}, once={once}, load={load!r})
if connection is not None:
    from scenarios.process.child import drive, leave
    drive(connection)
    leave()
"""

OUTPUT_KEPT = 20_000
"""Bytes of the end of what a child printed."""
LOADING = 120.0
"""Seconds that the fork server has to load what each child needs."""
GRACE = 5.0
"""Seconds that a killed child has to be gone."""


@dataclass(frozen=True)
class Ended:
    """How a child ended: an exit code, or a negative signal; `None` was not told."""

    code: int | None
    timed_out: bool
    stopped: bool
    output: str


class Launcher:
    """Starts children; a context manager.

    `load` are modules that its fork server loads beside the SDK; without `fork`, or where there
    is none, each child is started anew.
    """

    def __init__(
        self,
        python: str,
        environment: Mapping[str, str],
        cwd: str,
        *,
        load: Sequence[str] = (),
        fork: bool = True,
    ) -> None:
        self._python = python
        self._environment = dict(environment)
        self._cwd = cwd
        self._load = tuple(load)
        self._fork = fork and hasattr(os, "fork")
        self._server: subprocess.Popen[bytes] | None = None
        self._control: socket.socket | None = None
        self._lock = threading.Lock()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End the fork server, and with it all of its children."""
        if self._control is not None:
            self._control.close()
            self._control = None
        if self._server is not None:
            with contextlib.suppress(subprocess.TimeoutExpired):
                # It ends its children first.
                self._server.wait(GRACE)
        self._forget()

    def run(
        self,
        plan: Mapping[str, Any],
        hear: Callable[[dict[str, Any], Callable[[Any], None]], None],
        *,
        time_limit: float,
        stop: Callable[[], bool],
        spawn: bool = False,
    ) -> Ended:
        """Run a child with this plan, giving each line that it journals to `hear`, to its end.

        `hear` gets the line and a way to answer it. `stop` is asked now and then, and ends the
        child when it is true. Raises `OSError` when there can be no process.
        """
        ours, theirs = socket.socketpair()
        told, tell = os.pipe()
        with ours, tempfile.TemporaryFile() as output:
            try:
                process = self._begin(theirs, output, tell, spawn=spawn)
            finally:
                theirs.close()
                os.close(tell)
            child = _Child(ours, told, process)
            try:
                child.send(plan)
                code, timed_out, stopped = child.follow(hear, time_limit, stop)
            finally:
                child.kill()
                os.close(told)
            return Ended(code, timed_out, stopped, _end_of(output))

    def _begin(
        self, theirs: socket.socket, output: IO[bytes], tell: int, *, spawn: bool
    ) -> subprocess.Popen[bytes] | None:
        fds = [theirs.fileno(), output.fileno(), tell]
        if spawn or not self._fork:
            process, control = self._start(once=True)
            with control:
                socket.send_fds(control, [RUN], fds)
            return process
        with self._lock:
            try:
                socket.send_fds(self._ready(), [RUN], fds)
            except (BrokenPipeError, ConnectionResetError):
                # A child may kill its parent; the next one gets another.
                self._forget()
                socket.send_fds(self._ready(), [RUN], fds)
        return None

    def _ready(self) -> socket.socket:
        """The connection to the fork server, which is started when there is none."""
        if self._server is not None and self._server.poll() is not None:
            self._forget()
        if self._control is None:
            self._server, self._control = self._start(once=False)
        return self._control

    def _forget(self) -> None:
        server, control = self._server, self._control
        self._server = self._control = None
        if control is not None:
            control.close()
        if server is not None:
            server.kill()
            server.wait()

    def _start(self, *, once: bool) -> tuple[subprocess.Popen[bytes], socket.socket]:
        ours, theirs = socket.socketpair()
        init = str(ROOM / "__init__.py")
        code = BOOTSTRAP.format(
            init=init,
            room=str(ROOM),
            beside=str(ROOM.parent),
            fd=theirs.fileno(),
            once=once,
            load=self._load,
        )
        try:
            with theirs:
                process = subprocess.Popen(
                    [self._python, "-c", code],
                    cwd=self._cwd,
                    env=self._environment,
                    stdin=subprocess.DEVNULL,
                    pass_fds=[theirs.fileno()],
                    process_group=0,
                )
        except OSError:
            ours.close()
            raise
        return process, ours


class _Child:
    """One child, seen from the parent."""

    def __init__(
        self, connection: socket.socket, told: int, process: subprocess.Popen[bytes] | None
    ) -> None:
        self._connection = connection
        self._told = told
        self._process = process
        self._pid = 0 if process is None else process.pid
        self._code: int | None = None
        self._buffer = b""
        self._said = b""

    def send(self, answer: Any) -> None:
        """Send a line of JSON; a child that has gone does not get it."""
        with contextlib.suppress(OSError):
            self._connection.sendall(json.dumps(answer).encode() + b"\n")

    def follow(
        self,
        hear: Callable[[dict[str, Any], Callable[[Any], None]], None],
        time_limit: float,
        stop: Callable[[], bool],
    ) -> tuple[int | None, bool, bool]:
        """Hear it to its end: its code, whether its time was up, whether it was stopped."""
        begun = self._pid != 0
        deadline = time.monotonic() + (time_limit if begun else LOADING)
        timed_out = stopped = False
        # A process of our own is asked itself; of a fork the server tells.
        sources: list[Any] = [self._connection, *([self._told] if self._process is None else [])]
        while self._code is None and (self._process is not None or self._told in sources):
            left = deadline - time.monotonic()
            ready, _, _ = select.select(sources, [], [], max(min(left, 0.1), 0))
            if self._connection in ready and not self._read(hear):
                sources.remove(self._connection)
            if self._told in ready and not self._hear_status():
                sources.remove(self._told)
            if self._pid and not begun:
                # A server that is loading frameworks has no child yet whose time could run.
                begun, deadline = True, time.monotonic() + time_limit
                continue
            if self._process is not None:
                self._code = self._process.poll()
            if left <= 0 and (timed_out or stopped):
                break
            if (left <= 0 or stop()) and not (timed_out or stopped):
                timed_out, stopped = left <= 0, left > 0
                self.kill()
                deadline = time.monotonic() + GRACE
        while self._connection in sources and select.select([self._connection], [], [], 0)[0]:
            if not self._read(hear):
                break
        return self._code, timed_out, stopped

    def kill(self) -> None:
        """Kill its group, if it is there."""
        if self._pid and self._code is None:
            kill_group(self._pid)
        if self._process is not None:
            # Also when it has ended: its group is what it left behind.
            kill_group(self._process.pid)
            self._code = self._process.wait()

    def _read(self, hear: Callable[[dict[str, Any], Callable[[Any], None]], None]) -> bool:
        try:
            data = self._connection.recv(1 << 16)
        except OSError:
            data = b""
        *lines, self._buffer = (self._buffer + data).split(b"\n")
        for line in lines:
            with contextlib.suppress(ValueError):
                hear(json.loads(line), self.send)
        return bool(data)

    def _hear_status(self) -> bool:
        """Hear the pid and then the status; false when there is no more."""
        data = os.read(self._told, 64)
        if not data:
            return False
        self._said += data
        numbers = self._said.split(b"\n")[:-1]
        if numbers:
            self._pid = int(numbers[0])
        if len(numbers) > 1:
            self._code = os.waitstatus_to_exitcode(int(numbers[1]))
        return True


def _end_of(output: IO[bytes]) -> str:
    size = output.seek(0, os.SEEK_END)
    output.seek(max(size - OUTPUT_KEPT, 0))
    return output.read().decode("utf-8", "replace")


def signal_name(code: int | None) -> str:
    """The name of the signal that a negative code means, else empty."""
    if code is None or code >= 0:
        return ""
    try:
        return signal.Signals(-code).name
    except ValueError:
        return f"signal {-code}"
