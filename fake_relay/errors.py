"""Every error that fake-relay raises on purpose.

    FakeRelayError
    ├── ConfigError            a setting, option, file or DSN is wrong
    │   └── InvalidDsn
    ├── QueryError             a search expression is wrong; knows its column
    ├── RequestRefused         an ingest request gets no 200; knows its status and outcome reason
    │   ├── BadAuth
    │   ├── BadEncoding
    │   ├── BadEnvelope
    │   ├── BadPayload
    │   │   └── BadFields      answered in plain text
    │   ├── UnsupportedMediaType  answered without a body
    │   ├── UnknownProject
    │   ├── WrongPath
    │   ├── WrongMethod
    │   └── TooLarge
    ├── StoreError             the store cannot be opened, read or written
    ├── Unreachable            a server cannot be reached or started
    └── ForwardError           an upstream did not take what was forwarded

Failed expectations are AssertionErrors and live with the test harness.
May import: nothing.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import ClassVar, Literal


class FakeRelayError(Exception):
    """Base of the tree; its text says what, where and what to do."""


class ConfigError(FakeRelayError):
    """A setting, an option or a file is wrong."""


class InvalidDsn(ConfigError):
    """A DSN does not parse; the text is the one Sentry's own parsers use."""


class QueryError(FakeRelayError):
    """A search expression does not parse, or means nothing; `column` counts from 1."""

    def __init__(self, message: str, *, column: int) -> None:
        super().__init__(message)
        self.column = column


class RequestRefused(FakeRelayError):
    """An ingest request is refused, with the HTTP status and the words that Relay uses.

    `detail` and `causes` become the JSON body, `reason` the outcome that is recorded
    (PROTOCOL.md 1.3 and 7.5).
    """

    default_status: ClassVar[int] = 400
    default_reason: ClassVar[str] = "invalid_body"
    form: ClassVar[Literal["json", "text", "empty"]] = "json"

    def __init__(
        self,
        detail: str,
        *causes: str,
        status: int | None = None,
        reason: str | None = None,
    ) -> None:
        super().__init__(": ".join((detail, *causes)))
        self.detail = detail
        self.causes = causes
        self.status = self.default_status if status is None else status
        self.reason = self.default_reason if reason is None else reason


class BadAuth(RequestRefused):
    """Credentials are missing, doubled or malformed."""

    default_status = 401
    default_reason = "auth_client"


class BadEncoding(RequestRefused):
    """A content coding is unknown, or the stream is broken."""


class BadEnvelope(RequestRefused):
    """The envelope's framing is broken."""

    default_reason = "invalid_envelope"


class BadPayload(RequestRefused):
    """The body of a door that takes a single payload does not decode."""

    default_reason = "invalid_json"


class BadFields(BadPayload):
    """A body or a query lacks a field, or has one of a wrong type; Relay's framework says so."""

    default_status = 422
    form = "text"


class UnsupportedMediaType(RequestRefused):
    """The door takes no body of that Content-Type."""

    default_status = 415
    default_reason = "content_type"
    form = "empty"


class UnknownProject(RequestRefused):
    """Strict mode, and the project or its key is not configured."""

    default_status = 403
    default_reason = "project_id"


class WrongPath(RequestRefused):
    """No door is at the path."""

    default_status = 404
    default_reason = "no_door"

    def __init__(self, path: str, status: int = 404) -> None:
        super().__init__(f"there is no door at {path[:200]}", status=status)


class WrongMethod(RequestRefused):
    """The door does not take the method; `allowed` are those that it takes."""

    default_status = 405
    default_reason = "disallowed_method"

    def __init__(self, method: str, allowed: Collection[str]) -> None:
        self.allowed = tuple(sorted({*allowed, "OPTIONS"}))
        super().__init__(f"method {method} is not allowed here, use {', '.join(self.allowed)}")


class TooLarge(RequestRefused):
    """A body or an item is larger than its limit."""

    default_status = 413
    default_reason = "request_too_large"


class StoreError(FakeRelayError):
    """The store cannot be opened, read or written."""


class Unreachable(FakeRelayError):
    """A relay cannot be reached, or cannot be started."""


class ForwardError(FakeRelayError):
    """An upstream did not take what was forwarded."""
