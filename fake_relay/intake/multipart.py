"""Multipart forms, as crash uploaders and browsers send them (PROTOCOL.md 2.6).

Rule: a body is split by a library, under bounds, and each part is copied once.
May import: errors, multipart.
"""

from __future__ import annotations

import re
from typing import Final

import msgspec
from multipart import (  # type: ignore[import-untyped]
    MultipartError,
    MultipartSegment,
    PushMultipartParser,
    parse_options_header,
)

from fake_relay.errors import BadPayload

MAX_PARTS: Final = 1000
"""Parts of one form; crash reporters send a few dozen."""
MAX_HEADERS: Final = 16
MAX_HEADER_SIZE: Final = 8 * 1024
MAX_BOUNDARY: Final = 1024

_FIRST_LINE: Final = re.compile(rb"[\r\n]*--([^\r\n]+)")


class Part(msgspec.Struct, frozen=True):
    """One part of a form; `file_name` is None for a plain field."""

    name: str
    file_name: str | None
    content_type: str | None
    data: bytes


def boundary_of(content_type: str) -> str:
    """The boundary in a Content-Type header.

    Raises `BadPayload` (400 `invalid multipart data`) for anything but a form with a boundary.
    """
    kind, options = parse_options_header(content_type)
    boundary: str = options.get("boundary", "")
    if kind.lower() != "multipart/form-data" or not boundary:
        raise refused(
            f"the content type is {content_type[:80]!r}, not multipart/form-data with a boundary"
        )
    return boundary


def embedded_boundary(data: bytes) -> str | None:
    """The boundary with which the data itself begins, if it is a form (PROTOCOL.md 2.6).

    Old versions of Electron put a whole form into the field of the dump.
    """
    found = _FIRST_LINE.match(data[: MAX_BOUNDARY + 16])
    if found is None:
        return None
    try:
        return found[1].decode()
    except UnicodeDecodeError:
        return None


def read_parts(body: bytes, boundary: str) -> list[Part]:
    """The parts of a form in their order; raises `BadPayload` when it is broken or has too many."""
    try:
        return _read(body, boundary)
    except (MultipartError, UnicodeError, ValueError) as error:
        raise refused(str(error)) from error


def _read(body: bytes, boundary: str) -> list[Part]:
    if len(boundary) > MAX_BOUNDARY:
        raise ValueError(f"the boundary has more than {MAX_BOUNDARY} characters")
    parts: list[Part] = []
    segment: MultipartSegment | None = None
    data: list[bytes] = []
    with PushMultipartParser(
        boundary,
        max_header_size=MAX_HEADER_SIZE,
        max_header_count=MAX_HEADERS,
        max_segment_count=MAX_PARTS,
    ) as parser:
        # The whole body at once: each part is then cut out of it in one piece.
        for event in parser.parse(body) if body else ():
            if isinstance(event, MultipartSegment):
                segment, data = event, []
            elif event is not None:
                data.append(bytes(event))
            elif segment is not None:
                parts.append(_part(segment, data))
    return parts


def _part(segment: MultipartSegment, data: list[bytes]) -> Part:
    return Part(
        segment.name or "",
        segment.filename,
        segment.content_type,
        data[0] if len(data) == 1 else b"".join(data),
    )


def refused(cause: str) -> BadPayload:
    """The refusal of a form that cannot be read."""
    return BadPayload("invalid multipart data", cause, reason="invalid_multipart")
