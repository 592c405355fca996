"""Bytes <-> Envelope, exactly as Relay reads them (PROTOCOL.md 4).

Rule: nothing is thrown away. Each part keeps the bytes that framed it, so writing what was
read gives the same bytes.
May import: errors, protocol.dsn, protocol.depth, msgspec.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from functools import partial
from typing import Annotated, Any, Final, NoReturn, TypeVar

import msgspec

from fake_relay.errors import BadEnvelope, InvalidDsn
from fake_relay.protocol.depth import MAX_DEPTH, TOO_DEEP, is_too_deep
from fake_relay.protocol.dsn import Dsn

MAX_ITEMS: Final = 500

_WHITESPACE: Final = b" \t\r\n"
_NOT_BLANK: Final = re.compile(rb"[^ \t\r\n]")
_BOM: Final = b"\xef\xbb\xbf"

# The spellings that the uuid crate takes; Python's own parser also takes stray dashes.
_SIMPLE_ID: Final = re.compile(r"[0-9a-fA-F]{32}").fullmatch
_HYPHENATED_ID: Final = re.compile(
    r"(?:urn:uuid:)?(?P<bare>[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12})"
    r"|\{(?P<braced>[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12})\}"
).fullmatch

_Header = TypeVar("_Header")

UInt = Annotated[int, msgspec.Meta(ge=0)]
UInt32 = Annotated[int, msgspec.Meta(ge=0, le=2**32 - 1)]
ZonedTime = Annotated[datetime, msgspec.Meta(tz=True)]


class EnvelopeHeader(msgspec.Struct, frozen=True, kw_only=True, gc=False):
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


class ItemHeader(msgspec.Struct, frozen=True, kw_only=True, gc=False, rename={"item_type": "type"}):
    """The typed fields of an item's header; the others stay in `Item.lead`."""

    item_type: str
    length: UInt | msgspec.UnsetType = msgspec.UNSET
    content_type: str | None = None
    filename: str | None = None
    attachment_type: str | None = None
    item_count: UInt32 | None = None
    platform: str | None = None
    span_count: UInt32 | None = None
    sampled: bool | None = None
    attachment_length: UInt | None = None
    meta_length: UInt | None = None
    sentry_release: str | None = None
    sentry_environment: str | None = None


class Item(msgspec.Struct, frozen=True, gc=False):
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


class Envelope(msgspec.Struct, frozen=True, gc=False):
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
_find_keys: Final = re.compile(b'"(?:' + "|".join(_KNOWN_KEYS).encode() + b')"').findall


def normalize_event_id(text: str) -> str:
    """Any UUID spelling as 32 lower-case hex digits; raises ValueError for anything else.

    Plain, hyphenated, in braces or as `urn:uuid:`, the digits in any case (PROTOCOL.md 4.2).
    """
    if _SIMPLE_ID(text):
        return text.lower()
    found = _HYPHENATED_ID(text)
    if found is None:
        raise ValueError(f"invalid event id {text!r:.80}")
    return (found["bare"] or found["braced"]).replace("-", "").lower()


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


def serialized_size(envelope: Envelope) -> int:
    """How many bytes `serialize` writes."""
    return len(envelope.lead) + sum(
        len(item.lead) + len(item.payload) + len(item.tail) for item in envelope.items
    )


def make_item(item_type: str, payload: bytes, headers: Mapping[str, Any] | None = None) -> Item:
    """A new item with an explicit length."""
    fields = {"type": item_type} | dict(headers or {})
    fields |= {"type": item_type, "length": len(payload)}
    lead = msgspec.json.encode(fields)
    return Item(_decode_item_header(lead), lead + b"\n", payload, b"\n")


def make_envelope(headers: Mapping[str, Any], items: Iterable[Item]) -> Envelope:
    """A new envelope; raises `BadEnvelope` when the headers are not valid ones."""
    lead = msgspec.json.encode(headers) + b"\n"
    try:
        header, event_id = _envelope_header(lead[:-1], strict_key=False)
    except (msgspec.MsgspecError, ValueError, InvalidDsn) as error:
        _refuse("invalid envelope header", str(error))
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
    header = _decode_envelope_header(raw)
    _check_depth(raw)
    _check_duplicates(raw)
    event_id = header.event_id
    if event_id is not None:
        event_id = normalize_event_id(event_id)
    if header.dsn is not None:
        Dsn.parse(header.dsn, strict_key=strict_key)
    return header, event_id


def _check_depth(raw: bytes) -> None:
    # Fields that nobody knows are read into values, so serde_json's bound holds for them too.
    if len(raw) > MAX_DEPTH and is_too_deep(raw):
        raise ValueError(TOO_DEEP)


def _check_duplicates(raw: bytes) -> None:
    # An escape could hide a key, so a backslash takes the slow road; serde also refuses
    # invalid UTF-8 anywhere, which a typed decode passes over in fields that it skips.
    if not raw.isascii():
        raw.decode()
    keys = _find_keys(raw)
    if len(keys) != len(set(keys)) or b"\\" in raw:
        _refuse_duplicates(raw, _KNOWN_KEYS)


def _refuse_duplicates(raw: bytes, known: Iterable[str]) -> None:
    keys = [key for key, _ in json.loads(raw, object_pairs_hook=list)]
    for key in known:
        if keys.count(key) > 1:
            raise ValueError(f"duplicate field `{key}`")


