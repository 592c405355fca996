"""What the ledger counts: the words of fates, the item types of categories, and where rows are.

May import: protocol, shown, web.pages.
"""

from __future__ import annotations

from typing import Final
from urllib.parse import quote

from fake_relay.protocol.outcome import Fate
from fake_relay.shown.text import byte_size
from fake_relay.web.pages.filters import grouped
from fake_relay.web.pages.search_text import quoted

FATES: Final = (
    (Fate.ACCEPTED, "accepted"),
    (Fate.FILTERED, "filtered"),
    (Fate.RATE_LIMITED, "rate limited"),
    (Fate.INVALID, "invalid"),
    (Fate.ABUSE, "abuse"),
    (Fate.CLIENT_DISCARD, "discarded by the SDK"),
)
WORDS: Final = dict(FATES)
TYPES: Final = {
    "error": "event",
    "default": "event",
    "transaction": "transaction",
    "transaction_indexed": "transaction",
    "transaction_processed": "transaction",
    "span": "[transaction,span]",
    "span_indexed": "[transaction,span]",
    "attachment": "attachment",
    "attachment_item": "attachment",
    "session": "[session,sessions]",
    "monitor": "check_in",
    "feedback": "[feedback,user_report]",
    "security": "[security,raw_security]",
    "log_item": "log",
    "log_byte": "log",
    "trace_metric": "trace_metric",
    "trace_metric_byte": "trace_metric",
    "profile": "profile",
    "profile_indexed": "profile",
    "profile_chunk": "profile_chunk",
    "profile_chunk_ui": "profile_chunk_ui",
    "replay": "[replay_event,replay_recording,replay_video]",
    "replay_video": "replay_video",
    "metric_bucket": "[statsd,metric_buckets]",
}
"""Data category -> the item types whose rows it counts."""
BYTES: Final = frozenset({"attachment", "log_byte", "trace_metric_byte"})
CATEGORY_OF: Final = {
    "event": "error",
    "transaction": "transaction",
    "span": "span",
    "attachment": "attachment_item",
    "session": "session",
    "sessions": "session",
    "check_in": "monitor",
    "feedback": "feedback",
    "user_report": "feedback",
    "security": "security",
    "raw_security": "security",
    "log": "log_item",
    "trace_metric": "trace_metric",
    "profile": "profile",
    "profile_chunk": "profile_chunk",
    "profile_chunk_ui": "profile_chunk_ui",
    "replay_event": "replay",
    "replay_recording": "replay",
    "replay_video": "replay",
    "metric_buckets": "metric_bucket",
    "statsd": "metric_bucket",
}
"""Item type -> the category beside which its evicted items are told."""


def written_of(category: str, quantity: int) -> str:
    """A quantity of a category, bytes as bytes."""
    return byte_size(quantity) if category in BYTES else grouped(quantity)


def rows_address(
    category: str,
    fate: Fate | None,
    reason: str = "",
    project: str = "",
    times: tuple[str, str] = ("", ""),
) -> str:
    """Where the rows behind a number are; of every fate for None."""
    if fate is Fate.CLIENT_DISCARD:
        parts = ["type:client_report", f"category:{quoted(category)}"]
        parts += [f"reason:{quoted(reason)}"] if reason else []
    else:
        parts = [f"type:{TYPES[category]}"] if category in TYPES else []
        outcome = f"{fate}({reason})" if reason else str(fate)
        parts += [f"outcome:{quoted(outcome)}"] if fate else []
    start, end = times
    parts += [f"project:{quoted(project)}"] if project else []
    parts += [f"received:>={start}", f"received:<{end}"] if start else []
    return f"/?q={quote(' '.join(parts))}"
