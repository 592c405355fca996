"""Client reports: what our rules kept from an upstream, told in an SDK's words (PROTOCOL.md 7.6).

Rule: every unit is told once. What the upstream refused, it has counted itself.
May import: forward.delivery, store, protocol.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Final

import msgspec

from fake_relay.protocol.dsn import Dsn
from fake_relay.protocol.envelope import make_envelope, make_item, serialize
from fake_relay.store.spool import ForwardEntry

REASONS: Final = {
    ("left_out", "item_type"): "event_processor",
    ("left_out", "environment"): "event_processor",
    ("left_out", "release"): "event_processor",
    ("left_out", "query"): "event_processor",
    ("left_out", "filter"): "event_processor",
    ("left_out", "sample_rate"): "sample_rate",
    ("left_out", "sampling"): "sample_rate",
    ("left_out", "quota"): "ratelimit_backoff",
    ("left_out", "invalid"): "invalid",
    ("evicted", "age"): "cache_overflow",
    ("evicted", "count"): "cache_overflow",
    ("evicted", "bytes"): "cache_overflow",
    ("evicted", "removed"): "cache_overflow",
    ("dead", "unscrubbed"): "invalid",
    ("dead", "status 413"): "send_error",
}
"""The reason of a client report, by what became of something and why; other fates are not told."""
_INDEXED: Final = "_indexed"


def unreported(entries: Iterable[ForwardEntry]) -> list[ForwardEntry]:
    """What an upstream has not been told yet, with the quantity that is missing."""
    return [
        msgspec.structs.replace(entry, quantity=entry.quantity - entry.reported)
        for entry in entries
        if entry.quantity > entry.reported and (entry.fate, entry.reason) in REASONS
    ]


def report(entries: Iterable[ForwardEntry], dsn: Dsn, now: float) -> bytes | None:
    """An envelope with a client report; None where nothing is to be told."""
    sums: dict[tuple[str, str], int] = {}
    for entry in entries:
        reason = REASONS[entry.fate, entry.reason]
        # Categories of what is stored are a server's own. What was sampled here counts only so.
        category = entry.category
        if category.endswith(_INDEXED):
            if entry.reason != "sampling":
                continue
            category = category.removesuffix(_INDEXED)
        sums[reason, category] = sums.get((reason, category), 0) + entry.quantity
    if not sums:
        return None
    payload = {
        "timestamp": datetime.fromtimestamp(now, UTC).isoformat(),
        "discarded_events": [
            {"reason": reason, "category": category, "quantity": quantity}
            for (reason, category), quantity in sorted(sums.items())
        ],
    }
    header = {"dsn": str(dsn), "sent_at": payload["timestamp"]}
    item = make_item("client_report", msgspec.json.encode(payload))
    return serialize(make_envelope(header, [item]))
