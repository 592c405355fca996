"""A forked child begins anew: what waited is its parent's to send, and so are the connections.

Rule: nothing of the parent's leaves a second time, and what the child captures leaves at its
normal end, also where multiprocessing ends it without Python's exit handlers.
May import: client, runtime; sentry_sdk's objects as they are.
"""

from __future__ import annotations

import inspect
import os
import sys
import threading
from collections import defaultdict
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from sdk_config import client, runtime

_watching = False

_of_the_parent: list[Any] = []
"""Kept for good: closing a connection takes a lock that a thread of the parent may have held."""

_BATCHERS = ("log_batcher", "metrics_batcher", "span_batcher", "metrics_aggregator")
_EMPTY: dict[str, Callable[[], Any]] = {
    "_buffer": list,
    "buckets": dict,
    "_buckets_total_weight": int,
    "_pending_locations": dict,
    "_lock": threading.Lock,
    "_flush_event": threading.Event,
    "_flusher": lambda: None,
    "_flusher_pid": lambda: None,
}
"""What a batcher of logs, spans or metrics holds, as it was before anything came."""


class _Anchor:
    """multiprocessing forgets what to do in a child when the object it is about is gone."""


_anchor = _Anchor()


def watch() -> None:
    """Make every child that this process forks from now on begin anew."""
    global _watching  # noqa: PLW0603 - Python has no way to take such a function back
    if not _watching and hasattr(os, "register_at_fork"):
        os.register_at_fork(after_in_child=_in_child)
        _watching = True
    parent_process = getattr(sys.modules.get("multiprocessing.process"), "parent_process", None)
    if parent_process is not None and parent_process() is not None:
        _flush_at_end(_anchor)


def _in_child() -> None:
    try:
        begin_anew()
    except Exception as error:  # noqa: BLE001 - the child is the application's
        runtime.note_failure("fork", error)


def begin_anew() -> None:
    """Empty what a forked child has of its parent's: queues, counts, connections."""
    running = runtime.current()
    if running is None or not running.status.enabled:
        return
    running.ledger.begin_anew()
    runtime.replace_current(replace(running, pid=os.getpid(), failures=[]))
    sdk = client.current()
    if hasattr(sdk.transport, "_worker") and hasattr(sdk.transport, "_pool"):
        _renew(sdk.transport)
    spotlight = getattr(sdk, "spotlight", None)
    if spotlight is not None:
        _of_the_parent.append(spotlight.http)
        spotlight.http = type(spotlight.http)()
    flusher = sdk.session_flusher
    sdk.session_flusher = type(flusher)(flusher.capture_func, flusher.flush_interval)
    for name in _BATCHERS:
        _forget(getattr(sdk, name, None))
    if "multiprocessing.util" in sys.modules:
        sys.modules["multiprocessing.util"].register_after_fork(_anchor, _flush_at_end)


def _renew(transport: Any) -> None:
    """Give a transport a queue and connections of its own; its rate limits stay."""
    held = vars(transport)
    worker = held["_worker"]
    _of_the_parent.append((worker, held["_pool"]))
    size = vars(worker).get("_queue_size")
    held["_worker"] = type(worker)(vars(worker)["_queue"].maxsize if size is None else size)
    held["_discarded_events"] = defaultdict(int)
    make_pool = inspect.getattr_static(transport, "_make_pool")
    # Some versions read these from the transport, others are told.
    given = {**transport.options, "self": transport, "parsed_dsn": transport.parsed_dsn}
    told = inspect.signature(make_pool).parameters
    held["_pool"] = make_pool(**{name: given.get(name) for name in told})


def _forget(batcher: Any) -> None:
    # Newer versions do so themselves.
    if batcher is None or hasattr(batcher, "_reset_thread_state"):
        return
    for name, empty in _EMPTY.items():
        if hasattr(batcher, name):
            setattr(batcher, name, empty())


def _flush_at_end(anchor: object) -> None:
    """multiprocessing ends a child without exit handlers, but for its own."""
    util = sys.modules["multiprocessing.util"]
    # The lowest comes last, behind what the application does at its end.
    util.Finalize(None, _flush, exitpriority=-1000)


def _flush() -> None:
    running, sdk = runtime.current(), client.current()
    if running is not None and running.status.enabled and sdk is not None:
        sdk.flush(timeout=running.settings.shutdown_timeout)
