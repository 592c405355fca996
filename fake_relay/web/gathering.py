"""A body while it comes, piece by piece, in little more memory than it has bytes.

Rule: a small body is joined once, when all of it is here, for a buffer that grows among sixty
others leaves holes in the heap that nobody fits into; a large one grows in a mapping of its own,
for joining would take its memory twice.
May import: web.memory.
"""

from __future__ import annotations

from io import BytesIO
from typing import Final

from fake_relay.web.memory import OWN_MAPPING

MOST_PIECES: Final = 256
"""Pieces that wait to be joined: each of them has a price, and a body can come byte by byte."""


class Came:
    """What has come of a body so far; `size` is how many bytes it is."""

    __slots__ = ("_buffer", "_pieces", "size")

    def __init__(self) -> None:
        self.size = 0
        self._pieces: list[bytes] = []
        self._buffer: BytesIO | None = None

    def add(self, piece: bytes) -> None:
        """Take the next piece."""
        self.size += len(piece)
        if self._buffer is not None:
            self._buffer.write(piece)
            return
        self._pieces.append(piece)
        if self.size >= OWN_MAPPING or len(self._pieces) > MOST_PIECES:
            self._pour()

    def _pour(self) -> None:
        self._buffer = BytesIO()
        self._buffer.writelines(self._pieces)
        self._pieces = []

    def whole(self) -> bytes:
        """All that came, in one; asked twice, it is the same memory."""
        if self._buffer is not None:
            return self._buffer.getvalue()
        self._pieces = [b"".join(self._pieces)]
        return self._pieces[0]

    def beginning(self, most: int) -> bytes:
        """At most so many of the first bytes."""
        if self._buffer is not None:
            return bytes(self._buffer.getbuffer()[:most])
        return b"".join(self._pieces)[:most]
