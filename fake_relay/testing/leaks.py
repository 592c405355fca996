"""Search what left the process for values that should not have left it.

Rule: each item's header and payload and each envelope's header is searched, as bytes and
through the encodings below, and again inside compressed and base64 parts, two deep. What is
encrypted, hashed, split or encoded otherwise is not found.
May import: expect.subject, store.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from urllib.parse import quote, quote_plus

import zstandard

from fake_relay.expect import Exhibit
from fake_relay.store import Reader

MAX_DEPTH = 2
MAX_UNPACKED = 64 * 1024 * 1024
"""Bytes of one compressed part that are looked at."""

_BASE64 = re.compile(rb"[A-Za-z0-9+/_-]{24,}={0,2}")


@dataclass(frozen=True, slots=True)
class Leak:
    """A value that was found, where, and how it was written there."""

    canary: str
    place: str
    encoding: str

    def __str__(self) -> str:
        return f"{self.canary!r} in {self.place}, written {self.encoding}"


def find(
    reader: Reader, exhibits: Iterable[Exhibit], canaries: Iterable[str | bytes]
) -> list[Leak]:
    """Each leak once for each place and encoding."""
    needles = [needle for canary in canaries for needle in _needles(canary)]
    found: dict[Leak, None] = {}
    for place, blob in _places(reader, exhibits):
        for canary, encoding, pattern in needles:
            for layer, content in _layers(blob):
                if pattern in content:
                    where = f"{place}{_path(content, pattern) if not layer else ''}"
                    found[Leak(canary, where, f"{encoding}{layer}")] = None
    return list(found)


def _places(reader: Reader, exhibits: Iterable[Exhibit]) -> Iterator[tuple[str, bytes]]:
    seen: set[int] = set()
    for exhibit in exhibits:
        item = exhibit.item
        yield f"{item.type} {item.id}", exhibit.data
        yield f"the header of {item.type} {item.id}", bytes(item.headers)
        envelope = None if item.envelope_id in seen else reader.envelope(item.envelope_id)
        seen.add(item.envelope_id)
        if envelope is not None:
            yield f"the header of envelope {envelope.id}", bytes(envelope.headers)
            yield f"the user agent of envelope {envelope.id}", envelope.user_agent.encode()


def _needles(canary: str | bytes) -> Iterator[tuple[str, str, bytes]]:
    raw = canary if isinstance(canary, bytes) else canary.encode()
    name = canary if isinstance(canary, str) else repr(canary)
    forms: dict[bytes, str] = {raw: "as it is"}
    if isinstance(canary, str):
        escaped = json.dumps(canary)[1:-1]
        forms.setdefault(escaped.encode(), "with JSON escapes")
        forms.setdefault(json.dumps(escaped)[1:-1].encode(), "with JSON escapes twice")
        forms.setdefault(json.dumps(canary, ensure_ascii=False)[1:-1].encode(), "with JSON escapes")
    for quoted in (quote(raw, safe=""), quote(raw), quote_plus(raw)):
        forms.setdefault(quoted.encode(), "with URL escapes")
        forms.setdefault(quote(quoted, safe="").encode(), "with URL escapes twice")
    forms.setdefault(raw.hex().encode(), "in hexadecimal")
    forms.setdefault(raw.hex().upper().encode(), "in hexadecimal")
    for encoded in _base64_forms(raw):
        forms.setdefault(encoded, "in base64")
    for form, encoding in forms.items():
        yield name, encoding, form


def _base64_forms(raw: bytes) -> Iterator[bytes]:
    """The base64 of a value at each of the three offsets, without what its neighbours share."""
    for offset in range(3):
        encoded = base64.b64encode(b"\0" * offset + raw)
        start = (0, 2, 3)[offset]
        shared = (offset + len(raw)) % 3
        core = encoded[start : len(encoded) - (0, 3, 2)[shared]]
        # A short core would be found everywhere by chance.
        if len(core) >= 6:
            yield core
            yield core.replace(b"+", b"-").replace(b"/", b"_")


def _layers(blob: bytes, depth: int = 0, name: str = "") -> Iterator[tuple[str, bytes]]:
    yield name, blob
    if depth == MAX_DEPTH:
        return
    if (unpacked := _unpack(blob)) is not None:
        yield from _layers(unpacked, depth + 1, f"{name}, compressed")
    for match in _BASE64.finditer(blob):
        decoded = _from_base64(match.group())
        if decoded is not None and (unpacked := _unpack(decoded)) is not None:
            yield from _layers(unpacked, depth + 1, f"{name}, compressed in base64")


def _unpack(blob: bytes) -> bytes | None:
    # A replay recording has a line of JSON before its zlib stream.
    start = blob.find(b"\n") + 1 if blob[:1] == b"{" else 0
    packed = blob[start:]
    try:
        if packed[:2] == b"\x1f\x8b" or (packed[:1] == b"\x78" and len(packed) > 2):
            return zlib.decompressobj(47).decompress(packed, MAX_UNPACKED)
        if packed[:4] == b"\x28\xb5\x2f\xfd":
            # A reader makes what is asked for; the other ways in make all that there is.
            context = zstandard.ZstdDecompressor(max_window_size=MAX_UNPACKED)
            with context.stream_reader(packed) as reader:
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


def _path(content: bytes, pattern: bytes) -> str:
    """The JSON path of the first string or key that has the value, if the content is JSON."""
    try:
        decoded = json.loads(content)
    except (ValueError, RecursionError):
        return ""
    for path, text in _strings(decoded, ""):
        if pattern in text.encode("utf-8", "replace") or pattern in json.dumps(text).encode():
            return f" at {path or '.'}"
    return ""


def _strings(value: object, path: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield f"{path}.{key}", key
            yield from _strings(inner, f"{path}.{key}")
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _strings(inner, f"{path}[{index}]")
    elif isinstance(value, int | float):
        yield path, json.dumps(value)
