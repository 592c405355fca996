"""OpenTelemetry's exports become spans and logs, from JSON and from protobuf (PROTOCOL.md 2.9)."""

from __future__ import annotations

import base64
import builtins
import gzip
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from opentelemetry.proto.logs.v1.logs_pb2 import LogsData
from opentelemetry.proto.trace.v1.trace_pb2 import TracesData

from fake_relay.errors import TooLarge
from fake_relay.intake import otlp, otlp_wire
from fake_relay.intake.containers import MAX_RECORDS
from fake_relay.intake.otlp_convert import level_of, to_logs, to_spans
from fake_relay.records import Reply

TRACES = "/api/42/integration/otlp/v1/traces"
LOGS = "/api/42/integration/otlp/v1/logs"
JSON = "application/json"
PROTOBUF = "application/x-protobuf"
TRACE_ID = "5b8efff798038103d269b633813fc60c"
SPAN_ID = "eee19b7ec3c1b174"
PARENT_ID = "eee19b7ec3c1b173"

VALUES = [
    {"key": "text", "value": {"stringValue": "x"}},
    {"key": "flag", "value": {"boolValue": False}},
    {"key": "number", "value": {"intValue": "-7"}},
    {"key": "share", "value": {"doubleValue": 0.5}},
    {"key": "bytes", "value": {"bytesValue": "aGk="}},
    {"key": "broken", "value": {"bytesValue": "/w=="}},
    {
        "key": "list",
        "value": {
            "arrayValue": {
                "values": [{"stringValue": "a"}, {"intValue": "1"}, {"arrayValue": {"values": []}}]
            }
        },
    },
    {
        "key": "map",
        "value": {"kvlistValue": {"values": [{"key": "k", "value": {"boolValue": True}}]}},
    },
    {"key": "nothing", "value": {}},
]
TYPED = {
    "text": {"value": "x", "type": "string"},
    "flag": {"value": False, "type": "boolean"},
    "number": {"value": -7, "type": "integer"},
    "share": {"value": 0.5, "type": "double"},
    "bytes": {"value": "hi", "type": "string"},
    "list": {"value": '["a",1]', "type": "string"},
    "map": {"value": '{"k":true}', "type": "string"},
}
RESOURCE = {
    "attributes": [
        {"key": "service.name", "value": {"stringValue": "shop"}},
        {"key": "telemetry.sdk.language", "value": {"stringValue": "nodejs"}},
    ]
}
SCOPE = {
    "name": "lib",
    "version": "1.2",
    "attributes": [{"key": "text", "value": {"stringValue": "of the scope"}}],
}
SHARED = {
    "resource.service.name": {"value": "shop", "type": "string"},
    "resource.telemetry.sdk.language": {"value": "nodejs", "type": "string"},
    "instrumentation.text": {"value": "of the scope", "type": "string"},
    "instrumentation.name": {"value": "lib", "type": "string"},
    "instrumentation.version": {"value": "1.2", "type": "string"},
}
SPAN = {
    "traceId": TRACE_ID.upper(),
    "spanId": SPAN_ID,
    "parentSpanId": PARENT_ID,
    "name": "GET /",
    "kind": 2,
    "flags": 0x300,
    "startTimeUnixNano": "1699999000300000000",
    "endTimeUnixNano": "1699999000500000000",
    "attributes": VALUES,
    "status": {"code": 2, "message": "broken"},
    "links": [
        {
            "traceId": TRACE_ID,
            "spanId": PARENT_ID,
            "flags": 1,
            "attributes": VALUES[:1],
        }
    ],
    "events": [{"name": "exception", "timeUnixNano": "1699999000400000000"}],
    "droppedAttributesCount": 3,
}
LOG = {
    "timeUnixNano": "1699999000300000000",
    "observedTimeUnixNano": "1699999000400000000",
    "severityNumber": 17,
    "severityText": "whatever",
    "body": {"stringValue": "it broke"},
    "attributes": VALUES,
    "traceId": TRACE_ID,
    "spanId": SPAN_ID,
}


def traces(*spans: dict[str, Any]) -> dict[str, Any]:
    """The JSON of an export of spans."""
    scoped = {"scope": SCOPE, "spans": list(spans)}
    return {"resourceSpans": [{"resource": RESOURCE, "scopeSpans": [scoped]}]}


