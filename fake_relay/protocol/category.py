"""Data categories: in what Sentry counts (PROTOCOL.md 6).

The numbers are Relay's; the names are what rate limits, client reports and the ledger use.
May import: nothing.
"""

from __future__ import annotations

from enum import IntEnum
from typing import Final


class Category(IntEnum):
    """A data category; `str()` gives the name on the wire."""

    DEFAULT = 0
    ERROR = 1
    TRANSACTION = 2
    SECURITY = 3
    ATTACHMENT = 4
    SESSION = 5
    PROFILE = 6
    REPLAY = 7
    TRANSACTION_PROCESSED = 8
    TRANSACTION_INDEXED = 9
    MONITOR = 10
    PROFILE_INDEXED = 11
    SPAN = 12
    MONITOR_SEAT = 13
    FEEDBACK = 14
    METRIC_BUCKET = 15
    SPAN_INDEXED = 16
    PROFILE_DURATION = 17
    PROFILE_CHUNK = 18
    METRIC_SECOND = 19
    REPLAY_VIDEO = 20
    UPTIME = 21
    ATTACHMENT_ITEM = 22
    LOG_ITEM = 23
    LOG_BYTE = 24
    PROFILE_DURATION_UI = 25
    PROFILE_CHUNK_UI = 26
    SEER_AUTOFIX = 27
    SEER_SCANNER = 28
    PREVENT_USER = 29
    PREVENT_REVIEW = 30
    SIZE_ANALYSIS = 31
    INSTALLABLE_BUILD = 32
    TRACE_METRIC = 33
    SEER_USER = 34
    PROFILE_BACKEND = 35
    PROFILE_UI = 36
    TRACE_METRIC_BYTE = 37
    SNAPSHOT_IMAGE = 38
    UNKNOWN = -1

    # Enum's own would ask for the name in Python; these count in every ledger entry.
    __hash__ = int.__hash__

    def __str__(self) -> str:
        return WIRE_NAMES[self]

    @classmethod
    def parse(cls, name: str) -> Category:
        """The category of that wire name; UNKNOWN for any other, as Relay keeps those too."""
        if name == "user_report_v2":
            return cls.FEEDBACK
        return _BY_NAME.get(name, cls.UNKNOWN)


WIRE_NAMES: Final = {category: category.name.lower() for category in Category}
"""The name of each category on the wire."""
_BY_NAME: Final = {name: category for category, name in WIRE_NAMES.items()}
