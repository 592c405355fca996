"""The archive that Unreal's crash reporter uploads: a header and files (PROTOCOL.md 2.7).

All numbers are 32-bit and little-endian, all names carry their length before them:

    [CR1] directory, name, size, number of files       a marker since Unreal 5
    for each file: index, name, size, bytes
    directory, name, size, number of files             the same again, where there is no marker

Rule: every length is checked against what is there; the inflated size is bounded beforehand.
May import: protocol, errors.
"""

from __future__ import annotations

import struct
from typing import Final

import msgspec

from fake_relay.errors import RequestRefused
from fake_relay.protocol import encoding

MARKER: Final = b"CR1"
MAX_FILES: Final = 1000

_APPLE_START: Final = b"Incident Identifier:"


class BrokenArchive(Exception):
    """The bytes are no crash archive, or a cut one."""


class CrashFile(msgspec.Struct, frozen=True):
    """A file in an archive."""

    name: str
    data: bytes

    @property
    def kind(self) -> tuple[str, str]:
        """Its attachment type and content type."""
        named = _KIND_BY_NAME.get(self.name)
        if named is not None:
            return named
        if self.name.endswith(".log"):
            return "unreal.logs", "text/plain"
        if self.data.startswith((b"MDMP", b"PMDM")):
            return "event.minidump", "application/x-dmp"
        if self.data.startswith(_APPLE_START):
            return "event.applecrashreport", "text/plain"
        return "event.attachment", "application/octet-stream"


_KIND_BY_NAME: Final = {
    "CrashReportClient.ini": ("event.attachment", "application/octet-stream"),
    "CrashContext.runtime-xml": ("unreal.context", "text/xml"),
    "__sentry-event": ("event.payload", "application/x-msgpack"),
    "__sentry-breadcrumb1": ("event.breadcrumbs", "application/x-msgpack"),
    "__sentry-breadcrumb2": ("event.breadcrumbs", "application/x-msgpack"),
}


def files_of(archive: bytes, limit: int) -> list[CrashFile]:
    """The files of an archive, zlib-compressed or raw, that has at most `limit` bytes inflated.

    Raises `BrokenArchive`.
    """
    data = archive
    if _is_zlib(archive):
        try:
            data = encoding.decode(archive, "deflate", limit)
        except RequestRefused as error:
            raise BrokenArchive(str(error)) from error
    try:
        return _Archive(data).files()
    except struct.error as error:
        raise BrokenArchive(f"the archive is cut: {error}") from error


def _is_zlib(data: bytes) -> bool:
    return len(data) > 1 and data[0] & 0x0F == 8 and (data[0] << 8 | data[1]) % 31 == 0


class _Archive:
    """A position in an inflated archive."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.position = 0

    def files(self) -> list[CrashFile]:
        marked = self.data.startswith(MARKER)
        if marked:
            self.position = len(MARKER)
        count = self.header()
        if not marked:
            # The first header is a place holder; the one at the end was written last.
            (count,) = struct.unpack_from("<i", self.data, max(len(self.data) - 4, 0))
        if not 0 <= count <= MAX_FILES:
            raise BrokenArchive(f"it claims {count} files; an archive has at most {MAX_FILES}")
        found = [self.file() for _ in range(count)]
        if self.position != len(self.data):
            self.header()
        if self.position != len(self.data):
            raise BrokenArchive(f"{len(self.data) - self.position} bytes are left over")
        return found

    def header(self) -> int:
        """Move behind a header; the number of files in it."""
        self.text()
        self.text()
        self.number()
        return self.number()

    def file(self) -> CrashFile:
        self.number()
        name = self.text()
        return CrashFile(name, self.take(self.number()))

    def number(self) -> int:
        found: int = struct.unpack_from("<i", self.data, self.position)[0]
        self.position += 4
        return found

    def text(self) -> str:
        return self.take(self.number()).decode("utf-8", "replace").rstrip("\0")

    def take(self, size: int) -> bytes:
        end = self.position + size
        if size < 0 or end > len(self.data):
            raise BrokenArchive(
                f"a length of {size} at byte {self.position - 4}, of {len(self.data)} in all"
            )
        found = self.data[self.position : end]
        self.position = end
        return found