def logs(*records: dict[str, Any]) -> dict[str, Any]:
    """The JSON of an export of logs."""
    scoped = {"scope": SCOPE, "logRecords": list(records)}
    return {"resourceLogs": [{"resource": RESOURCE, "scopeLogs": [scoped]}]}


def post(sender: Any, path: str, body: bytes, content_type: str = JSON, **headers: str) -> Any:
    """The answer of a door."""
    return sender.send(body, path=path, headers={"content-type": content_type, **headers})


def records(sender: Any) -> list[dict[str, Any]]:
    """The records of the only item."""
    [item] = sender.items
    found: list[dict[str, Any]] = json.loads(sender.store.payload(item.id))["items"]
    return found


def test_a_span_becomes_what_relay_makes_of_it(sender: Any) -> None:
    reply = post(sender, TRACES, json.dumps(traces(SPAN)).encode())
    assert (reply.status, reply.body, reply.content_type) == (200, b"{}", JSON)
    assert records(sender) == [
        {
            "trace_id": TRACE_ID,
            "span_id": SPAN_ID,
            "parent_span_id": PARENT_ID,
            "name": "GET /",
            "status": "error",
            "kind": "server",
            "is_segment": True,
            "start_timestamp": 1699999000.3,
            "end_timestamp": 1699999000.5,
            "links": [
                {
                    "trace_id": TRACE_ID,
                    "span_id": PARENT_ID,
                    "sampled": True,
                    "attributes": {"text": {"value": "x", "type": "string"}},
                }
            ],
            "attributes": {
                "sentry.origin": {"value": "auto.otlp.spans", "type": "string"},
                "sentry.platform": {"value": "node", "type": "string"},
                "sentry.status.message": {"value": "broken", "type": "string"},
                **SHARED,
                **TYPED,
            },
        }
    ]


def test_the_container_of_spans_is_one_that_relay_would_take(sender: Any) -> None:
    other = {**SPAN, "spanId": "ab" * 8}
    post(sender, TRACES, json.dumps(traces(SPAN, other)).encode())
    [item] = sender.items
    header = json.loads(bytes(item.headers))
    assert (item.type, item.outcome, item.count, item.trace_id) == ("span", "", 2, TRACE_ID)
    assert header["content_type"] == "application/vnd.sentry.items.span.v2+json"
    assert header["item_count"] == 2


def test_a_log_becomes_what_relay_makes_of_it(sender: Any) -> None:
    reply = post(sender, LOGS, json.dumps(logs(LOG)).encode())
    assert (reply.status, reply.body, reply.content_type) == (200, b"{}", JSON)
    assert records(sender) == [
        {
            "timestamp": 1699999000.3,
            "trace_id": TRACE_ID,
            "span_id": SPAN_ID,
            "level": "error",
            "body": "it broke",
            "attributes": {
                "sentry.origin": {"value": "auto.otlp.logs", "type": "string"},
                **SHARED,
                **TYPED,
            },
        }
    ]
    [item] = sender.items
    assert (item.type, item.title, item.level) == ("log", "it broke", "error")


@pytest.mark.parametrize(
    ("change", "field", "value"),
    [
        ({"parentSpanId": ""}, "is_segment", True),
        ({"parentSpanId": ""}, "parent_span_id", None),
        ({"flags": 0x100}, "is_segment", False),
        ({"flags": 0}, "is_segment", None),
        ({"status": {}}, "status", "ok"),
        ({"status": {"code": 1}}, "status", "ok"),
        ({"kind": 0}, "kind", None),
        ({"kind": 1}, "kind", "internal"),
        ({"kind": 3}, "kind", "client"),
        ({"kind": 4}, "kind", "producer"),
        ({"kind": 5}, "kind", "consumer"),
        ({"kind": 99}, "kind", None),
        ({"name": ""}, "name", None),
        (
            {"name": "", "attributes": [{"key": "db.system", "value": VALUES[0]["value"]}]},
            "name",
            "db",
        ),
        (
            {"name": "", "attributes": [{"key": "http.method", "value": VALUES[0]["value"]}]},
            "name",
            "http.server",
        ),
        ({"traceId": "00" * 16}, "trace_id", None),
        ({"spanId": "ab"}, "span_id", None),
    ],
    ids=repr,
)
def test_a_field_of_a_span(change: dict[str, Any], field: str, value: Any) -> None:
    body = json.dumps(traces({**SPAN, **change})).encode()
    [span] = to_spans(otlp_wire.read_traces(body, protobuf=False))
    assert span[field] == value


