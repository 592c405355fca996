"""The doors for OpenTelemetry's own exporters: traces and logs over HTTP (PROTOCOL.md 2.9).

Rule: the answer never depends on what is in the body; one that does not decode is kept, and its
outcome says so. Errors are `google.rpc.Status`, in the form of the request.
May import: records, config, protocol, errors, intake.conversion, intake.containers, intake.otlp_*.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import msgspec

from fake_relay.config import RelayConfig
from fake_relay.intake import containers, conversion, otlp_convert, otlp_wire
from fake_relay.intake.conversion import Opened
from fake_relay.intake.door import Door, Place
from fake_relay.protocol.envelope import Item
from fake_relay.records import Inbound, Reply, Submission

JSON: Final = "application/json"
PROTOBUF: Final = "application/x-protobuf"

# https://github.com/googleapis/googleapis/blob/master/google/rpc/code.proto
_CODES: Final = {
    status: code
    for code, statuses in {
        3: (400, 415),
        4: (504,),
        5: (404,),
        7: (403,),
        8: (413, 429),
        12: (501,),
        14: (502, 503),
        16: (401,),
    }.items()
    for status in statuses
}
_UNKNOWN: Final = 2
_INTERNAL: Final = 13


def open_traces(inbound: Inbound, place: Place, config: RelayConfig) -> tuple[Submission, ...]:
    """Make a container of spans of a trace export."""
    opened, protobuf = _opened(inbound, place, config)
    try:
        found = otlp_wire.read_traces(opened.body, protobuf=protobuf)
        containers.check_count(otlp_convert.count_spans(found))
        items = containers.span_items(otlp_convert.to_spans(found))
    except otlp_wire.Undecodable:
        items = _undecoded("spans", opened, protobuf=protobuf)
    return (conversion.made(opened, TRACES.name, items),)


def open_logs(inbound: Inbound, place: Place, config: RelayConfig) -> tuple[Submission, ...]:
    """Make a container of logs of a log export."""
    opened, protobuf = _opened(inbound, place, config)
    try:
        found = otlp_wire.read_logs(opened.body, protobuf=protobuf)
        containers.check_count(otlp_convert.count_logs(found))
        items = containers.log_items(otlp_convert.to_logs(found, inbound.new_id))
    except otlp_wire.Undecodable:
        items = _undecoded("logs", opened, protobuf=protobuf)
    return (conversion.made(opened, LOGS.name, items),)


def _opened(inbound: Inbound, place: Place, config: RelayConfig) -> tuple[Opened, bool]:
    """The request, and whether it is protobuf, of which an export of nothing has no bytes."""
    protobuf = conversion.exact_media_type(inbound.headers, (JSON, PROTOBUF)) == PROTOBUF
    limit = config.limits.max_container_size
    return conversion.opened(inbound, place, config, limit, empty=True), protobuf


def _undecoded(kind: str, opened: Opened, *, protobuf: bool) -> list[Item]:
    return [containers.undecoded(f"otel.{kind}+{'protobuf' if protobuf else 'json'}", opened.body)]


def answer(inbound: Inbound, submissions: tuple[Submission, ...]) -> Reply:
    """An export response that reports nothing, in the form of the request."""
    if _is_protobuf(inbound.headers):
        return Reply(200, b"", PROTOBUF)
    return Reply(200, b"{}")


def explain(headers: Mapping[str, str], reply: Reply) -> Reply:
    """An error as a `google.rpc.Status`; its HTTP status and headers stay.

    What is no error of ours, but the body that a fault asked for, stays too.
    """
    code = _CODES.get(reply.status, _INTERNAL if reply.status >= 500 else _UNKNOWN)
    message = _message(reply)
    if message is None:
        return reply
    if _is_protobuf(headers):
        return msgspec.structs.replace(
            reply, body=status_message(code, message), content_type=PROTOBUF
        )
    body = msgspec.json.encode({"code": code, "message": message})
    return msgspec.structs.replace(reply, body=body, content_type=JSON)


class _Problem(msgspec.Struct):
    detail: str
    causes: list[str] = []


def _message(reply: Reply) -> str | None:
    if not reply.body:
        return next((value for name, value in reply.headers if name == "X-Sentry-Error"), "")
    try:
        problem = msgspec.json.decode(reply.body, type=_Problem)
    except msgspec.MsgspecError:
        return None
    return ": ".join((problem.detail, *problem.causes))


def status_message(code: int, message: str) -> bytes:
    """A `google.rpc.Status` in protobuf's encoding: field 1 the code, field 2 the message.

    By hand, because this is the answer where protobuf is not installed, too.
    """
    text = message.encode()
    return b"\x08" + bytes([code]) + b"\x12" + _varint(len(text)) + text


def _varint(number: int) -> bytes:
    low, high = number & 0x7F, number >> 7
    return bytes([low | 0x80]) + _varint(high) if high else bytes([low])


def _is_protobuf(headers: Mapping[str, str]) -> bool:
    return headers.get("content-type", "").partition(";")[0].strip().lower() == PROTOBUF


TRACES = Door(
    "otlp-traces",
    frozenset({"POST"}),
    open_traces,
    answer,
    max_body=lambda limits: limits.max_container_size,
    explain=explain,
)
LOGS = Door(
    "otlp-logs",
    frozenset({"POST"}),
    open_logs,
    answer,
    max_body=lambda limits: limits.max_container_size,
    explain=explain,
)
