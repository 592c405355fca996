"""Error filters: what a service does not want to hear of, and the documents' own lists.

Rule: a filter that cannot be read is left out and is one of `problems`; nothing raises.
May import: events, globs, coercion, errors, seams, bursts.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from typing import Any

from sdk_config import events
from sdk_config.coercion import statuses
from sdk_config.errors import Problem
from sdk_config.filters.bursts import LOGGER, Bursts, Summary
from sdk_config.globs import ANY, matches, matches_any
from sdk_config.seams import Hint, Payload

NOISE: Mapping[str, Mapping[str, tuple[int | str, ...]]] = MappingProxyType(
    {
        # S1-32: what the code drops, and what the comment beside it says (K-24).
        "kibray": {"loggers": ("django.security.DisallowedHost",), "status": (404,)},
        # S2-44, S2-52: client errors cost quota and tell little.
        "client_errors": {"status": ("4xx",)},
        # People leave, and servers stop.
        "hang_ups": {
            "errors": (
                "builtins.BrokenPipeError",
                "builtins.ConnectionResetError",
                "asyncio.exceptions.CancelledError",
                "starlette.requests.ClientDisconnect",
                "builtins.KeyboardInterrupt",
            )
        },
    }
)
"""Lists by name, as arguments of `ErrorFilter`: `ErrorFilter(**NOISE["kibray"])`."""


class ErrorFilter:
    """Drops errors and messages that are noise.

    `errors` are classes, or names: `TimeoutError`, `requests.exceptions.Timeout` (each with its
    subclasses), `*Timeout*` (any name of the class or its bases). `loggers` are names, with
    those below them, or patterns. `messages` are patterns for the whole message, in any case.
    `status` are HTTP statuses of the application's own answers: 404, "4xx".
    `burst` is how many alike errors pass in a `window` of seconds; None or 0 is no limit.
    `*` stands for anything in a pattern. What cannot be read is in `problems`.
    """

    def __init__(
        self,
        *,
        errors: Iterable[Any] = (),
        loggers: Iterable[Any] = (),
        messages: Iterable[Any] = (),
        status: Iterable[Any] = (),
        burst: int | None = None,
        window: float = 60.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._wrong: list[Problem] = []
        names = self._read("errors", errors, _class_name)
        self._classes = frozenset(name for name in names if ANY not in name)
        self._names = tuple(name for name in names if ANY in name)
        self._loggers = self._read("loggers", loggers, _text)
        self._messages = tuple(one.lower() for one in self._read("messages", messages, _text))
        self._status = frozenset(self._read("status", status, _status))
        self._bursts = self._limit(burst, window, clock)

    @property
    def problems(self) -> tuple[Problem, ...]:
        """What could not be read and is left out."""
        return tuple(self._wrong)

    def drop_reason(self, event: Payload, hint: Hint) -> str | None:
        """Why this error is dropped: class, name, logger, status, message, burst; None keeps it."""
        if event.get("logger") == LOGGER:
            return None
        if (self._classes or self._names) and (word := self._by_class(event, hint)):
            return word
        if self._loggers and self._by_logger(event):
            return "logger"
        if self._status and self._by_status(event, hint):
            return "status"
        if self._messages and self._by_message(event):
            return "message"
        if self._bursts is not None and not self._bursts.admit(event, hint):
            return "burst"
        return None

    def take_summaries(self) -> list[Summary]:
        """What bursts lost and no event has told yet; each is given once."""
        return self._bursts.take_summaries() if self._bursts is not None else []

    def _by_class(self, event: Payload, hint: Hint) -> str | None:
        error = events.raised(hint)
        if isinstance(error, BaseExceptionGroup):
            words = [self._word(events.names_of_class(type(one))) for one in _leaves(error)]
            if all(words):
                return words[0]
        return self._word(events.error_names(event, hint))

    def _word(self, names: list[str]) -> str | None:
        if not self._classes.isdisjoint(names):
            return "class"
        return "name" if matches_any(self._names, names) else None

    def _by_logger(self, event: Payload) -> bool:
        logger = events.text(event.get("logger"))
        if logger is None:
            return False
        return any(
            matches(name, logger) or (ANY not in name and logger.startswith(f"{name}."))
            for name in self._loggers
        )

    def _by_status(self, event: Payload, hint: Hint) -> bool:
        status = events.http_status(event, hint)
        return status is not None and not self._status.isdisjoint({status, f"{status // 100}xx"})

    def _by_message(self, event: Payload) -> bool:
        return matches_any(self._messages, (one.lower() for one in events.texts(event)))

    def _limit(self, burst: Any, window: Any, clock: Callable[[], float]) -> Bursts | None:
        if burst is None or (burst == 0 and not isinstance(burst, bool)):
            return None
        if isinstance(burst, bool) or not isinstance(burst, int) or burst < 0:
            self._note("burst", f"expected a whole number of 1 or more, got {burst!r}")
            return None
        if isinstance(window, bool) or not isinstance(window, (int, float)) or not window > 0:
            self._note("window", f"expected seconds above 0, got {window!r}")
            window = 60.0
        return Bursts(burst, float(window), clock=clock)

    def _read(self, field: str, given: Any, read: Callable[[Any], Any]) -> tuple[Any, ...]:
        found = []
        for one in given if isinstance(given, Iterable) and not isinstance(given, str) else [given]:
            try:
                found.append(read(one))
            except ValueError as error:
                self._note(field, str(error))
        return tuple(found)

    def _note(self, field: str, text: str) -> None:
        self._wrong.append(Problem("FILTER", "error", f"error filter, {field}: {text}", field))


def _leaves(group: BaseExceptionGroup[Any]) -> list[BaseException]:
    found: list[BaseException] = []
    waiting: list[BaseException] = [group]
    while waiting and len(found) < 1000:
        one = waiting.pop()
        if isinstance(one, BaseExceptionGroup):
            waiting += one.exceptions
        else:
            found.append(one)
    return found


def _class_name(value: Any) -> str:
    if isinstance(value, type) and issubclass(value, BaseException):
        return f"{value.__module__}.{value.__qualname__}"
    return _text(value, "an exception class or its name")


def _text(value: Any, what: str = "text") -> str:
    if isinstance(value, str) and value.strip():
        return value.strip()
    raise ValueError(f"expected {what}, got {value!r}")


def _status(value: Any) -> int | str:
    return statuses((value,))[0]
