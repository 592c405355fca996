"""OTLP as it is on the wire: JSON or protobuf, read into one set of records (PROTOCOL.md 2.9).

Rule: both forms give equal records. JSON is read here and not by protobuf's own reader, whose
ids are base64 and not hex as OTLP says, and which an installation need not have.
Source: https://opentelemetry.io/docs/specs/otlp/ and its JSON encoding.
May import: errors, intake.protobuf_size, msgspec, and opentelemetry-proto where a body is
protobuf.
"""

from __future__ import annotations

import base64
from typing import Annotated, Any, Final, TypeVar

import msgspec

from fake_relay.errors import RequestRefused, TooLarge
from fake_relay.intake import protobuf_size

EXTRA: Final = "fake-relay[otlp]"

MAX_MESSAGES: Final = 300_000
"""Messages within a message, or objects within JSON: a record with ten attributes has some
thirty. An empty one has two bytes, so a body of the largest size could hold six million."""

_Message = TypeVar("_Message")
_Hex = Annotated[str, msgspec.Meta(pattern=r"^(?:[0-9a-fA-F]{2})*\Z")]
# Unsigned on the wire; Relay takes it for signed, which lasts until the year 2262.
_Nanoseconds = Annotated[int, msgspec.Meta(ge=0, le=2**63 - 1)]
_U32 = Annotated[int, msgspec.Meta(ge=0, le=2**32 - 1)]
_I32 = Annotated[int, msgspec.Meta(ge=-(2**31), le=2**31 - 1)]
_I64 = Annotated[int, msgspec.Meta(ge=-(2**63), le=2**63 - 1)]


class Undecodable(ValueError):
    """A body is no OTLP message of the form that its Content-Type names."""


class AnyValue(msgspec.Struct, frozen=True, rename="camel"):
    """A value; one of the fields is set, or none."""

    string_value: str | None = None
    bool_value: bool | None = None
    int_value: _I64 | None = None
    double_value: float | None = None
    bytes_value: str | None = None
    array_value: ArrayValue | None = None
    kvlist_value: KeyValues | None = None


class ArrayValue(msgspec.Struct, frozen=True):
    """A list of values."""

    values: list[AnyValue] = []


class KeyValue(msgspec.Struct, frozen=True):
    """An attribute."""

    key: str = ""
    value: AnyValue | None = None


class KeyValues(msgspec.Struct, frozen=True):
    """A map of values."""

    values: list[KeyValue] = []


class Resource(msgspec.Struct, frozen=True):
    """What produced the telemetry."""

    attributes: list[KeyValue] = []


class Scope(msgspec.Struct, frozen=True):
    """The instrumentation that produced it."""

    name: str = ""
    version: str = ""
    attributes: list[KeyValue] = []


class Status(msgspec.Struct, frozen=True):
    """How a span ended: 0 unset, 1 ok, 2 error."""

    message: str = ""
    code: _I32 = 0


class Link(msgspec.Struct, frozen=True, rename="camel"):
    """A span that another one is connected with; ids are hex digits."""

    trace_id: _Hex = ""
    span_id: _Hex = ""
    attributes: list[KeyValue] = []
    flags: _U32 = 0


class Span(msgspec.Struct, frozen=True, rename="camel"):
    """A span; ids are hex digits, times nanoseconds since 1970."""

    trace_id: _Hex = ""
    span_id: _Hex = ""
    parent_span_id: _Hex = ""
    flags: _U32 = 0
    name: str = ""
    kind: _I32 = 0
    start_time_unix_nano: _Nanoseconds = 0
    end_time_unix_nano: _Nanoseconds = 0
    attributes: list[KeyValue] = []
    links: list[Link] = []
    status: Status | None = None


class LogRecord(msgspec.Struct, frozen=True, rename="camel"):
    """A log record; ids are hex digits, times nanoseconds since 1970."""

    time_unix_nano: _Nanoseconds = 0
    observed_time_unix_nano: _Nanoseconds = 0
    severity_number: _I32 = 0
    severity_text: str = ""
    body: AnyValue | None = None
    attributes: list[KeyValue] = []
    trace_id: _Hex = ""
    span_id: _Hex = ""


