"""For tests of a service: what its configuration would have sent, without a server.

Rule: everything runs as in production up to the transport (hooks, scrubber, sampling, last line);
nothing leaves the process.
May import: install, runtime; sentry_sdk.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sentry_sdk.transport import Transport

from sdk_config import install, runtime
from sdk_config.drops import Entry, Ledger
from sdk_config.runtime import Status

DSN = "http://recording@127.0.0.1:9/1"
"""Nobody listens there, and nobody is asked: the transport keeps what it is given."""


@dataclass(frozen=True)
class Delivered:
    """An item as it would have gone on the wire; `payload` is None for what is no JSON."""

    type: str
    headers: Mapping[str, Any]
    payload: Any
    body: bytes


class Recorder:
    """What was delivered and what was not; each reading waits for what is under way."""

    def __init__(self, kept: _Memory, status: Status) -> None:
        self._kept = kept
        self.status = status

    @property
    def items(self) -> list[Delivered]:
        """All items in the order in which they were sent."""
        install.flush()
        return list(self._kept.items)

    @property
    def events(self) -> list[dict[str, Any]]:
        """The payloads of errors and messages."""
        return self._payloads("event")

    @property
    def transactions(self) -> list[dict[str, Any]]:
        """The payloads of transactions."""
        return self._payloads("transaction")

    @property
    def discards(self) -> dict[Entry, int]:
        """What the SDK reported as lost, by data category and reason."""
        return dict(self._counts().discarded)

    @property
    def dropped(self) -> dict[Entry, int]:
        """What sdk_config dropped, by data category and reason."""
        return dict(self._counts().dropped)

    def holds(self, text: str) -> list[Delivered]:
        """The items in which some text is, in body or headers: `assert not found.holds(card)`."""
        return [
            item
            for item in self.items
            if text.encode() in item.body or text in json.dumps(dict(item.headers), default=str)
        ]

    def _payloads(self, kind: str) -> list[dict[str, Any]]:
        return [item.payload for item in self.items if item.type == kind]

    def _counts(self) -> Any:
        install.flush()
        return self._kept.ledger.counts()


@contextlib.contextmanager
def recording(*arguments: Any, **overrides: Any) -> Iterator[Recorder]:
    """Set up as `setup()` does with these arguments, and keep in memory what would be sent.

    A DSN is there unless one is given; an empty one is off, as ever. Ends with `shutdown()`.
    Everything that was set up before is shut down.
    """
    install.shutdown()
    kept = _Memory()
    state = install.setup(*arguments, **{"dsn": DSN, **overrides, "transport": kept})
    running = runtime.current()
    if running is not None:
        kept.ledger = running.ledger
    try:
        yield Recorder(kept, state)
    finally:
        install.shutdown()


def trigger_error(message: str = "a test error for Sentry") -> Callable[..., Any]:
    """A view that fails, for Flask, FastAPI and Django (S1-08): dividing by zero, with a note."""

    def view(request: Any = None) -> Any:
        del request
        try:
            return 1 / 0
        except ZeroDivisionError as error:
            error.add_note(message)
            raise

    return view


class _Memory(Transport):
    def __init__(self) -> None:
        super().__init__({"dsn": DSN})
        self.items: list[Delivered] = []
        self.ledger = Ledger()

    def capture_envelope(self, envelope: Any) -> None:
        self.items += [_delivered(item.type, item.headers, item.get_bytes()) for item in envelope]

    def capture_event(self, event: Any) -> None:
        """Versions before 2.0 send errors so."""
        body = json.dumps(event, default=str).encode()
        self.items.append(_delivered("event", {"type": "event"}, body))

    def record_lost_event(self, *arguments: Any, **more: Any) -> None:
        """The last line around this transport has counted it."""


def _delivered(kind: str, headers: Mapping[str, Any], body: bytes) -> Delivered:
    try:
        payload = json.loads(body)
    except ValueError:
        payload = None
    return Delivered(kind, dict(headers), payload, body)
