"""A process with the SDK loaded, that forks a child for each scenario, and reaps it.

Rule: no thread, no lock and no SDK is started here, so that each child is as fresh as a new
process; what a child leaves behind in its process group is killed when it ends. When the
parent goes, everything goes.
May import: the standard library; sentry_sdk's modules, by name.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import importlib.util
import os
import select
import signal
import socket
import sys
import warnings
from collections.abc import Iterable
from pathlib import Path
from typing import Any

RUN = b"r"
FDS = 3
"""The journal's socket, the output's file, and the pipe for the pid and the status."""


class _Beside:
    """Finds `sdk_config` beside us for an interpreter that has not installed it."""

    def __init__(self, folder: str) -> None:
        self._folder = folder

    def find_spec(self, name: str, *_: Any) -> Any:
        """Where it is; None for every other name. The import system also gives path and target."""
        if name != "sdk_config":
            return None
        home = Path(self._folder) / name
        return importlib.util.spec_from_file_location(
            name, home / "__init__.py", submodule_search_locations=[str(home)]
        )


def offer(folder: str) -> None:
    """Let `sdk_config` be found in this folder, where it is found nowhere else."""
    sys.meta_path.append(_Beside(folder))


def preload(others: Iterable[str] = ()) -> None:
    """Import the SDK, and what it looks for at each init: the slow part of a fresh process."""
    with contextlib.suppress(ImportError), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        integrations: Any = importlib.import_module("sentry_sdk.integrations")
        names = [
            *getattr(integrations, "_DEFAULT_INTEGRATIONS", ()),
            *getattr(integrations, "_AUTO_ENABLING_INTEGRATIONS", ()),
        ]
        for name in (*(name.rpartition(".")[0] for name in names), *others):
            # Each says in its own way that its framework is not there.
            with contextlib.suppress(Exception):
                importlib.import_module(name)
        installed: Any = importlib.import_module("sentry_sdk.utils")
        with contextlib.suppress(Exception):
            # The list of what is installed, which each first event would make anew.
            installed._get_installed_modules()  # noqa: SLF001
    # What is there already is not looked through again at the end of each child.
    gc.collect()
    gc.freeze()


def serve(control_fd: int, *, once: bool = False, load: Iterable[str] = ()) -> socket.socket | None:
    """Fork for each request; in a child the socket of its journal, in the server None at the end.

    `once` is for a process that serves one scenario itself, without a fork; `load` are modules
    that are loaded beside the SDK.
    """
    control = socket.socket(fileno=control_fd)
    if once:
        return _become(control, _receive(control) or [])
    preload(load)
    wake, woken = os.pipe()
    os.set_blocking(woken, False)
    os.set_blocking(wake, False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.set_wakeup_fd(woken)
    # Ctrl-C is for the parent, which tells us what to end.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    children: dict[int, int] = {}
    while True:
        ready, _, _ = select.select([control.fileno(), wake], [], [])
        if wake in ready:
            with contextlib.suppress(BlockingIOError):
                os.read(wake, 4096)
        _reap(children)
        if control.fileno() in ready:
            fds = _receive(control)
            if fds is None:
                _end(children)
                return None
            pid = os.fork()
            if pid == 0:
                for fd in (wake, woken, *children.values()):
                    os.close(fd)
                return _become(control, fds)
            children[pid] = fds[2]
            os.close(fds[0])
            os.close(fds[1])
            # The parent may have given up waiting; then the child ends without a question.
            with contextlib.suppress(OSError):
                os.write(fds[2], b"%d\n" % pid)


def _receive(control: socket.socket) -> list[int] | None:
    """The file descriptors of a request, or None when the parent has gone."""
    data, fds, _, _ = socket.recv_fds(control, 1, FDS)
    return list(fds) if data else None


def _become(control: socket.socket, fds: list[int]) -> socket.socket:
    """Make this process the child: a group, an output and handlers of its own."""
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    control.close()
    with contextlib.suppress(OSError):
        os.setpgid(0, 0)
    journal, output, told = fds
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.dup2(output, 1)
    os.dup2(output, 2)
    for fd in (nothing, output, told):
        os.close(fd)
    return socket.socket(fileno=journal)


def _reap(children: dict[int, int]) -> None:
    for pid in list(children):
        ended = os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT)
        if ended is None:
            continue
        # Before it is reaped, its number cannot be another's.
        kill_group(pid)
        _, status = os.waitpid(pid, 0)
        told = children.pop(pid)
        with contextlib.suppress(OSError):
            os.write(told, b"%d\n" % status)
        os.close(told)


def _end(children: dict[int, int]) -> None:
    for pid in children:
        kill_group(pid)


def kill_group(pid: int) -> None:
    """Kill what runs in the group of this process; nothing when all have gone."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGKILL)
