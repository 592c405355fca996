"""A temporary directory that is made when it is needed, and never outlives its server for long.

Rule: a directory belongs to the process that holds a lock on it. One that nobody holds was left
by a server that was killed, and whoever makes the next one removes it.
May import: nothing of fake_relay.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import stat
import tempfile
import threading
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Final

PREFIX: Final = "fake-relay-uploads-"


class PassingFolder:
    """A directory for as long as the context lasts; `path` is None until `made` is called."""

    def __init__(self) -> None:
        self.path: Path | None = None
        self._lock = threading.Lock()
        self._held = -1

    def made(self) -> Path:
        """The directory, which only this user can enter; raises `OSError` where there is no room.

        Safe in any thread.
        """
        with self._lock:
            while self.path is None:
                remove_left_ones()
                path = Path(tempfile.mkdtemp(prefix=PREFIX))
                # Another server can have taken it for a left one until it was locked.
                self._held = hold(path)
                if self._held >= 0:
                    self.path = path
            return self.path

    def __enter__(self) -> PassingFolder:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self.path is not None:
            shutil.rmtree(self.path, ignore_errors=True)
            os.close(self._held)
            self.path = None


def hold(path: Path) -> int:
    """The descriptor that holds a directory of this user; -1 for one that is held, or gone.

    The lock ends with the process, however that ends.
    """
    try:
        held = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except OSError:
        return -1
    try:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        found = os.fstat(held)
        there = path.lstat()
        same = (found.st_ino, found.st_dev) == (there.st_ino, there.st_dev)
        if same and found.st_uid == os.geteuid() and stat.S_ISDIR(there.st_mode):
            return held
    except OSError:
        # Somebody holds it, or has removed it meanwhile.
        pass
    os.close(held)
    return -1


def remove_left_ones() -> None:
    """Remove the directories of this user that no server holds any more."""
    with suppress(OSError), os.scandir(tempfile.gettempdir()) as found:
        for entry in found:
            if entry.name.startswith(PREFIX) and (held := hold(Path(entry.path))) >= 0:
                shutil.rmtree(entry.path, ignore_errors=True)
                os.close(held)
