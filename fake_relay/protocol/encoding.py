"""Content codings under a size bound: gzip, deflate, br and zstd (PROTOCOL.md 3.1).

Rule: output is bounded while it is made, so a bomb never exists in memory.
May import: errors and decompressors.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from io import BytesIO
from typing import Final

import brotli
import zstandard

# Opens a transaction's gzip in half the time that the standard library's takes.
from zlib_ng import zlib_ng as zlib

from fake_relay.errors import BadEncoding, TooLarge

_CHUNK = 64 * 1024
_HELD = 4 * 1024 * 1024
"""Bytes of output that are kept before it is known whether the whole is within its limit."""
_PIECE = 2048
MAX_WINDOW = 2**26
"""Bytes that a zstd stream may refer back to, and its decoder holds. RFC 9659 has clients of HTTP
use 2**23; the library alone would take 2**27, which is more than one request should cost."""
_ZlibError: Final[type[Exception]] = zlib.error  # type: ignore[assignment]  # its stub names an instance
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
    except (_ZlibError, brotli.error, zstandard.ZstdError) as error:
        raise BadEncoding("invalid request body", f"broken {coding} stream: {error}") from error


def too_large(limit: int) -> TooLarge:
    """The refusal of a body that is, or decodes to, more than `limit` bytes."""
    return TooLarge("request content exceeded size limits", f"more than {limit} bytes")


def kept(chunks: Callable[[bytes], Iterator[bytes]], body: bytes, limit: int) -> bytes:
    """All chunks of a body in one, at most `limit` bytes; raises `TooLarge`.

    What is over `_HELD` is measured before any of it is kept, so `chunks` may be asked twice.
    """
    found = BytesIO()
    size = 0
    for chunk in chunks(body):
        size += len(chunk)
        if size > limit:
            raise too_large(limit)
        if size <= _HELD:
            found.write(chunk)
    if size > _HELD:
        found.seek(0)
        for chunk in chunks(body):
            found.write(chunk)
    # The same memory, where joining parts would take it twice.
    return found.getvalue()


def _inflate(body: bytes, limit: int, wbits: int) -> bytes:
    # Nearly every body is small, and one call does it.
    decoder = zlib.decompressobj(wbits)
    data = decoder.decompress(body, min(limit, _HELD) + 1)
    if decoder.eof and not decoder.unused_data and len(data) <= limit:
        return data
    del data
    return kept(partial(_inflated, wbits=wbits), body, limit)


def _inflated(body: bytes, wbits: int) -> Iterator[bytes]:
    """The output of one zlib stream, or of the members of a gzip stream (RFC 1952, 2.2).

    In small pieces: what is left of a piece is copied at each call, and a body can consist of
    members of twenty bytes.
    """
    view, position = memoryview(body), 0
    decoder = zlib.decompressobj(wbits)
    while position < len(body):
        piece = view[position : position + _PIECE]
        position += len(piece)
        data = decoder.decompress(piece, _CHUNK)
        yield data
        while not decoder.eof and (decoder.unconsumed_tail or len(data) == _CHUNK):
            data = decoder.decompress(decoder.unconsumed_tail, _CHUNK)
            yield data
        if decoder.eof:
            position -= len(decoder.unused_data)
            if position < len(body):
                if wbits != _GZIP:
                    raise _ZlibError("data after the end of the stream")
                decoder = zlib.decompressobj(_GZIP)
    if not decoder.eof:
        raise _ZlibError("unexpected end of stream")


def _gzip(body: bytes, limit: int) -> bytes:
    return _inflate(body, limit, _GZIP)


def _deflate(body: bytes, limit: int) -> bytes:
    # RFC 1950 is meant, raw RFC 1951 is what some clients send.
    zlib_header = len(body) > 1 and body[0] & 0x0F == 8 and (body[0] << 8 | body[1]) % 31 == 0
    return _inflate(body, limit, zlib.MAX_WBITS if zlib_header else -zlib.MAX_WBITS)


def _brotli(body: bytes, limit: int) -> bytes:
    return kept(_brotli_chunks, body, limit)


def _brotli_chunks(body: bytes) -> Iterator[bytes]:
    # In pieces, for the library copies what it has not used yet at each call.
    decoder = brotli.Decompressor()
    for position in range(0, len(body), _CHUNK):
        if decoder.is_finished():
            raise brotli.error("data after the end of the stream")
        data = decoder.process(body[position : position + _CHUNK], output_buffer_limit=_CHUNK)
        yield data
        while not decoder.is_finished() and (data or not decoder.can_accept_more_data()):
            data = decoder.process(b"", output_buffer_limit=_CHUNK)
            yield data
    if not decoder.is_finished():
        raise brotli.error("unexpected end of stream")


def _zstd(body: bytes, limit: int) -> bytes:
    return kept(partial(_zstd_chunks, limit=limit), body, limit)


def _zstd_chunks(body: bytes, limit: int) -> Iterator[bytes]:
    """The output of the frames of a body; it is measured first where a frame does not say its size.

    The library has one reader that bounds its output and another that tells a cut stream from
    a whole one.
    """
    view, position, measured = memoryview(body), 0, False
    context = zstandard.ZstdDecompressor(max_window_size=MAX_WINDOW)
    while position < len(body):
        rest = view[position:]
        if not measured and not 0 <= zstandard.frame_content_size(rest) <= _HELD:
            _measure_zstd(context, rest, limit)
            measured = True
        decoder = context.decompressobj()
        while position < len(body) and not decoder.eof:
            piece = view[position : position + _PIECE]
            yield decoder.decompress(piece)
            position += len(piece)
        if not decoder.eof:
            raise zstandard.ZstdError("unexpected end of stream")
        position -= len(decoder.unused_data)


def _measure_zstd(context: zstandard.ZstdDecompressor, frames: memoryview, limit: int) -> None:
    size = 0
    with context.stream_reader(frames, read_across_frames=True) as reader:
        while data := reader.read(_CHUNK):
            size += len(data)
            if size > limit:
                raise too_large(limit)


_DECODERS: dict[str, Callable[[bytes, int], bytes]] = {
    "gzip": _gzip,
    "deflate": _deflate,
    "br": _brotli,
    "zstd": _zstd,
}
CODINGS = tuple(_DECODERS)
