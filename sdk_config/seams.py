"""What plugs into the chain: a scrubber, error filters, a sampler, fingerprints.

Rule: a part may raise; the chain and the last line turn that into a counted drop. A part is given
the SDK's own copies and changes or copies them, but never what belongs to the application.
May import: the standard library. The SDK is named only in types, as `Any`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from typing import Any, Protocol

Payload = dict[str, Any]
"""An event, span, log, metric or breadcrumb, as the SDK hands it to its hooks."""
Hint = Mapping[str, Any]
Hook = Callable[[Any, Any], Any]
"""A hook as the SDK documents it: (payload, hint) to payload or None."""


class Scrubber(Protocol):
    """Takes secrets out. Each method gives what may leave; what raises is dropped."""

    def event(self, event: Payload, hint: Hint) -> Payload:
        """An error, message, feedback or check-in."""
        ...

    def transaction(self, event: Payload, hint: Hint) -> Payload:
        """A transaction with its spans."""
        ...

    def span(self, span: Payload, hint: Hint) -> Payload:
        """A span of the stream lifecycle."""
        ...

    def log(self, log: Payload, hint: Hint) -> Payload:
        """A log; attribute values may be live objects of the application (3.4)."""
        ...

    def metric(self, metric: Payload, hint: Hint) -> Payload:
        """A metric."""
        ...

    def breadcrumb(self, crumb: Payload, hint: Hint) -> Payload:
        """A breadcrumb, when it is added."""
        ...

    def envelope(self, envelope: Any) -> Any:
        """The last line: sessions, headers, attachments, profiles of an SDK `Envelope`.

        Gives the envelope, or one with fewer items; what is missing is counted as dropped.
        """
        ...


class ErrorFilter(Protocol):
    """Decides which errors and messages are noise."""

    def drop_reason(self, event: Payload, hint: Hint) -> str | None:
        """Why this event is dropped, as a word for the ledger (`class`, `burst`); None keeps it."""
        ...


class Sampler(Protocol):
    """Decides the share of what is sent."""

    def trace_rate(self, context: Mapping[str, Any]) -> float:
        """The rate of a transaction, from the SDK's sampling context of any framework (3.7)."""
        ...

    def error_rate(self, event: Payload, hint: Hint) -> float:
        """The rate of an error or message."""
        ...


class Fingerprinter(Protocol):
    """Decides which errors are one issue."""

    def fingerprint(self, event: Payload, hint: Hint) -> list[str] | None:
        """The fingerprint of an event; None leaves Sentry's own grouping."""
        ...


@dataclass(frozen=True)
class Parts:
    """What is plugged in; None is an empty seam."""

    scrubber: Scrubber | None = None
    error_filter: ErrorFilter | None = None
    sampler: Sampler | None = None
    fingerprinter: Fingerprinter | None = None


@dataclass(frozen=True)
class UserHooks:
    """The application's own hooks, as it would give them to the SDK; they run first."""

    before_send: Hook | None = None
    before_send_transaction: Hook | None = None
    before_send_span: Hook | None = None
    before_send_log: Hook | None = None
    before_send_metric: Hook | None = None
    before_breadcrumb: Hook | None = None
    traces_sampler: Callable[[Any], Any] | None = None
    error_sampler: Hook | None = None


HOOK_NAMES = tuple(entry.name for entry in fields(UserHooks))
