"""OTLP becomes what Relay makes of it: spans of the second kind, and logs (PROTOCOL.md 2.9).

Relay leaves out the events of a span, its trace state and the counts of what an SDK dropped; so
do we, and the request's bytes have them. A span or log whose ids are wrong keeps what is right.
May import: intake.containers, intake.conversion, intake.otlp_wire, msgspec.
"""

from __future__ import annotations

import base64
import binascii
import math
from collections.abc import Iterable, Iterator
from typing import Any, Final

import msgspec

from fake_relay.intake import containers
from fake_relay.intake.conversion import fresh_id
from fake_relay.intake.otlp_wire import (
    AnyValue,
    KeyValue,
    Link,
    LogRecord,
    Logs,
    Resource,
    Scope,
    Span,
    Traces,
)

Attributes = dict[str, dict[str, Any]]
_Plain = str | bool | int | float

_KINDS: Final = {1: "internal", 2: "server", 3: "client", 4: "producer", 5: "consumer"}
_LEVELS: Final = ("trace", "debug", "info", "warn", "error", "fatal")
_LEVEL_NAMES: Final = {name: name for name in _LEVELS} | {"information": "info", "warning": "warn"}
_PLATFORMS: Final = {"dotnet": "csharp", "nodejs": "node", "webjs": "javascript"}
_HTTP: Final = {2: "http.server", 3: "http.client"}
_METHODS: Final = ("http.method", "http.request.method")
_HAS_IS_REMOTE: Final = 0x100
_IS_REMOTE: Final = 0x200
_SAMPLED: Final = 0x1


def count_spans(traces: Traces) -> int:
    """How many spans a request has."""
    return sum(len(scoped.spans) for group in traces.resource_spans for scoped in group.scope_spans)


def count_logs(logs: Logs) -> int:
    """How many log records a request has."""
    groups = (scoped for group in logs.resource_logs for scoped in group.scope_logs)
    return sum(len(scoped.log_records) for scoped in groups)


def to_spans(traces: Traces) -> Iterator[dict[str, Any]]:
    """The spans of a request, in its order, each made when it is asked for."""
    return (
        _span(span, shared)
        for group in traces.resource_spans
        for scoped in group.scope_spans
        for shared in (_of_spans(group.resource, scoped.scope),)
        for span in scoped.spans
    )


def to_logs(logs: Logs, new_id: str) -> Iterator[dict[str, Any]]:
    """The logs of a request, in its order, each made when it is asked for.

    Those without a trace get one derived of `new_id`.
    """
    records = (
        (record, shared)
        for group in logs.resource_logs
        for scoped in group.scope_logs
        for shared in (_of_logs(group.resource, scoped.scope),)
        for record in scoped.log_records
    )
    for index, (record, shared) in enumerate(records):
        yield _log(record, shared, fresh_id(new_id, index + 1))


def _of_spans(resource: Resource | None, scope: Scope | None) -> Attributes:
    shared = _shared("auto.otlp.spans", resource, scope)
    for name, value in _plain_pairs(resource.attributes if resource else ()):
        if name == "telemetry.sdk.language" and isinstance(value, str):
            shared["sentry.platform"] = containers.attribute(_PLATFORMS.get(value, value))
    return shared


def _of_logs(resource: Resource | None, scope: Scope | None) -> Attributes:
    return _shared("auto.otlp.logs", resource, scope)


def _shared(origin: str, resource: Resource | None, scope: Scope | None) -> Attributes:
    """What all records of a resource and a scope have; their own attributes come on top."""
    found: dict[str, _Plain] = {"sentry.origin": origin}
    if resource is not None:
        found |= {f"resource.{name}": value for name, value in _plain_pairs(resource.attributes)}
    if scope is not None:
        found |= {
            f"instrumentation.{name}": value for name, value in _plain_pairs(scope.attributes)
        }
        found |= {
            "instrumentation.name": scope.name,
            "instrumentation.version": scope.version,
        }
    return containers.attributes(found)