@pytest.mark.parametrize(
    ("number", "text", "level"),
    [
        (1, "", "trace"),
        (4, "", "trace"),
        (5, "", "debug"),
        (8, "error", "debug"),
        (9, "", "info"),
        (12, "", "info"),
        (13, "", "warn"),
        (16, "", "warn"),
        (17, "", "error"),
        (20, "", "error"),
        (21, "", "fatal"),
        (24, "", "fatal"),
        (0, "Warning", "warn"),
        (25, "ERROR", "error"),
        (0, "Information", "info"),
        (-1, "trace", "trace"),
        (0, "loud", "info"),
        (0, "", "info"),
    ],
)
def test_a_severity_is_a_level(number: int, text: str, level: str) -> None:
    assert level_of(number, text) == level


@pytest.mark.parametrize(
    ("trace_id", "remark"), [("", "trace_id.missing"), ("abcd", "trace_id.invalid")]
)
def test_a_log_without_a_trace_gets_one_and_says_so(trace_id: str, remark: str) -> None:
    body = json.dumps(logs(*[{**LOG, "traceId": trace_id}] * 2)).encode()
    first, second = to_logs(otlp_wire.read_logs(body, protobuf=False), "b" * 32)
    assert len({first["trace_id"], second["trace_id"], "b" * 32}) == 3
    assert first["_meta"] == {"trace_id": {"": {"rem": [[remark, "s"]]}}}


def test_a_log_whose_source_knew_no_time_has_that_of_its_observation() -> None:
    body = json.dumps(logs({**LOG, "timeUnixNano": "0"})).encode()
    [log] = to_logs(otlp_wire.read_logs(body, protobuf=False), "b" * 32)
    assert log["timestamp"] == 1699999000.4


def test_numbers_without_a_value_in_json_become_null() -> None:
    attributes = [{"key": "x", "value": {"doubleValue": "NaN"}}]
    body = json.dumps(logs({**LOG, "attributes": attributes})).encode()
    [log] = to_logs(otlp_wire.read_logs(body, protobuf=False), "b" * 32)
    assert log["attributes"]["x"] == {"value": None, "type": "double"}


def as_protobuf(message: Any, fields: dict[str, Any]) -> Any:
    """The protobuf message of some OTLP/JSON, filled in field by field."""
    for name, value in fields.items():
        field = message.DESCRIPTOR.fields_by_camelcase_name[name]
        target = getattr(message, field.name)
        if isinstance(value, list):
            for part in value:
                as_protobuf(target.add(), part)
        elif isinstance(value, dict):
            target.SetInParent()
            as_protobuf(target, value)
        elif field.type == field.TYPE_BYTES:
            given = base64.b64decode(value) if name == "bytesValue" else bytes.fromhex(value)
            setattr(message, field.name, given)
        else:
            kinds = {
                field.CPPTYPE_STRING: str,
                field.CPPTYPE_BOOL: bool,
                field.CPPTYPE_DOUBLE: float,
            }
            setattr(message, field.name, kinds.get(field.cpp_type, int)(value))
    return message


def test_protobuf_and_json_give_the_same_spans_and_logs() -> None:
    message = as_protobuf(TracesData(), traces(SPAN))
    read = otlp_wire.read_traces(message.SerializeToString(), protobuf=True)
    same = otlp_wire.read_traces(json.dumps(traces(SPAN)).encode(), protobuf=False)
    assert list(to_spans(read)) == list(to_spans(same))
    message = as_protobuf(LogsData(), logs(LOG))
    read_logs = otlp_wire.read_logs(message.SerializeToString(), protobuf=True)
    same_logs = otlp_wire.read_logs(json.dumps(logs(LOG)).encode(), protobuf=False)
    assert list(to_logs(read_logs, "b" * 32)) == list(to_logs(same_logs, "b" * 32))


