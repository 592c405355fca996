"""How deep JSON nests, asked only where it can be too deep (PROTOCOL.md 4.1 and 8: serde_json).

Rule: an ordinary payload costs a search for a few runs of brackets. Nesting that closes without
such a run is told by the stored view alone, where Relay's own parser reads the payload.
May import: nothing of fake_relay.
"""

from __future__ import annotations

import re
from itertools import accumulate
from typing import Final

MAX_DEPTH: Final = 127
"""Objects and arrays in each other that serde_json reads; the next one is a syntax error."""
TOO_DEEP: Final = "recursion limit exceeded"

STRING: Final = re.compile(rb'"(?:[^"\\]++|\\.)*+"?', re.DOTALL)
"""A JSON string, closed or not."""

# Nesting ends in as many brackets as it has levels, and usually with nothing between them. Long
# runs are found in large strides.
_OBJECTS: Final = b"}" * 64
_ARRAYS: Final = b"]" * 64
_BOTH: Final = b"]}" * 32
_NO_BRACKETS: Final = bytes(byte for byte in range(256) if byte not in b"[]{}")
_STEPS: Final = {ord("["): 1, ord("{"): 1, ord("]"): -1, ord("}"): -1}
_LOOKED_AT: Final = 1_000_000
"""Brackets, from the beginning; some fifty milliseconds."""


def is_too_deep(payload: bytes) -> bool:
    """Whether JSON nests deeper than Relay reads, as far as the runs tell."""
    if _OBJECTS in payload or _ARRAYS in payload or _BOTH in payload:
        return depth(payload) > MAX_DEPTH
    return False


def depth(payload: bytes) -> int:
    """How deep the objects and arrays of JSON are in each other; 0 for none."""
    brackets = STRING.sub(b"", payload).translate(None, _NO_BRACKETS)[:_LOOKED_AT]
    return max(accumulate(map(_STEPS.__getitem__, brackets), initial=0))