def _item_header(raw: bytes) -> ItemHeader:
    header = _decode_item_header(raw)
    _check_depth(raw)
    if not raw.isascii():
        raw.decode()
    if b"\\" in raw or raw.count(b'"type"') > 1:
        _refuse_duplicates(raw, ("type",))
    return header


class _Reader:
    """A position in a body, and the steps of PROTOCOL.md 4.1 as methods."""

    __slots__ = ("body", "lenient", "position", "size", "strict_key", "tolerated")

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
        header, event_id = self.header(
            partial(_envelope_header, strict_key=self.strict_key),
            missing="missing envelope header",
            broken="invalid envelope header",
        )
        lead = self.body[: self.position]
        items: list[Item] = []
        while self.position < self.size:
            if self.lenient and self.first_not_blank(self.position) == self.size:
                lead = self.take_blank_end(lead, items)
                break
            if len(items) == MAX_ITEMS:
                _refuse("too many individual items")
            items.append(self.item())
        return Envelope(header, lead, tuple(items), event_id, tuple(self.tolerated))

    def take_blank_end(self, lead: bytes, items: list[Item]) -> bytes:
        """Give trailing blank lines to whatever came last; the header's bytes after that."""
        self.tolerated.append("trailing blank lines")
        rest = self.body[self.position :]
        if not items:
            return lead + rest
        items[-1] = msgspec.structs.replace(items[-1], tail=items[-1].tail + rest)
        return lead

    def item(self) -> Item:
        body, begin = self.body, self.position
        header = self.header(
            _item_header, missing="unexpected end of file", broken="invalid item header"
        )
        start = self.position
        if header.length is msgspec.UNSET:
            end = body.find(b"\n", start)
            if end < 0:
                end = self.size
        else:
            end = start + header.length
            if end > self.size:
                _refuse(
                    "unexpected end of file",
                    f"the item at byte {begin} declares {header.length} bytes, only "
                    f"{self.size - start} remain; was the envelope cut, or the length "
                    "counted in characters?",
                )
        self.line_end(end)
        return Item(header, body[begin:start], body[start:end], body[end : self.position], start)

    def header(self, decode: Callable[[bytes], _Header], *, missing: str, broken: str) -> _Header:
        """Decode the next JSON object; moves behind the line end that must follow it."""
        body, begin = self.body, self.position
        if body[begin : begin + 1] != b"{":
            begin = self.first_not_blank(begin)
            if begin == self.size:
                _refuse(missing)
            if body[begin] != 0x7B:
                _refuse(broken, f"expected an object at byte {begin}")
        end = body.find(b"\n", begin)
        if end < 0:
            end = self.size
        try:
            # Nearly every header is one line; the decoder tells when it is not.
            try:
                decoded = decode(body[begin:end])
            except msgspec.MsgspecError:
                whole = _object_end(body, begin)
                if whole == end:
                    raise
                end = whole
                decoded = decode(body[begin:end])
        except (msgspec.MsgspecError, ValueError, RecursionError, InvalidDsn) as error:
            _refuse(broken, str(error))
        if body[end - 1] != 0x7D:
            end = begin + len(body[begin:end].rstrip(_WHITESPACE))
        self.line_end(end)
        return decoded

    def first_not_blank(self, begin: int) -> int:
        found = _NOT_BLANK.search(self.body, begin)
        return self.size if found is None else found.start()

    def line_end(self, end: int) -> None:
        """Move from the end of a header or payload behind the newline that must be there."""
        if end == self.size:
            self.position = end
        elif self.body[end] == 0x0A:
            self.position = end + 1
        elif self.lenient and self.body[end : end + 2] == b"\r\n":
            self.position = end + 2
            if "CRLF line ends" not in self.tolerated:
                self.tolerated.append("CRLF line ends")
        else:
            _refuse("missing newline after header or payload", f"at byte {end}")


class _AnyObject(msgspec.Struct):
    """Decodes to nothing, and so finds the end of an object at the lowest cost."""


_skip_object = msgspec.json.Decoder(_AnyObject).decode
_TRAILING: Final = re.compile(r"trailing characters \(byte (\d+)\)")


def _object_end(body: bytes, begin: int) -> int:
    """The offset behind the JSON object that begins here; raises msgspec errors if none does."""
    try:
        _skip_object(memoryview(body)[begin:])
    except msgspec.DecodeError as error:
        # The decoder names the byte behind the first one that is too many, blanks skipped.
        trailing = _TRAILING.search(str(error))
        if trailing is None:
            raise
        return begin + len(body[begin : begin + int(trailing[1]) - 1].rstrip(_WHITESPACE))
    return begin + len(body[begin:].rstrip(_WHITESPACE))


class _TraceHeader(msgspec.Struct, frozen=True, gc=False):
    """What is read of the `trace` header, the dynamic sampling context."""

    trace_id: str = ""


_decode_trace = msgspec.json.Decoder(_TraceHeader).decode


def trace_id_of(header: EnvelopeHeader) -> str:
    """The trace in an envelope's header, 32 lower-case hex digits; empty for none.

    A malformed one counts as absent (PROTOCOL.md 11.2).
    """
    if not header.trace:
        return ""
    try:
        return normalize_event_id(_decode_trace(header.trace).trace_id)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return ""


def headers_of(raw: bytes) -> dict[str, Any]:
    """All fields of a header's JSON, decoded; duplicates keep the last one."""
    decoded: dict[str, Any] = msgspec.json.decode(raw)
    return decoded
