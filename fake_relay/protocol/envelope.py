"""Bytes <-> Envelope, exactly as Relay reads them (PROTOCOL.md 4).

Rule: nothing is thrown away. Each part keeps the bytes that framed it, so writing what was
read gives the same bytes.
May import: errors, protocol.dsn, msgspec.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Annotated, Any, Final, NoReturn

import msgspec

from fake_relay.errors import BadEnvelope, InvalidDsn
from fake_relay.protocol.dsn import Dsn

MAX_ITEMS: Final = 500

_WHITESPACE: Final = b" \t\r\n"
_BOM: Final = b"\xef\xbb\xbf"

UInt = Annotated[int, msgspec.Meta(ge=0)]
ZonedTime = Annotated[datetime, msgspec.Meta(tz=True)]


class EnvelopeHeader(msgspec.Struct, frozen=True, kw_only=True):
    """The typed fields of an envelope's header; the others stay in `Envelope.lead`.

    `trace` is undecoded: Relay ignores a malformed one instead of refusing the envelope.
    """

    event_id: str | None = None
    dsn: str | None = None
    sent_at: ZonedTime | None = None
    trace: msgspec.Raw = msgspec.Raw()
    sdk: msgspec.Raw = msgspec.Raw()
    client: str | None = None
    version: UInt | None = None
    origin: str | None = None
    remote_addr: str | None = None
    forwarded_for: str | None = None
    user_agent: str | None = None
    no_cache: bool | None = None


class ItemHeader(msgspec.Struct, frozen=True, kw_only=True, rename={"item_type": "type"}):
    """The typed fields of an item's header; the others stay in `Item.lead`."""

    item_type: str
    length: UInt | msgspec.UnsetType = msgspec.UNSET
    content_type: str | None = None
    filename: str | None = None
    attachment_type: str | None = None
    item_count: UInt | None = None
    platform: str | None = None
    span_count: UInt | None = None
    sampled: bool | None = None
    attachment_length: UInt | None = None
    meta_length: UInt | None = None
    sentry_release: str | None = None
    sentry_environment: str | None = None


class Item(msgspec.Struct, frozen=True):
    """One item: its header, its payload, and the bytes that framed them."""

    header: ItemHeader
    lead: bytes
    payload: bytes
    tail: bytes
    start: int = 0
    """Offset of the payload in the envelope."""

    @property
    def type(self) -> str:
        return self.header.item_type

    @property
    def raw_header(self) -> bytes:
        """The header's JSON as it was sent."""
        return self.lead.strip(_WHITESPACE)


class Envelope(msgspec.Struct, frozen=True):
    """A header and items; `event_id` is 32 lower-case hex digits or None."""

    header: EnvelopeHeader
    lead: bytes
    items: tuple[Item, ...]
    event_id: str | None = None
    tolerated: tuple[str, ...] = ()
    """What lenient reading let pass and Relay would have refused."""

    @property
    def raw_header(self) -> bytes:
        """The header's JSON as it was sent."""
        return self.lead.removeprefix(_BOM).strip(_WHITESPACE)


_decode_envelope_header = msgspec.json.Decoder(EnvelopeHeader).decode
_decode_item_header = msgspec.json.Decoder(ItemHeader).decode

# Keys that Relay deserialises into fields: serde refuses their duplicates.
_KNOWN_KEYS: Final = EnvelopeHeader.__struct_fields__
_QUOTED_KEYS: Final = tuple(f'"{key}"'.encode() for key in _KNOWN_KEYS)


def normalize_event_id(text: str) -> str:
    """Any UUID spelling as 32 lower-case hex digits; raises ValueError for anything else."""
    return uuid.UUID(text).hex


def parse(body: bytes, *, lenient: bool = False, strict_key: bool = True) -> Envelope:
    """Read an envelope; raises `BadEnvelope` with Relay's words.

    With `lenient`, a byte order mark, `\\r\\n` line ends and trailing blank lines pass and
    are named in `Envelope.tolerated`. With `strict_key` the `dsn` header's key must have
    32 characters.
    """
    if not body:
        raise BadEnvelope("empty request body", reason="empty_body")
    return _Reader(body, lenient=lenient, strict_key=strict_key).envelope()


def serialize(envelope: Envelope) -> bytes:
    """Write an envelope; the bytes that were read, if it was read."""
    parts = [envelope.lead]
    for item in envelope.items:
        parts += (item.lead, item.payload, item.tail)
    return b"".join(parts)


def make_item(item_type: str, payload: bytes, headers: Mapping[str, Any] | None = None) -> Item:
    """A new item with an explicit length."""
    fields = {"type": item_type, **(headers or {}), "length": len(payload)}
    lead = msgspec.json.encode(fields)
    return Item(_decode_item_header(lead), lead + b"\n", payload, b"\n")


def make_envelope(headers: Mapping[str, Any], items: Iterable[Item]) -> Envelope:
    """A new envelope; raises `BadEnvelope` when the headers are not valid ones."""
    lead = msgspec.json.encode(headers) + b"\n"
    header, event_id = _envelope_header(lead[:-1], strict_key=False)
    placed: list[Item] = []
    offset = len(lead)
    for item in items:
        start = offset + len(item.lead)
        placed.append(msgspec.structs.replace(item, start=start))
        offset = start + len(item.payload) + len(item.tail)
    return Envelope(header, lead, tuple(placed), event_id)


def _refuse(cause: str, *details: str) -> NoReturn:
    raise BadEnvelope("invalid event envelope", cause, *details)


def _envelope_header(raw: bytes, *, strict_key: bool) -> tuple[EnvelopeHeader, str | None]:
    try:
        header = _decode_envelope_header(raw)
        _check_duplicates(raw)
        event_id = normalize_event_id(header.event_id) if header.event_id is not None else None
        if header.dsn is not None:
            Dsn.parse(header.dsn, strict_key=strict_key)
    except (msgspec.MsgspecError, ValueError, RecursionError, InvalidDsn) as error:
        _refuse("invalid envelope header", str(error))
    return header, event_id


