"""How bodies are compressed for an upstream: the best coding that it takes.

Rule: a coding is trusted once something was accepted in it. Until then a refusal that it may
have caused is tried again in the next one, and what an upstream takes is remembered.
May import: config.upstreams, protocol.
"""

from __future__ import annotations

import gzip
from collections.abc import Callable
from typing import Final

import brotli
import zstandard

from fake_relay.config.upstreams import Compression

PREFERRED: Final = ("zstd", "br", "gzip", "")
"""What `auto` tries, the best first; the empty one is none."""
DOUBTFUL: Final = frozenset({400, 415, 500})
"""Statuses by which servers answer a coding that they cannot read."""

_ENCODE: Final[dict[str, Callable[[bytes], bytes]]] = {
    "zstd": lambda body: zstandard.ZstdCompressor(level=3).compress(body),
    "br": lambda body: brotli.compress(body, quality=4),
    "gzip": lambda body: gzip.compress(body, 6, mtime=0),
    "": lambda body: body,
}


def compress(body: bytes, coding: str) -> bytes:
    """The body in one of the codings."""
    return _ENCODE[coding](body)


class Codings:
    """What one upstream takes, as far as it is known."""

    def __init__(self, wanted: Compression, proven: str | None = None) -> None:
        self._choices = PREFERRED if wanted == "auto" else ("" if wanted == "none" else wanted, "")
        self._place = 0
        self.proven = proven if proven in self._choices else None
        if self.proven is not None:
            self._place = self._choices.index(self.proven)

    @property
    def current(self) -> str:
        """The coding to use next."""
        return self._choices[self._place]

    def accepted(self, coding: str) -> None:
        """Take in that a body in this coding was accepted."""
        self.proven = coding
        self._place = self._choices.index(coding)

    def after(self, coding: str, status: int) -> str | None:
        """The coding to try a refused body in again; None where the coding is not to blame."""
        if coding == "" or status not in DOUBTFUL:
            return None
        if self.proven == coding and status != 415:
            return None
        following = self._choices[self._choices.index(coding) + 1]
        if status == 415:
            # That much is certain, whatever becomes of this body.
            self.proven = None
            self._place = max(self._place, self._choices.index(following))
        return following
