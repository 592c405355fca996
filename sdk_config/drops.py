"""The ledger: what was sent, what we dropped and why, what the SDK reported as lost.

Rule: every drop that sdk_config causes is one entry with a reason, also where the SDK itself
reports nothing; counting never raises and takes no lock that a hook could hold.
May import: the standard library.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from enum import StrEnum


class Reason(StrEnum):
    """Why sdk_config dropped something; a filter's own word follows after a colon."""

    FILTERED = "filtered"
    SAMPLED = "sampled"
    USER_HOOK = "user_hook"
    USER_HOOK_ERROR = "user_hook_error"
    FILTER_ERROR = "filter_error"
    SCRUBBER_ERROR = "scrubber_error"
    SCRUBBED_AWAY = "scrubbed_away"
    RECURSION = "recursion"
    DISABLED = "disabled"
    WITH_ITS_EVENT = "with_its_event"


carried_is_told: ContextVar[bool] = ContextVar("sdk_config_carried_is_told", default=False)
"""Whether a hook has counted what was lost with the event that is being captured."""

Entry = tuple[str, str]
"""A data category as the SDK spells it (`error`, `log_item`), and a reason."""


@dataclass(frozen=True)
class Counts:
    """The ledger at one moment; quantities by category, or by category and reason."""

    sent: Mapping[str, int]
    dropped: Mapping[Entry, int]
    discarded: Mapping[Entry, int]


class Ledger:
    """Counts quantities for the life of a process; threads may share it.

    `sent` is what went to the transport, `dropped` what sdk_config took out, `discarded` what
    the SDK or its transport reported as lost, for reasons of the SDK's own. What a hook of ours
    drops is in both of the last, because the SDK reports it as `before_send`.
    """

    def __init__(self) -> None:
        self.begin_anew()

    def begin_anew(self) -> None:
        """Count from nothing; in a forked child, a thread of the parent may have held the lock."""
        self._lock = threading.RLock()
        self._sent: Counter[str] = Counter()
        self._dropped: Counter[Entry] = Counter()
        self._discarded: Counter[Entry] = Counter()

    def sent(self, category: str, quantity: int = 1) -> None:
        """Count what was handed to the transport."""
        with self._lock:
            self._sent[category] += quantity

    def dropped(self, category: str, reason: str, quantity: int = 1, *, word: str = "") -> None:
        """Count what sdk_config dropped; `word` tells filters apart: `filtered:burst`."""
        with self._lock:
            self._dropped[category, f"{reason}:{word}" if word else str(reason)] += quantity

    def discarded(self, category: str, reason: str, quantity: int = 1) -> None:
        """Count what the SDK reports as lost."""
        with self._lock:
            self._discarded[category, reason] += quantity

    def counts(self) -> Counts:
        """All quantities up to now."""
        with self._lock:
            return Counts(dict(self._sent), dict(self._dropped), dict(self._discarded))
