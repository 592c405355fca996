"""Release health: what sessions count, as Relay extracts it (PROTOCOL.md 10.4).

Rule: counting is stateless, as in Relay: each update with `init` is a session, each crashed
update a crash; only errored sessions are told apart, by their `sid`.
May import: items.facts, items.payload, items.session.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from fake_relay.items.facts import text_of
from fake_relay.items.session import STATUSES, SessionFields, read_fields

FAILED: Final = ("abnormal", "crashed", "unhandled")
_ERRORED: Final = frozenset({"errored", *FAILED})


@dataclass(slots=True)
class Health:
    """Sessions and users of one release; add its `session` and `sessions` payloads."""

    total: int = 0
    counts: Counter[str] = field(default_factory=Counter)
    aggregated_errors: int = 0
    errored_sessions: set[str] = field(default_factory=set)
    users: set[str] = field(default_factory=set)
    crashed_users: set[str] = field(default_factory=set)

    @property
    def crashed(self) -> int:
        return self.counts["crashed"]

    @property
    def errored(self) -> int:
        """Sessions with any error, those that crashed or ended abnormally included."""
        return len(self.errored_sessions) + self.aggregated_errors

    @property
    def crash_free_sessions(self) -> float | None:
        """The share of sessions that did not crash, in percent; None without sessions."""
        return None if not self.total else 100 * (1 - self.crashed / self.total)

    @property
    def crash_free_users(self) -> float | None:
        """The share of users without a crash, in percent; None without users."""
        return None if not self.users else 100 * (1 - len(self.crashed_users) / len(self.users))

    def add(self, kind: str, payload: bytes) -> None:
        """Count a payload of type `session` or `sessions`; raises `msgspec.DecodeError`."""
        fields = read_fields(kind, payload)
        if isinstance(fields, SessionFields):
            self._add_update(fields)
            return
        for bucket in fields.aggregates or ():
            found = {status: getattr(bucket, status) for status in STATUSES}
            self.total += sum(found.values())
            self.aggregated_errors += sum(found[status] for status in _ERRORED)
            self.counts.update({status: found[status] for status in FAILED})

    def _add_update(self, session: SessionFields) -> None:
        status = text_of(session.status) or "ok"
        self.total += session.init is True
        if status in FAILED:
            self.counts[status] += 1
        user = text_of(session.did)
        self.users |= {user} if user else set()
        if status in _ERRORED or _is_positive(session.errors):
            self.errored_sessions.add(text_of(session.sid))
        if status == "crashed" and user:
            self.crashed_users.add(user)


def health_of(payloads: Iterable[tuple[str, bytes]]) -> Health:
    """The health that pairs of item type and payload add up to."""
    health = Health()
    for kind, payload in payloads:
        health.add(kind, payload)
    return health


def _is_positive(value: object) -> bool:
    return isinstance(value, int) and value > 0
