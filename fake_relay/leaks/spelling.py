"""The ways in which a value is written on its way out: escapes, URLs, base64, hexadecimal.

May import: the standard library.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from urllib.parse import quote, quote_plus

LONG = 8
"""Characters from which on a value is also looked for in capitals and in small letters."""


def spellings(value: str | bytes) -> dict[bytes, str]:
    """The byte strings that a value becomes, and how each is called; the plainest name wins."""
    raw = value if isinstance(value, bytes) else value.encode("utf-8", "surrogatepass")
    forms: dict[bytes, str] = {raw: "as it is"}
    if isinstance(value, str):
        _add_json(forms, value)
        _add_cases(forms, value)
    _add_urls(forms, raw)
    forms.setdefault(raw.hex().encode(), "in hexadecimal")
    forms.setdefault(raw.hex().upper().encode(), "in hexadecimal")
    for encoded in _base64_forms(raw):
        forms.setdefault(encoded, "in base64")
    return forms


def _add_json(forms: dict[bytes, str], value: str) -> None:
    escaped = json.dumps(value)[1:-1]
    if escaped.encode() in forms:
        return
    forms[escaped.encode()] = "with JSON escapes"
    forms.setdefault(json.dumps(escaped)[1:-1].encode(), "with JSON escapes twice")
    plain = json.dumps(value, ensure_ascii=False)[1:-1]
    forms.setdefault(plain.encode("utf-8", "surrogatepass"), "with JSON escapes")


def _add_cases(forms: dict[bytes, str], value: str) -> None:
    if len(value) >= LONG:
        forms.setdefault(value.lower().encode("utf-8", "surrogatepass"), "in small letters")
        forms.setdefault(value.upper().encode("utf-8", "surrogatepass"), "in capitals")


def _add_urls(forms: dict[bytes, str], raw: bytes) -> None:
    if raw.isalnum() and raw.isascii():
        return
    for quoted in (quote(raw, safe=""), quote(raw), quote_plus(raw)):
        forms.setdefault(quoted.encode(), "with URL escapes")
        forms.setdefault(quote(quoted, safe="").encode(), "with URL escapes twice")


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