def _check_duplicates(raw: bytes) -> None:
    # An escape could hide a key, so a backslash takes the slow road; serde also refuses
    # invalid UTF-8 anywhere, which a typed decode passes over in fields that it skips.
    if not raw.isascii():
        raw.decode()
    if b"\\" in raw or any(raw.count(key) > 1 for key in _QUOTED_KEYS):
        keys = [key for key, _ in json.loads(raw, object_pairs_hook=list)]
        for key in _KNOWN_KEYS:
            if keys.count(key) > 1:
                raise ValueError(f"duplicate field `{key}`")


def _item_header(raw: bytes) -> ItemHeader:
    try:
        header = _decode_item_header(raw)
        if not raw.isascii():
            raw.decode()
        if b"\\" in raw or raw.count(b'"type"') > 1:
            keys = [key for key, _ in json.loads(raw, object_pairs_hook=list)]
            if keys.count("type") > 1:
                raise ValueError("duplicate field `type`")
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        _refuse("invalid item header", str(error))
    return header


class _Reader:
    """A position in a body, and the steps of PROTOCOL.md 4.1 as methods."""

    def __init__(self, body: bytes, *, lenient: bool, strict_key: bool) -> None:
        self.body = body
        self.size = len(body)
        self.position = 0
        self.lenient = lenient
        self.strict_key = strict_key
        self.tolerated: list[str] = []

    def envelope(self) -> Envelope:
        if self.lenient and self.body.startswith(_BOM):
            self.tolerated.append("byte order mark")
            self.position = len(_BOM)
        raw = self.header_bytes(missing="missing envelope header", broken="invalid envelope header")
        header, event_id = _envelope_header(raw, strict_key=self.strict_key)
        lead = self.body[: self.position]
        items: list[Item] = []
        while self.position < self.size and not self.at_tolerated_end():
            if len(items) == MAX_ITEMS:
                _refuse("too many individual items")
            items.append(self.item())
        return Envelope(header, lead, tuple(items), event_id, tuple(self.tolerated))

    def at_tolerated_end(self) -> bool:
        if not self.lenient or self.body[self.position :].strip(_WHITESPACE):
            return False
        self.tolerated.append("trailing blank lines")
        return True

    def item(self) -> Item:
        begin = self.position
        raw = self.header_bytes(missing="unexpected end of file", broken="invalid item header")
        header = _item_header(raw)
        start = self.position
        lead = self.body[begin:start]
        if header.length is msgspec.UNSET:
            end = self.body.find(b"\n", start)
            end = self.size if end < 0 else end
        else:
            end = start + header.length
            if end > self.size:
                _refuse(
                    "unexpected end of file",
                    f"the item at byte {begin} declares {header.length} bytes, only "
                    f"{self.size - start} remain; was the envelope cut, or the length "
                    "counted in characters?",
                )
        self.position = end
        self.line_end()
        return Item(header, lead, self.body[start:end], self.body[end : self.position], start)

    def header_bytes(self, *, missing: str, broken: str) -> bytes:
        """The next JSON object; moves behind the line end that must follow it."""
        body, begin = self.body, self.position
        if body[begin : begin + 1] != b"{":
            begin = self.size - len(body[begin:].lstrip(_WHITESPACE))
            if begin == self.size:
                _refuse(missing)
            if body[begin] != 0x7B:
                _refuse(broken, f"expected an object at byte {begin}")
        newline = body.find(b"\n", begin)
        end = self.size if newline < 0 else newline
        # Nearly every header is one line that ends in `}`; whether it is one object, the
        # typed decode tells: it refuses anything behind it.
        if body[end - 1] != 0x7D or not _is_object(body[begin:end]):
            end = _object_end(body, begin)
            if end < 0:
                _refuse(broken, f"the object that begins at byte {begin} does not end")
        self.position = end
        self.line_end()
        return body[begin:end]

    def line_end(self) -> None:
        position = self.position
        if position == self.size:
            return
        if self.body[position] == 0x0A:
            self.position = position + 1
        elif self.lenient and self.body[position : position + 2] == b"\r\n":
            self.position = position + 2
            if "CRLF line ends" not in self.tolerated:
                self.tolerated.append("CRLF line ends")
        else:
            _refuse("missing newline after header or payload", f"at byte {position}")


def _is_object(raw: bytes) -> bool:
    # With one opening brace and one closing brace there is nothing to decide.
    if raw.count(b"{") == 1 and raw.count(b"}") == 1:
        return True
    try:
        msgspec.json.decode(raw, type=_AnyObject)
    except (msgspec.MsgspecError, RecursionError):
        return False
    return True


class _AnyObject(msgspec.Struct):
    """Decodes to nothing, and so checks the syntax of an object at the lowest cost."""


def _object_end(body: bytes, begin: int) -> int:
    """The offset behind the JSON object that begins here, by braces and strings; -1 if none."""
    depth = 0
    position = begin
    size = len(body)
    while position < size:
        byte = body[position]
        if byte == 0x22:
            position += 1
            while position < size and body[position] != 0x22:
                position += 2 if body[position] == 0x5C else 1
        elif byte in (0x7B, 0x5B):
            depth += 1
        elif byte in (0x7D, 0x5D):
            depth -= 1
            if depth == 0:
                return position + 1
        position += 1
    return -1


def headers_of(raw: bytes) -> dict[str, Any]:
    """All fields of a header's JSON, decoded; duplicates keep the last one."""
    decoded: dict[str, Any] = msgspec.json.decode(raw)
    return decoded
