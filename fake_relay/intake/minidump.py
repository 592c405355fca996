"""The door `/api/{project}/minidump/`, for crash reporters (PROTOCOL.md 2.6).

Rule: the dump is what must be right; whatever else comes with it must not cost it. Crash
reporters send again on any other answer than 200, so the door is never rate limited.
May import: records, items, config, protocol, errors, intake.
"""

from __future__ import annotations

import bz2
import lzma
import uuid
from collections.abc import Callable, Iterator
from typing import Final

from fake_relay.config import Limits, RelayConfig
from fake_relay.errors import BadEncoding, BadPayload, TooLarge
from fake_relay.intake import crash_source, form_items
from fake_relay.intake.conversion import made, opened
from fake_relay.intake.door import Door, Place
from fake_relay.intake.form_items import MINIDUMP_FIELD, Dropped
from fake_relay.intake.multipart import boundary_of, embedded_boundary, read_parts
from fake_relay.items import attachment
from fake_relay.protocol import encoding
from fake_relay.protocol.envelope import Item
from fake_relay.records import Inbound, Reply, Submission

RAW_TYPES: Final = frozenset({"application/octet-stream", "application/x-dmp"})
RAW_NAME: Final = "Minidump"
MAGICS: Final = (b"MDMP", b"PMDM")
CONTAINER_SUFFIXES: Final = (".gz", ".xz", ".bz2", ".zst")
XZ_MEMORY: Final = 72 * 1024 * 1024
"""Bytes that the decoder may take; the highest level of xz needs 65 MiB."""
CHUNK: Final = 256 * 1024


def open_door(inbound: Inbound, place: Place, config: RelayConfig) -> tuple[Submission, ...]:
    """Make an envelope of a dump and what came with it."""
    came = opened(inbound, place, config, max_body(config.limits), empty=True)
    content_type = inbound.headers.get("content-type", "")
    if content_type in RAW_TYPES:
        items, dropped = [_dump(came.body, RAW_NAME, config.limits)], list[Dropped]()
    else:
        items, dropped = _items(came.body, content_type, config.limits)
    event_id = crash_source.event_id_of(items) or inbound.new_id
    return (made(came, DOOR.name, items, headers={"event_id": event_id}, dropped=dropped),)


def _items(body: bytes, content_type: str, limits: Limits) -> tuple[list[Item], list[Dropped]]:
    parts = read_parts(body, boundary_of(content_type))
    dumps = [part for part in parts if part.name == MINIDUMP_FIELD and part.file_name is not None]
    if not dumps:
        raise BadPayload("missing minidump", reason="missing_minidump_upload")
    first = dumps[0]
    others = [part for part in parts if part is not first]
    kept, dropped = form_items.attachments_of(others, limits, form_items.type_of)
    items = [_dump(unwrapped(first.data), first.file_name or RAW_NAME, limits), *kept]
    form = form_items.form_item(parts, limits)
    return (items if form is None else [*items, form]), dropped


def unwrapped(data: bytes) -> bytes:
    """The dump in the form that old versions of Electron put into the dump's field."""
    boundary = None if data.startswith(MAGICS) else embedded_boundary(data)
    if boundary is None:
        return data
    inner = (part.data for part in read_parts(data, boundary) if part.name == MINIDUMP_FIELD)
    return next(inner, data)


def _dump(data: bytes, file_name: str, limits: Limits) -> Item:
    data = unpacked(data, limits.max_attachment_size)
    if not data.startswith(MAGICS):
        raise BadPayload(
            "invalid minidump",
            f"it begins with {data[:4]!r}, a dump with b'MDMP'",
            reason="invalid_minidump",
        )
    for suffix in CONTAINER_SUFFIXES:
        file_name = file_name.removesuffix(suffix)
    return form_items.attachment_item(data, file_name, attachment.MINIDUMP, "application/x-dmp")


def unpacked(data: bytes, limit: int) -> bytes:
    """A dump out of its gzip, xz, bzip2 or zstd container, at most `limit` bytes.

    Raises `TooLarge` (413) beyond that, and `BadPayload` (400) when the container is broken.
    """
    try:
        for magic, unpack in _CONTAINERS.items():
            if data.startswith(magic):
                return unpack(data, limit)
    except TooLarge:
        raise form_items.too_large("attachment:minidump") from None
    except (BadEncoding, lzma.LZMAError, OSError, EOFError) as error:
        raise BadPayload(
            "invalid compression format", str(error), reason="invalid_compression"
        ) from error
    if len(data) > limit:
        raise form_items.too_large("attachment:minidump")
    return data


def _chunks(decoder: bz2.BZ2Decompressor | lzma.LZMADecompressor, data: bytes) -> Iterator[bytes]:
    yield decoder.decompress(data, CHUNK)
    while not decoder.eof:
        chunk = decoder.decompress(b"", CHUNK)
        if not chunk and not decoder.eof:
            raise EOFError("unexpected end of stream")
        yield chunk


def _xz(data: bytes) -> Iterator[bytes]:
    return _chunks(lzma.LZMADecompressor(lzma.FORMAT_XZ, XZ_MEMORY), data)


def _bzip2(data: bytes) -> Iterator[bytes]:
    return _chunks(bz2.BZ2Decompressor(), data)


_CONTAINERS: Final[dict[bytes, Callable[[bytes, int], bytes]]] = {
    b"\x1f\x8b": lambda data, limit: encoding.decode(data, "gzip", limit),
    b"\xfd7zXZ\x00": lambda data, limit: encoding.kept(_xz, data, limit),
    b"BZh": lambda data, limit: encoding.kept(_bzip2, data, limit),
    b"\x28\xb5\x2f\xfd": lambda data, limit: encoding.decode(data, "zstd", limit),
}


def max_body(limits: Limits) -> int:
    """1 GiB of dump and 200 MiB of what comes with it (PROTOCOL.md 2)."""
    return limits.max_upload_size + limits.max_attachments_size


def answer(inbound: Inbound, submissions: tuple[Submission, ...]) -> Reply:
    """The event's id as a hyphenated UUID in plain text."""
    return Reply(200, hyphenated(submissions[0].envelope.event_id), "text/plain; charset=utf-8")


def hyphenated(event_id: str | None) -> bytes:
    """An event id with hyphens; empty for none."""
    return str(uuid.UUID(event_id)).encode() if event_id else b""


DOOR = Door("minidump", frozenset({"POST"}), open_door, answer, max_body, limited=False)
