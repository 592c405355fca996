"""An entry of the plan at work: whether it hits, and how often it has.

Rule: deterministic. Time comes in with the request, dice come from the entry's seed, so the
same requests meet the same faults.
May import: query, records, items, config.faults, faults.plan.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from random import Random

import msgspec

from fake_relay.config.faults import Fault
from fake_relay.faults.plan import kind_of, wants_items
from fake_relay.protocol.envelope import Item
from fake_relay.query import Document, Expression, parse_query
from fake_relay.query.document import decode_json
from fake_relay.records import ReceivedItem, StoredItem, Submission


class Rule:
    """An entry with its counters; not safe to use from several threads."""

    def __init__(self, fault: Fault, rule_id: int = 0) -> None:
        self.id = rule_id
        self.fault = fault
        self.kind = kind_of(fault.effect)
        self.wants_items = wants_items(fault)
        self.fired = 0
        self.matched = 0
        self._dice = Random(fault.seed)  # noqa: S311 - repeats a test, guards nothing
        self._jitter = Random(f"jitter of {fault.seed}")  # noqa: S311 - the same
        limit = fault.effect.rate_limit
        limited = () if limit is None else limit.categories
        self._categories = frozenset(fault.match.categories or limited)
        self._types = frozenset(fault.match.types)
        self._tokens = 0.0 if fault.bucket is None else fault.bucket.burst
        self._filled_at: float | None = None

    @property
    def spent(self) -> bool:
        """Whether it has hit as often as it should."""
        return self.fault.times is not None and self.fired >= self.fault.times

    @property
    def left(self) -> int | None:
        """How many times it will still hit; None for no bound."""
        return None if self.fault.times is None else self.fault.times - self.fired

    def is_for(self, project: str) -> bool:
        """Whether requests of the project can be hit."""
        return self.fault.project is None or self.fault.project == project

    def is_for_door(self, door: str) -> bool:
        """Whether requests to the door can be hit."""
        return self.fault.match.door is None or self.fault.match.door == door

    def hits(self, now: float) -> bool:
        """Count a matching request at `now`, in seconds since 1970; whether it is hit."""
        self.matched += 1
        if self._has_token(now):
            return False
        # The dice are thrown even where the answer is certain: one throw for each request.
        if self._dice.random() >= self.fault.probability:
            return False
        self.fired += 1
        return True

    def delay(self) -> float:
        """Seconds by which the next answer is late; the jitter is by the entry's dice."""
        latency = self.fault.effect.latency
        if latency is None:
            return 0.0
        off = self._jitter.uniform(-latency.jitter_ms, latency.jitter_ms)
        return max(0.0, latency.ms + off) / 1000

    def noise(self, size: int = 64) -> bytes:
        """Bytes that are no HTTP, by the entry's dice."""
        return b"\x00\xff" + self._jitter.randbytes(size - 2)

    def finds(self, submission: Submission, items: Sequence[ReceivedItem], now: float) -> bool:
        """Whether one of the items has a category, a type and the words that are asked for."""
        words = self._words(now)
        return any(self._fits(submission, item, words, now) for item in items)

    def _words(self, now: float) -> Expression | None:
        text = self.fault.match.q
        # Parsed for each request: `timestamp:-1h` counts from when it arrives.
        return parse_query(text, now=now) if text else None

    def _fits(
        self, submission: Submission, received: ReceivedItem, words: Expression | None, now: float
    ) -> bool:
        if self._types and received.item.type not in self._types:
            return False
        found = {str(quantity.category) for quantity in received.quantities}
        if self._categories and not self._categories & found:
            return False
        return words is None or words.matches(document(submission, received, now))

    def _has_token(self, now: float) -> bool:
        bucket = self.fault.bucket
        if bucket is None:
            return False
        if self._filled_at is not None:
            # A clock that was set back refills nothing and takes nothing away.
            gained = max(0.0, now - self._filled_at) * bucket.rate
            self._tokens = min(bucket.burst, self._tokens + gained)
        self._filled_at = now if self._filled_at is None else max(now, self._filled_at)
        if self._tokens < 1.0:
            return False
        self._tokens -= 1.0
        return True


def document(submission: Submission, received: ReceivedItem, now: float) -> Document:
    """An item that is not stored yet, as a search sees it."""
    item, facts = received.item, received.facts
    level = next((value for key, value in facts.terms if key == "level"), "")
    stored = StoredItem(
        id=0,
        envelope_id=0,
        type=item.type,
        project=submission.project,
        public_key=submission.public_key,
        event_id=submission.envelope.event_id or facts.event_id or "",
        trace_id=facts.trace_id or "",
        received_at=now,
        timestamp=facts.timestamp,
        duration=facts.duration,
        level=level,
        title=facts.title,
        count=facts.count,
        size=len(item.payload),
        outcome="",
        headers=msgspec.Raw(item.raw_header),
        spotlight=submission.spotlight,
    )
    return Document(stored, facts, _loader(item))


def _loader(item: Item) -> Callable[[], object]:
    return lambda: decode_json(item.payload)
