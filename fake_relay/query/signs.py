"""What a search for a value in a payload can know from its bytes, before they are decoded.

Rule: where signs are missing, decoding would find nothing; where they are, it may. JSON can
spell every character as an escape: bytes that hold such an escape of ours are decoded.
May import: query.text, items.facts.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from fake_relay.items.facts import MAX_TERM
from fake_relay.query.text import Pattern

INDEX: Final = re.compile(r"[0-9]{1,9}")
"""A segment of a path that can be a place in a list."""
_PLAIN: Final = re.compile(r"[ !#-.0-\[\]-~]+")
"""Characters that JSON spells as themselves, or as an escape with their number (RFC 8259, 7)."""
_NUMERIC: Final = re.compile(r"[-+.0-9aefinAEFIN]*")
"""What numbers are written with, here perhaps otherwise than in the payload."""


@dataclass(frozen=True, slots=True)
class Signs:
    """Bytes that a payload holds if it has the value, which is here in small letters."""

    keys: tuple[bytes, ...]
    value: bytes

    def are_in(self, payload: bytes) -> bool:
        """Whether decoding could find something."""
        if self._stand_in(payload):
            return True
        # Most payloads have no escape of an ASCII character, and finding that out is quick.
        return b"\\u00" in payload and bool(
            _escapes(b"".join(self.keys), self.value).search(payload)
        )

    def _stand_in(self, payload: bytes) -> bool:
        for key in self.keys:
            if key not in payload:
                return False
        return not self.value or self.value in payload.lower()


def signs_of(path: tuple[str, ...], pattern: Pattern | None) -> Signs:
    """The signs of a value at a path that fits a pattern; of any value, without one."""
    keys = (_key(segment) for segment in path if not INDEX.fullmatch(segment))
    values = [] if pattern is None else map(_plain, pattern.cut(MAX_TERM).chunks)
    value = max((one for one in values if not _NUMERIC.fullmatch(one)), key=len, default="")
    return Signs(tuple(filter(None, keys)), value.lower().encode())


@lru_cache(maxsize=64)
def _escapes(keys: bytes, value: bytes) -> re.Pattern[bytes]:
    """What finds a character of the signs where it is spelled as an escape."""
    numbers = b"|".join(b"%02x" % char for char in sorted(set(keys + value + value.upper())))
    return re.compile(rb"\\u00(?:%b)" % (numbers or b"(?!)"), re.IGNORECASE)


def _key(segment: str) -> bytes:
    plain = _plain(segment)
    return b'"%b"' % plain.encode() if plain == segment else plain.encode()


def _plain(text: str) -> str:
    """The longest stretch of a text that JSON spells as it is."""
    return max(_PLAIN.findall(text), key=len, default="")
