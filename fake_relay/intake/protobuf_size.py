"""How many messages a protobuf body holds, counted before it is parsed.

Rule: nothing is kept of what is read. A message without fields has two bytes on the wire and a
hundred in memory, so a body that is within its limit can become a hundred times its size.
Source: https://protobuf.dev/programming-guides/encoding/
May import: nothing of fake_relay.
"""

from __future__ import annotations

from typing import Any, Final

FIELDS: Final = 5
"""Fields for each message that may be there; a record has about three."""

DEPTH: Final = 101
"""Messages within messages; the parser ends at a hundred."""

_VARINT, _FIXED_64, _LENGTH, _FIXED_32 = 0, 1, 2, 5
_GROUPS: Final = (3, 4)


def holds_more(body: bytes, descriptor: Any, most: int) -> bool:
    """Whether more than `most` messages, or `FIELDS` times as many fields, are within a message.

    What is not protobuf is left to the parser, which has read as much by then as is counted.
    """
    if len(body) <= 2 * most:
        return False
    known: dict[Any, dict[int, Any]] = {}
    # The messages that are open, one within the other: what each is, and where it ends.
    opened = [(descriptor, len(body))]
    position = count = fields = 0
    while opened:
        kind, end = opened[-1]
        if position >= end or len(opened) > DEPTH:
            opened.pop()
            position = max(position, end)
            continue
        messages = known.get(kind)
        if messages is None:
            messages = known[kind] = _messages_of(kind)
        try:
            number, begin, position = _field(body, position)
        except (IndexError, ValueError):
            position = end
            continue
        fields += 1
        inner = messages.get(number)
        if inner is not None:
            count += 1
            opened.append((inner, min(position, end)))
            position = begin
        if count > most or fields > FIELDS * most:
            return True
    return False


def _field(body: bytes, position: int) -> tuple[int, int, int]:
    """The number of the field at a position, where its value begins, and where it ends.

    The number is 0, which no field has, for a value that can be no message.
    """
    tag, position = _varint(body, position)
    if tag & 7 != _LENGTH:
        return 0, position, _skipped(body, position, tag & 7)
    size, position = _varint(body, position)
    return tag >> 3, position, position + size


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
