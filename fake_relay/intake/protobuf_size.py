"""How many messages a protobuf body holds, counted before it is parsed.

Rule: nothing is kept of what is read. A message without fields has two bytes on the wire and a
hundred in memory, so a body that is within its limit can become a hundred times its size.
Source: https://protobuf.dev/programming-guides/encoding/
May import: nothing of fake_relay.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

FIELDS: Final = 5
"""Fields for each message that may be there; a record has about three."""

_VARINT, _FIXED_64, _LENGTH, _FIXED_32 = 0, 1, 2, 5
_GROUPS: Final = (3, 4)

Part = tuple[Any, int, int]
"""A message's descriptor, and where in the body it begins and ends."""


def holds_more(body: bytes, descriptor: Any, most: int) -> bool:
    """Whether more than `most` messages, or `FIELDS` times as many fields, are within a message.

    What is not protobuf is left to the parser, which has read as much by then as is counted.
    """
    if len(body) <= 2 * most:
        return False
    known: dict[Any, dict[int, Any]] = {}
    waiting: list[Part] = [(descriptor, 0, len(body))]
    count = fields = 0
    while waiting:
        part = waiting.pop()
        try:
            for inner in _fields(body, part, known):
                fields += 1
                if inner is not None:
                    count += 1
                    waiting.append(inner)
                if count > most or fields > FIELDS * most:
                    return True
        except (IndexError, ValueError):
            continue
    return False


def _fields(body: bytes, part: Part, known: dict[Any, dict[int, Any]]) -> Iterator[Part | None]:
    """For each field of a message the message that it is, or None."""
    descriptor, position, end = part
    messages = known.get(descriptor)
    if messages is None:
        messages = known[descriptor] = _messages_of(descriptor)
    while position < end:
        tag, position = _varint(body, position)
        if tag & 7 != _LENGTH:
            position = _skipped(body, position, tag & 7)
            yield None
            continue
        size, position = _varint(body, position)
        inner = messages.get(tag >> 3)
        yield None if inner is None else (inner, position, min(position + size, end))
        position += size


def _messages_of(descriptor: Any) -> dict[int, Any]:
    """The fields of a message that are messages themselves, by number."""
    return {
        field.number: field.message_type
        for field in descriptor.fields
        if field.type == field.TYPE_MESSAGE
    }


def _skipped(body: bytes, position: int, wire_type: int) -> int:
    """The position behind a field that is no message; a group's fields come one by one."""
    if wire_type == _VARINT:
        return _varint(body, position)[1]
    if wire_type == _FIXED_64:
        return position + 8
    if wire_type == _FIXED_32:
        return position + 4
    if wire_type in _GROUPS:
        return position
    raise ValueError(f"wire type {wire_type} at byte {position}")


def _varint(body: bytes, position: int) -> tuple[int, int]:
    """A number, and the position behind it; raises IndexError at the end of the body."""
    value = shift = 0
    while True:
        byte = body[position]
        position += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, position
        shift += 7
        if shift > 63:
            raise ValueError(f"a number of more than ten bytes before byte {position}")
