"""Content codings under a size bound: gzip, deflate, br and zstd (PROTOCOL.md 3.1).

Rule: output is bounded while it is made, so a bomb never exists in memory.
May import: errors and decompressors.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator

import brotli
import zstandard

from fake_relay.errors import BadEncoding, TooLarge

_CHUNK = 64 * 1024
_PIECE = 2048
_GZIP = 16 + zlib.MAX_WBITS

# sentry-ruby 5.x sends an empty coding, sentry.java.android 2.0.0 sends `UTF-8`.
IGNORED = frozenset({"", "identity", "utf-8"})


def normalize(content_encoding: str | None) -> str:
    """The coding's name in lower case, or an empty string for one that Relay ignores."""
    name = (content_encoding or "").strip().lower()
    return "" if name in IGNORED else name


def decode(body: bytes, coding: str, limit: int) -> bytes:
    """Decode a body of the given (normalised) coding into at most `limit` bytes.

    Raises `BadEncoding` (415 for an unknown coding, 400 for a broken stream) and
    `TooLarge` when more than `limit` bytes would come out.
    """
    if coding == "" or not body:
        if len(body) > limit:
            raise too_large(limit)
        return body
    try:
        decoder = _DECODERS[coding]
    except KeyError:
        raise BadEncoding(
            f"unsupported content encoding {coding!r}; use gzip, deflate, br or zstd",
            status=415,
        ) from None
    try:
        return decoder(body, limit)
    except (zlib.error, brotli.error, zstandard.ZstdError) as error:
        raise BadEncoding("invalid request body", f"broken {coding} stream: {error}") from error


def too_large(limit: int) -> TooLarge:
    """The refusal of a body that is, or decodes to, more than `limit` bytes."""
    return TooLarge("request content exceeded size limits", f"more than {limit} bytes")


def _inflate(body: bytes, limit: int, wbits: int) -> bytes:
    decoder = zlib.decompressobj(wbits)
    data = decoder.decompress(body, limit + 1)
    if len(data) > limit:
        raise too_large(limit)
    if not decoder.eof:
        raise zlib.error("unexpected end of stream")
    rest = decoder.unused_data
    if not rest:
        return data
    if wbits != _GZIP:
        raise zlib.error("data after the end of the stream")
    return data + b"".join(_members(rest, limit - len(data)))


def _members(body: bytes, limit: int) -> Iterator[bytes]:
    """The further members of a gzip stream (RFC 1952, 2.2).

    In small pieces: each end of a member copies what was fed behind it, and a body can
    consist of members of twenty bytes.
    """
    view, position, size = memoryview(body), 0, 0
    decoder = zlib.decompressobj(_GZIP)
    while position < len(body):
        piece = view[position : position + _PIECE]
        data = decoder.decompress(piece, limit - size + 1)
        size += len(data)
        if size > limit:
            raise too_large(limit)
        yield data
        position += len(piece)
        if decoder.eof:
            position -= len(decoder.unused_data)
            if position < len(body):
                decoder = zlib.decompressobj(_GZIP)
    if not decoder.eof:
        raise zlib.error("unexpected end of stream")


def _gzip(body: bytes, limit: int) -> bytes:
    return _inflate(body, limit, _GZIP)


def _deflate(body: bytes, limit: int) -> bytes:
    # RFC 1950 is meant, raw RFC 1951 is what some clients send.
    zlib_header = len(body) > 1 and body[0] & 0x0F == 8 and (body[0] << 8 | body[1]) % 31 == 0
    return _inflate(body, limit, zlib.MAX_WBITS if zlib_header else -zlib.MAX_WBITS)


def _brotli(body: bytes, limit: int) -> bytes:
    decoder = brotli.Decompressor()
    parts: list[bytes] = []
    size = 0
    data = decoder.process(body, output_buffer_limit=_CHUNK)
    while True:
        size += len(data)
        if size > limit:
            raise too_large(limit)
        parts.append(data)
        if decoder.is_finished():
            return b"".join(parts)
        if not data and decoder.can_accept_more_data():
            raise brotli.error("unexpected end of stream")
        data = decoder.process(b"", output_buffer_limit=_CHUNK)


def _zstd(body: bytes, limit: int) -> bytes:
    # The library bounds neither its output nor tells a cut stream from a whole one at the
    # same time; fed in small pieces, it overshoots the limit by 64 MiB at the very most.
    parts: list[bytes] = []
    size, position = 0, 0
    view, context = memoryview(body), zstandard.ZstdDecompressor(max_window_size=2**27)
    decoder = context.decompressobj()
    while position < len(body):
        piece = view[position : position + _PIECE]
        data = decoder.decompress(piece)
        size += len(data)
        if size > limit:
            raise too_large(limit)
        parts.append(data)
        position += len(piece)
        if decoder.eof:
            position -= len(decoder.unused_data)
            if position < len(body):
                decoder = context.decompressobj()
    if not decoder.eof:
        raise zstandard.ZstdError("unexpected end of stream")
    return b"".join(parts)


_DECODERS: dict[str, Callable[[bytes, int], bytes]] = {
    "gzip": _gzip,
    "deflate": _deflate,
    "br": _brotli,
    "zstd": _zstd,
}
CODINGS = tuple(_DECODERS)
