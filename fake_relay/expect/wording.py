"""Words for people: counted nouns, what a discard's reason means, names that were meant.

May import: items, protocol.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from difflib import get_close_matches

from fake_relay.items import ITEM_TYPES
from fake_relay.protocol.category import Category

UNCOUNTED = frozenset(
    {"default", "feedback", "form_data", "nel", "raw_security", "security", "statsd", "unknown"}
)
"""Names that are the same for one and for many."""

NOUNS = frozenset({"item", "issue", *ITEM_TYPES, *map(str, Category)}) - UNCOUNTED

REASONS: Mapping[str, str] = {
    "sample_rate": "left out by sample_rate, traces_sample_rate or a sampler",
    "before_send": "a before_send hook gave nothing back",
    "event_processor": "an event processor, an integration or ignore_errors left it out",
    "network_error": "the connection failed: another DSN, a proxy, or a fork that shares a socket",
    "send_error": "the server refused it",
    "ratelimit_backoff": "the server had asked for less",
    "queue_overflow": "the SDK's queue was full",
    "cache_overflow": "the SDK's cache was full",
    "buffer_overflow": "the SDK's buffer was full",
    "backpressure": "the SDK was under load and sampled less",
    "insufficient_data": "too short or too little to be of use",
    "internal_sdk_error": "a bug of the SDK, or a callback that raised",
}
"""What a reason of a client report means, as far as SDKs say."""

ASKED_FOR: Mapping[str, str] = {
    "transaction": "SDKs send transactions only when traces_sample_rate or a sampler is set",
    "span": "SDKs send spans only when traces_sample_rate or a sampler is set",
    "log": "most SDKs send logs only when enable_logs is set",
    "profile": "SDKs send profiles only when profiling and tracing are both switched on",
    "profile_chunk": "SDKs send profiles only when profiling is switched on",
}
"""Item types that an SDK sends only when it is told to, and what tells it."""


def plural(noun: str, number: int) -> str:
    """The noun as it stands after a number: `event`, `events`; names that are ours alone."""
    counted = number != 1 and noun in NOUNS and not noun.endswith("s")
    return f"{noun}s" if counted else noun


def counted(number: int, noun: str) -> str:
    """`1 event`, `2 events`."""
    return f"{number} {plural(noun, number)}"


def listed(counts: Mapping[str, int]) -> str:
    """`3 events, 1 transaction`, the most first."""
    most_first = sorted(counts.items(), key=lambda entry: -entry[1])
    return ", ".join(counted(number, noun) for noun, number in most_first)


def meant(word: str, known: Collection[str]) -> str | None:
    """The known name that a misspelt one resembles, if there is one."""
    if word in known:
        return None
    return next(iter(get_close_matches(word, known, n=1, cutoff=0.75)), None)
