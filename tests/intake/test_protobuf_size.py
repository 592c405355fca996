"""Messages of a protobuf body are counted before it is parsed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from opentelemetry.proto.logs.v1.logs_pb2 import LogsData
from opentelemetry.proto.trace.v1.trace_pb2 import TracesData

from fake_relay.intake.protobuf_size import FIELDS, holds_more

LOGS = LogsData.DESCRIPTOR
EMPTY = b"\x0a\x00"


def exported(records: int, attributes: int = 0) -> bytes:
    message = LogsData()
    scoped = message.resource_logs.add().scope_logs.add()
    for _ in range(records):
        record = scoped.log_records.add()
        for number in range(attributes):
            record.attributes.add(key=f"key{number}").value.int_value = number
    found: bytes = message.SerializeToString()
    return found


@pytest.mark.parametrize(("records", "attributes"), [(50, 0), (10, 5), (1, 40)])
def test_every_message_counts_once(records: int, attributes: int) -> None:
    # A resource and a scope, the records, and two messages for each attribute.
    number = 2 + records * (1 + 2 * attributes)
    body = exported(records, attributes) + b"\x1a\x7f" + b"x" * 127
    assert not holds_more(body, LOGS, number)
    assert holds_more(body, LOGS, number - 1)


@pytest.mark.parametrize(
    "trick",
    [
        b"\x1b\x1c",
        b"\x08\x01",
        b"\x0d....",
        b"\x09........",
        b"\x12\x03abc",
        EMPTY + b"\x0a\x01\xff",
    ],
    ids=["group", "number", "fixed 32", "fixed 64", "text", "a broken message"],
)
def test_nothing_hides_messages_from_the_count(trick: bytes) -> None:
    assert holds_more(trick + EMPTY * 100, LOGS, 99)


def test_countless_fields_that_are_no_messages_are_too_many_as_well() -> None:
    assert holds_more(b"\x08\x01" * (FIELDS * 100 + 1), LOGS, 100)
    assert not holds_more(b"\x08\x01" * FIELDS * 100, LOGS, 100)


@given(st.binary(max_size=100))
def test_any_bytes_have_a_count(body: bytes) -> None:
    assert isinstance(holds_more(body, TracesData.DESCRIPTOR, 0), bool)