def _span(span: Span, shared: Attributes) -> dict[str, Any]:
    own = dict(_plain_pairs(span.attributes))
    if span.status is not None and span.status.message:
        own["sentry.status.message"] = span.status.message
    return {
        "trace_id": _trace_id(span.trace_id),
        "span_id": _span_id(span.span_id),
        "parent_span_id": _span_id(span.parent_span_id),
        "name": span.name or _name(own, span.kind),
        "status": "ok" if span.status is None or span.status.code in (0, 1) else "error",
        "kind": _KINDS.get(span.kind),
        "is_segment": _is_segment(span),
        "start_timestamp": span.start_time_unix_nano / 1e9,
        "end_timestamp": span.end_time_unix_nano / 1e9,
        "links": [_link(link) for link in span.links],
        "attributes": shared | containers.attributes(own),
    }


def _is_segment(span: Span) -> bool | None:
    """A span without a parent, or with one in another process, is the first of its segment."""
    if not span.parent_span_id:
        return True
    return bool(span.flags & _IS_REMOTE) if span.flags & _HAS_IS_REMOTE else None


def _name(attributes: dict[str, _Plain], kind: int) -> str | None:
    """What Relay calls a span that has no name."""
    for name in attributes:
        if name.startswith("db"):
            return "db"
        if name in _METHODS:
            return _HTTP.get(kind, "http")
    return None


def _link(link: Link) -> dict[str, Any]:
    return {
        "trace_id": _trace_id(link.trace_id),
        "span_id": _span_id(link.span_id),
        "sampled": bool(link.flags & _SAMPLED),
        "attributes": containers.attributes(dict(_plain_pairs(link.attributes))),
    }


def _log(record: LogRecord, shared: Attributes, new_trace: str) -> dict[str, Any]:
    trace_id = _trace_id(record.trace_id)
    log = {
        # OpenTelemetry: where the source knew no time, that of the observation stands for it.
        "timestamp": (record.time_unix_nano or record.observed_time_unix_nano) / 1e9,
        "trace_id": trace_id or new_trace,
        "span_id": _span_id(record.span_id),
        "level": level_of(record.severity_number, record.severity_text),
        "body": None if record.body is None else record.body.string_value,
        "attributes": shared | containers.attributes(dict(_plain_pairs(record.attributes))),
    }
    if trace_id is None:
        remark = containers.INVALID if record.trace_id else containers.MISSING
        log["_meta"] = containers.substituted(remark)
    return log


def level_of(number: int, text: str) -> str:
    """Sentry's level of a severity: by its number, and by its text where that is out of range."""
    if 1 <= number <= 24:
        return _LEVELS[(number - 1) // 4]
    return _LEVEL_NAMES.get(text.lower(), "info")


def _trace_id(text: str) -> str | None:
    return _hex(text, 32)


def _span_id(text: str) -> str | None:
    return _hex(text, 16)


def _hex(text: str, length: int) -> str | None:
    """The id in lower case; None for none and for what is none, as one of zeros is."""
    return text.lower() if len(text) == length and text.strip("0") else None


def _plain_pairs(attributes: Iterable[KeyValue]) -> Iterable[tuple[str, _Plain]]:
    for attribute in attributes:
        value = None if attribute.value is None else plain(attribute.value)
        if value is not None:
            yield attribute.key, value


def plain(value: AnyValue) -> _Plain | None:
    """A value as Sentry keeps it: lists and maps are JSON in a string, without what is deeper."""
    if value.array_value is not None:
        found = [part for each in value.array_value.values if (part := _finite(each)) is not None]
        return msgspec.json.encode(found).decode()
    if value.kvlist_value is not None:
        pairs = ((each.key, each.value) for each in value.kvlist_value.values)
        named = {key: part for key, each in pairs if each and (part := _finite(each)) is not None}
        return msgspec.json.encode(named).decode()
    return _scalar(value)


def _scalar(value: AnyValue) -> _Plain | None:
    if value.bytes_value is not None:
        try:
            return base64.b64decode(value.bytes_value, validate=True).decode()
        except (binascii.Error, ValueError):
            return None
    scalars = (value.string_value, value.bool_value, value.int_value, value.double_value)
    return next((scalar for scalar in scalars if scalar is not None), None)


def _finite(value: AnyValue) -> _Plain | None:
    found = _scalar(value)
    return None if isinstance(found, float) and not math.isfinite(found) else found
