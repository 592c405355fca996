"""How much a search that opens payloads may do for one page, in every store.

Rule: counted in what was a microsecond where it was measured, never in time, so that the same
store gives the same pages. A page of HTML can take two such looks and stay within 100 ms.
May import: query.
"""

from __future__ import annotations

from fake_relay.query import Document

MOST = 25_000
OPENING = 30
INFLATING = 1 / 400
"""For each byte of an envelope."""
JUDGING = 10
DECODING = 1 / 50
"""For each byte of a payload."""


class Work:
    """What was done for a page."""

    __slots__ = ("_done",)

    def __init__(self) -> None:
        self._done = 0.0

    def open(self, size: int) -> None:
        """Count an envelope of so many bytes that had to be opened."""
        self._done += OPENING + size * INFLATING

    def judge(self, document: Document) -> None:
        """Count an item that was looked at."""
        self._done += JUDGING + (document.item.size * DECODING if document.decoded else 0)

    @property
    def is_enough(self) -> bool:
        """Whether the page ends here."""
        return self._done > MOST