def test_a_protobuf_export_is_answered_with_a_message_of_no_bytes(sender: Any) -> None:
    wire = gzip.compress(as_protobuf(TracesData(), traces(SPAN)).SerializeToString())
    reply = post(sender, TRACES, wire, PROTOBUF, **{"content-encoding": "gzip"})
    assert (reply.status, reply.body, reply.content_type) == (200, b"", PROTOBUF)
    assert [item.type for item in sender.items] == ["span"]
    assert sender.store.body(sender.envelopes[0].id).wire == wire


@pytest.mark.parametrize(("path", "kind"), [(TRACES, "spans"), (LOGS, "logs")])
@pytest.mark.parametrize(
    ("content_type", "body", "outcome"),
    [
        (JSON, b"{", "invalid(invalid_json)"),
        (JSON, b"", "invalid(invalid_json)"),
        (JSON, b"[" * 100_000, "invalid(invalid_json)"),
        (JSON, b'{"resourceSpans":1,"resourceLogs":1}', "invalid(invalid_json)"),
        (PROTOBUF, b"\xff", "invalid(invalid_proto)"),
        (PROTOBUF, b"{}", "invalid(invalid_proto)"),
    ],
)
def test_what_does_not_decode_is_kept_and_the_client_has_its_200(
    sender: Any, path: str, kind: str, content_type: str, body: bytes, outcome: str
) -> None:
    assert post(sender, path, body, content_type).status == 200
    [item] = sender.items
    suffix = "json" if content_type == JSON else "protobuf"
    header = json.loads(bytes(item.headers))
    assert (item.type, item.outcome) == ("integration", outcome)
    assert header["content_type"] == f"application/vnd.sentry.integration.otel.{kind}+{suffix}"
    assert sender.store.payload(item.id) == body


@pytest.mark.parametrize(
    "change", [{"traceId": "xyz"}, {"kind": "SPAN_KIND_SERVER"}, {"flags": -1}]
)
def test_a_field_of_a_wrong_type_spoils_the_request_as_in_relay(
    sender: Any, change: dict[str, Any]
) -> None:
    post(sender, TRACES, json.dumps(traces({**SPAN, **change})).encode())
    assert [item.outcome for item in sender.items] == ["invalid(invalid_json)"]


@pytest.mark.parametrize(("content_type", "body"), [(JSON, b"{}"), (PROTOBUF, b"")])
def test_an_export_of_nothing_is_an_envelope_without_items(
    sender: Any, content_type: str, body: bytes
) -> None:
    assert post(sender, TRACES, body, content_type).status == 200
    assert [envelope.item_types for envelope in sender.envelopes] == [()]


@pytest.mark.parametrize(
    "path",
    [TRACES, TRACES + "/", LOGS, LOGS + "/", "/api/42/otlp/v1/traces", "/api/42/otlp/v1/traces/"],
)
def test_each_path_with_and_without_a_slash(sender: Any, path: str) -> None:
    assert post(sender, path, b"{}").status == 200


@pytest.mark.parametrize(
    "content_type", ["", "text/plain", f"{PROTOBUF}; charset=utf-8", "application/json; x=y"]
)
def test_other_types_are_415(sender: Any, content_type: str) -> None:
    assert post(sender, TRACES, b"{}", content_type).status == 415


def test_json_may_say_that_it_is_utf_8(sender: Any) -> None:
    assert post(sender, TRACES, b"{}", "application/json; charset=UTF-8").status == 200


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (400, 3),
        (415, 3),
        (401, 16),
        (403, 7),
        (404, 5),
        (413, 8),
        (429, 8),
        (501, 12),
        (502, 14),
        (503, 14),
        (504, 4),
        (500, 13),
        (507, 13),
        (408, 2),
        (405, 2),
    ],
)
def test_an_error_is_a_status_with_the_code_of_its_http_status(status: int, code: int) -> None:
    limits = (("Retry-After", "60"), ("X-Sentry-Rate-Limits", "60::key"))
    reply = Reply(status, b'{"detail":"no","causes":["why"]}', headers=limits)
    made = otlp.explain({"content-type": JSON}, reply)
    assert json.loads(made.body) == {"code": code, "message": "no: why"}
    assert (made.status, made.headers) == (status, limits)


