"""Bytes as people read them: text where it is some, else hexadecimal.

May import: the standard library.
"""

from __future__ import annotations

from typing import NamedTuple


class HexLine(NamedTuple):
    """Sixteen bytes: where they are, in two halves of hex, and as ASCII with dots for the rest."""

    offset: int
    left: str
    right: str
    text: str


def as_text(data: bytes) -> str | None:
    """The bytes as text, or None for what a person cannot read."""
    try:
        text = data.decode()
    except UnicodeDecodeError:
        return None
    strange = sum(1 for character in text[:4096] if character < " " and character not in "\t\n\r")
    return None if strange > len(text[:4096]) / 100 else text


def hex_lines(data: bytes) -> list[HexLine]:
    """The bytes, sixteen a line."""
    lines = []
    for offset in range(0, len(data), 16):
        row = data[offset : offset + 16]
        shown = "".join(chr(byte) if 32 <= byte < 127 else "·" for byte in row)
        lines.append(HexLine(offset, row[:8].hex(" "), row[8:].hex(" "), shown))
    return lines