class ScopeSpans(msgspec.Struct, frozen=True):
    """The spans of one scope."""

    scope: Scope | None = None
    spans: list[Span] = []


class ResourceSpans(msgspec.Struct, frozen=True, rename="camel"):
    """The spans of one resource."""

    resource: Resource | None = None
    scope_spans: list[ScopeSpans] = []


class ScopeLogs(msgspec.Struct, frozen=True, rename="camel"):
    """The log records of one scope."""

    scope: Scope | None = None
    log_records: list[LogRecord] = []


class ResourceLogs(msgspec.Struct, frozen=True, rename="camel"):
    """The log records of one resource."""

    resource: Resource | None = None
    scope_logs: list[ScopeLogs] = []


class Traces(msgspec.Struct, frozen=True, rename="camel"):
    """The body of a request that exports traces."""

    resource_spans: list[ResourceSpans] = []


class Logs(msgspec.Struct, frozen=True, rename="camel"):
    """The body of a request that exports logs."""

    resource_logs: list[ResourceLogs] = []


def read_traces(body: bytes, *, protobuf: bool) -> Traces:
    """The traces in a body; raises `Undecodable`, or a 501 where protobuf cannot be read."""
    return _from_protobuf(body, Traces) if protobuf else _from_json(body, Traces)


def read_logs(body: bytes, *, protobuf: bool) -> Logs:
    """The logs in a body; raises `Undecodable`, or a 501 where protobuf cannot be read."""
    return _from_protobuf(body, Logs) if protobuf else _from_json(body, Logs)


def _from_json(body: bytes, kind: type[_Message]) -> _Message:
    if body.count(b"{") > MAX_MESSAGES:
        raise _too_many()
    try:
        # 64-bit numbers are strings in OTLP/JSON, so the decode is not strict.
        return msgspec.json.decode(body, type=kind, strict=False)
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise Undecodable(str(error)) from error


def _from_protobuf(body: bytes, kind: type[_Message]) -> _Message:
    message, failure = _protobuf_message(kind)
    if protobuf_size.holds_more(body, message.DESCRIPTOR, MAX_MESSAGES):
        raise _too_many()
    try:
        return msgspec.convert(_plain(message.FromString(body), [MAX_MESSAGES]), kind)
    except (failure, msgspec.ValidationError, RecursionError) as error:
        raise Undecodable(str(error)) from error


def _protobuf_message(kind: type[Any]) -> tuple[Any, type[Exception]]:
    """The class of such a message, and the error that its parser raises."""
    try:
        from google.protobuf.message import DecodeError  # type: ignore[import-untyped]
        from opentelemetry.proto.logs.v1.logs_pb2 import LogsData
        from opentelemetry.proto.trace.v1.trace_pb2 import TracesData
    except ImportError as error:
        raise RequestRefused(
            "OTLP as protobuf needs a library that is not installed",
            f"install {EXTRA}, or have the exporter send http/json",
            reason="content_type",
            status=501,
        ) from error
    return TracesData if kind is Traces else LogsData, DecodeError


def _too_many() -> TooLarge:
    return TooLarge(
        "request content exceeded size limits",
        f"there are more than {MAX_MESSAGES} parts in it; send less at a time",
    )


def _plain(message: Any, left: list[int]) -> dict[str, Any]:
    """A protobuf message as the JSON of OTLP, decoded: names in camel case, ids in hex.

    `left` holds how many messages may still come; raises `TooLarge` when they are used up.
    """
    left[0] -= 1
    if left[0] < 0:
        raise _too_many()
    found: dict[str, Any] = {}
    for field, value in message.ListFields():
        name = field.json_name
        if field.type == field.TYPE_MESSAGE:
            found[name] = _plain_field(field, value, left)
        elif field.type == field.TYPE_BYTES:
            found[name] = base64.b64encode(value).decode() if name == "bytesValue" else value.hex()
        else:
            found[name] = value
    return found


def _plain_field(field: Any, value: Any, left: list[int]) -> Any:
    return [_plain(part, left) for part in value] if _many(field) else _plain(value, left)


def _many(field: Any) -> bool:
    # Protobuf 6 has the first name, older ones the second.
    known = getattr(field, "is_repeated", None)
    return bool(field.label == field.LABEL_REPEATED if known is None else known)