def test_a_body_that_is_no_error_of_ours_stays() -> None:
    reply = Reply(503, b"out for lunch", "text/plain")
    assert otlp.explain({"content-type": JSON}, reply) == reply


def test_an_error_without_a_body_has_its_words_in_a_header() -> None:
    reply = Reply(415, b"", "text/plain", (("X-Sentry-Error", "unsupported"),))
    made = otlp.explain({"content-type": "text/plain"}, reply)
    assert json.loads(made.body) == {"code": 3, "message": "unsupported"}


@pytest.mark.parametrize("message", ["no", "x" * 127, "é" * 100, "x" * 20_000])
def test_an_error_to_a_protobuf_client_is_a_protobuf_message(message: str) -> None:
    reply = Reply(400, json.dumps({"detail": message}).encode())
    made = otlp.explain({"content-type": PROTOBUF}, reply)
    # An OTLP status has the same two fields under other numbers, so the bytes are read by hand.
    size = len(message.encode())
    head = b"\x08\x03\x12"
    assert made.content_type == PROTOBUF
    assert made.body.startswith(head)
    assert made.body.endswith(message.encode())
    varint = made.body[len(head) : -size]
    assert sum((byte & 0x7F) << (7 * place) for place, byte in enumerate(varint)) == size
    assert [byte >> 7 for byte in varint] == [1] * (len(varint) - 1) + [0]


def test_without_the_library_protobuf_is_a_501_that_names_the_extra(
    sender: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    really = builtins.__import__

    def without(name: str, *arguments: Any, **options: Any) -> Any:
        if name.startswith(("opentelemetry", "google")):
            raise ImportError(name)
        return really(name, *arguments, **options)

    monkeypatch.setattr(builtins, "__import__", without)
    reply = post(sender, TRACES, b"", PROTOBUF)
    assert reply.status == 501
    assert b"fake-relay[otlp]" in reply.body
    assert post(sender, TRACES, b"{}").status == 200


@pytest.mark.parametrize("path", [TRACES, LOGS])
@pytest.mark.parametrize("content_type", [JSON, PROTOBUF])
def test_more_records_than_are_converted_at_once_are_413(
    sender: Any, path: str, content_type: str
) -> None:
    records: list[dict[str, Any]] = [{}] * (MAX_RECORDS + 1)
    fields = traces(*records) if path == TRACES else logs(*records)
    body = json.dumps(fields).encode()
    if content_type == PROTOBUF:
        message = TracesData() if path == TRACES else LogsData()
        body = as_protobuf(message, fields).SerializeToString()
    assert post(sender, path, body, content_type).status == 413
    assert sender.items == []


@pytest.mark.parametrize("protobuf", [False, True])
def test_a_record_of_countless_attributes_is_413(
    monkeypatch: pytest.MonkeyPatch, protobuf: bool
) -> None:
    monkeypatch.setattr(otlp_wire, "MAX_MESSAGES", 50)
    fields = logs({**LOG, "attributes": [{}] * 50})
    body = json.dumps(fields).encode()
    if protobuf:
        body = as_protobuf(LogsData(), fields).SerializeToString()
    with pytest.raises(TooLarge):
        otlp_wire.read_logs(body, protobuf=protobuf)


@pytest.mark.parametrize("protobuf", [False, True])
def test_what_all_records_share_does_not_make_a_small_request_a_huge_one(
    sender: Any, protobuf: bool
) -> None:
    fields = logs(*[LOG] * 40)
    shared = {"key": "a", "value": {"stringValue": "x" * 1024 * 1024}}
    fields["resourceLogs"][0]["resource"] = {"attributes": [shared]}
    body = json.dumps(fields).encode()
    if protobuf:
        body = as_protobuf(LogsData(), fields).SerializeToString()
    kind = PROTOBUF if protobuf else JSON
    assert post(sender, LOGS, body, kind).status == 413


@given(st.binary(max_size=200), st.booleans())
def test_any_bytes_are_an_export_or_undecodable(body: bytes, protobuf: bool) -> None:
    try:
        found = list(to_spans(otlp_wire.read_traces(body, protobuf=protobuf)))
        also = list(to_logs(otlp_wire.read_logs(body, protobuf=protobuf), "b" * 32))
    except otlp_wire.Undecodable:
        return
    assert isinstance(found, list)
    assert isinstance(also, list)
