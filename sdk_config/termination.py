"""SIGTERM: what is queued is sent, then the signal does what it would have done without us.

Rule: the signal is never swallowed and nobody's handler is lost: the one that was there is
called, one that comes later stands alone, and without any the process ends by the signal.
May import: the standard library.
"""

from __future__ import annotations

import _thread
import signal
import threading
from collections.abc import Callable
from contextlib import suppress
from types import FrameType
from typing import Any

Handler = Callable[[int, FrameType | None], Any]


class Saving:
    """A handler that first empties the queue, for at most these seconds."""

    def __init__(self, flush: Callable[[], object], seconds: float, previous: Any) -> None:
        self.previous = previous
        self._flush = flush
        self._seconds = seconds
        self._waiting = False

    def __call__(self, number: int, frame: FrameType | None) -> None:
        """Flush, and pass the signal on; a second one that comes meanwhile is passed on at once."""
        try:
            if not self._waiting:
                self._waiting = True
                within(self._seconds, self._flush)
        finally:
            self._waiting = False
            self._pass_on(number, frame)

    def _pass_on(self, number: int, frame: FrameType | None) -> None:
        if callable(self.previous):
            self.previous(number, frame)
            return
        signal.signal(number, signal.SIG_DFL)
        signal.raise_signal(number)
        # The first process of a container lives on, because there the default does nothing.
        signal.signal(number, self)


def watch(flush: Callable[[], object], seconds: float) -> bool:
    """Save what is queued at SIGTERM from now on; True if that could be arranged.

    It cannot in other threads than the main one, where the signal is ignored, or where its
    handler is not Python's.
    """
    if not _may_handle():
        return False
    found = signal.getsignal(signal.SIGTERM)
    if found is None or found is signal.SIG_IGN:
        return False
    previous = found.previous if isinstance(found, Saving) else found
    with suppress(ValueError):  # an interpreter that is not the main one
        signal.signal(signal.SIGTERM, Saving(flush, seconds, previous))
        return True
    return False


def unwatch() -> None:
    """Put back the handler that was there, unless somebody else's has come since."""
    found = signal.getsignal(signal.SIGTERM)
    if isinstance(found, Saving) and _may_handle():
        signal.signal(signal.SIGTERM, found.previous)


def within(seconds: float, work: Callable[[], object]) -> bool:
    """Do something in a thread of its own; True if it ended in time.

    A signal's handler stands in the middle of whatever the main thread was doing, and that may
    hold any lock, those of `threading.Thread` included: there, only a wait that ends is safe.
    """
    done = _thread.allocate_lock()
    done.acquire()

    def run() -> None:
        with suppress(Exception):
            work()
        done.release()

    try:
        _thread.start_new_thread(run, ())
    except RuntimeError:  # the interpreter is ending, and has sent what it could
        return False
    return done.acquire(timeout=seconds)


def _may_handle() -> bool:
    return threading.current_thread() is threading.main_thread()
