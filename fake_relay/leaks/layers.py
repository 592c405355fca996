"""What stands inside of what was sent: compressed, or compressed and in base64.

Rule: no more than `MAX_UNPACKED` bytes are made of one compressed part, however it ends.
May import: the standard library.
"""

from __future__ import annotations

import base64
import binascii
import re
import zlib
from collections.abc import Iterator

import zstandard

MAX_DEPTH = 2
MAX_UNPACKED = 64 * 1024 * 1024
"""Bytes of one compressed part that are looked at."""

_BASE64 = re.compile(rb"[A-Za-z0-9+/_-]{24,}={0,2}")


def layers(blob: bytes, depth: int = 0, name: str = "") -> Iterator[tuple[str, bytes]]:
    """The bytes themselves with an empty name, then what is in them, each with its way in."""
    yield name, blob
    if depth == MAX_DEPTH:
        return
    if (unpacked := _unpack(blob)) is not None:
        yield from layers(unpacked, depth + 1, f"{name}, compressed")
    for match in _BASE64.finditer(blob):
        decoded = _from_base64(match.group())
        if decoded is not None and (unpacked := _unpack(decoded)) is not None:
            yield from layers(unpacked, depth + 1, f"{name}, compressed in base64")


def _unpack(blob: bytes) -> bytes | None:
    # A replay recording has a line of JSON before its zlib stream.
    start = blob.find(b"\n") + 1 if blob[:1] == b"{" else 0
    packed = blob[start : start + 4]
    try:
        if packed[:2] == b"\x1f\x8b" or (packed[:1] == b"\x78" and len(packed) > 2):
            return zlib.decompressobj(47).decompress(blob[start:], MAX_UNPACKED)
        if packed == b"\x28\xb5\x2f\xfd":
            # A reader makes what is asked for; the other ways in make all that there is.
            context = zstandard.ZstdDecompressor(max_window_size=MAX_UNPACKED)
            with context.stream_reader(blob[start:]) as reader:
                return reader.read(MAX_UNPACKED)
    except (zlib.error, zstandard.ZstdError):
        return None
    return None


def _from_base64(text: bytes) -> bytes | None:
    plain = text.rstrip(b"=").replace(b"-", b"+").replace(b"_", b"/")
    try:
        return base64.b64decode(plain + b"=" * (-len(plain) % 4))
    except (binascii.Error, ValueError):
        return None
