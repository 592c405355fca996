"""At most so many alike errors in a window of time; how many more there were is summed up.

Rule: memory is bounded by the number of kinds of errors; the clock comes in; threads may share it,
and a forked child starts anew.
May import: events, seams.
"""

from __future__ import annotations

import os
import re
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sdk_config import events
from sdk_config.seams import Hint, Payload

LOGGER = "sdk_config.burst"
"""The logger of summaries, by which filters know them."""

MOST_KINDS = 1000

Kind = tuple[str, ...]
"""What alike errors have in common."""

_NUMBERS = re.compile(r"\d+")


@dataclass(frozen=True)
class Summary:
    """How many errors of a kind were not sent, beyond a limit in a window of seconds."""

    name: str
    dropped: int
    limit: int
    window: float

    def context(self) -> dict[str, Any]:
        """What an event carries as context `burst`."""
        return {"dropped": self.dropped, "limit": self.limit, "window_seconds": self.window}

    def event(self) -> dict[str, Any]:
        """A message event for `sentry_sdk.capture_event`."""
        return {
            "message": (
                f"{self.dropped} more of {self.name} were not sent "
                f"(at most {self.limit} in {self.window:g} s)"
            ),
            "level": "warning",
            "logger": LOGGER,
            "fingerprint": [LOGGER, self.name],
            "contexts": {"burst": self.context()},
        }


@dataclass
class _Window:
    since: float
    name: str
    kept: int = 0
    dropped: int = field(default=0)


class Bursts:
    """Counts alike errors: `limit` of a kind may pass in each `window` of seconds.

    `clock` gives seconds that never go back.
    """

    def __init__(
        self,
        limit: int,
        window: float = 60.0,
        *,
        clock: Callable[[], float] = time.monotonic,
        most_kinds: int = MOST_KINDS,
    ) -> None:
        self.limit = limit
        self.window = window
        self._clock = clock
        self._most_kinds = most_kinds
        self._forgotten = 0
        self._start_anew()

    def admit(self, event: Payload, hint: Hint | None) -> bool:
        """Whether this error may pass; the first one of a new window says what the last one lost.

        The context `burst` is set on the event for this.
        """
        kind = kind_of(event, hint)
        if self._pid != os.getpid():
            self._start_anew()
        with self._lock:
            window, before = self._window(kind)
            if window.kept >= self.limit:
                window.dropped += 1
                return False
            window.kept += 1
        if before is not None:
            event["contexts"] = {
                **events.mapping(event.get("contexts")),
                "burst": before.context(),
            }
        return True

    def take_summaries(self) -> list[Summary]:
        """What was dropped and not yet told, by kind; each is given once."""
        if self._pid != os.getpid():
            self._start_anew()
        with self._lock:
            found = [self._summed(one) for one in self._windows.values() if one.dropped]
            if self._forgotten:
                found.append(Summary("other errors", self._forgotten, self.limit, self.window))
            for one in self._windows.values():
                one.dropped = 0
            self._forgotten = 0
        return found

    def _window(self, kind: Kind) -> tuple[_Window, Summary | None]:
        now = self._clock()
        window = self._windows.get(kind)
        if window is not None and now - window.since < self.window:
            self._windows.move_to_end(kind)
            return window, None
        before = self._summed(window) if window is not None and window.dropped else None
        fresh = self._windows[kind] = _Window(now, name_of(kind))
        self._windows.move_to_end(kind)
        while len(self._windows) > self._most_kinds:
            _, oldest = self._windows.popitem(last=False)
            self._forgotten += oldest.dropped
        return fresh, before

    def _summed(self, window: _Window) -> Summary:
        return Summary(window.name, window.dropped, self.limit, self.window)

    def _start_anew(self) -> None:
        """At the start, and in a forked child: the lock may be held by a thread that is not there,
        and what the parent lost the parent tells.
        """
        self._pid = os.getpid()
        self._lock = threading.RLock()
        self._windows: OrderedDict[Kind, _Window] = OrderedDict()
        self._forgotten = 0


def kind_of(event: Payload, hint: Hint | None) -> Kind:
    """What makes errors alike: their own fingerprint, else class and place, else the message."""
    own = event.get("fingerprint")
    if isinstance(own, (list, tuple)) and own and not _is_default(own):
        return ("fingerprint", *(str(piece)[:200] for piece in own[:20]))
    name = events.error_type(event, hint)
    if name is not None:
        module = events.error_module(event, hint) or ""
        last = (events.exceptions(event) or [{}])[-1]
        return ("error", name, module, _place(last) or _plain(events.text(last.get("value"))))
    logger = events.text(event.get("logger")) or ""
    return ("message", logger, _plain(events.template(event)))


def name_of(kind: Kind) -> str:
    """A kind in words; without an error's own text."""
    what, *rest = kind
    if what == "error":
        return f"{rest[0]} in {rest[2]}" if ":" in rest[2] else rest[0]
    return f"{what} {' '.join(one for one in rest if one)}"


def _is_default(fingerprint: list[Any] | tuple[Any, ...]) -> bool:
    return [str(piece).replace(" ", "") for piece in fingerprint] == ["{{default}}"]


def _plain(value: str | None) -> str:
    """A message without its numbers: `order 17 failed` and `order 18 failed` are alike."""
    return _NUMBERS.sub("#", (value or "")[:200])


def _place(value: Mapping[str, Any]) -> str | None:
    frames = events.mapping(value.get("stacktrace")).get("frames")
    if not isinstance(frames, (list, tuple)):
        return None
    known = [frame for frame in frames if isinstance(frame, Mapping)]
    own = [frame for frame in known if frame.get("in_app")]
    if not known:
        return None
    frame = (own or known)[-1]
    where = frame.get("module") or frame.get("filename") or ""
    return f"{where}:{frame.get('function')}:{frame.get('lineno')}"
