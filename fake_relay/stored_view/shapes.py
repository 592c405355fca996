"""Item types that are no events, each scrubbed in the closest shape of one.

Rule: parts of a document are lent to an event, scrubbed there, and put back; identifiers, times
and numbers stay as they were sent. Fields that a type should not have, which Relay drops, are
scrubbed as an event's `extra`, so that nothing hides behind an unknown name.
May import: stored_view, config.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from typing import Any, Final

from fake_relay.stored_view.scrub import Slot

SlotsOf = Callable[[Any], Iterator[Slot]]

_USER_REPORT: Final = frozenset(["event_id", "comments", "name", "email"])
_SESSION: Final = frozenset(
    (
        *("sid", "did", "seq", "init", "timestamp", "started", "duration", "status", "errors"),
        *("attrs", "aggregates", "abnormal_mechanism"),
    )
)
_CHECK_IN: Final = frozenset(
    (
        *("check_in_id", "monitor_slug", "status", "duration", "environment", "release"),
        *("contexts", "monitor_config"),
    )
)
_SPAN: Final = frozenset(
    (
        *("trace_id", "span_id", "parent_span_id", "segment_id"),
        *("start_timestamp", "timestamp", "end_timestamp"),
    )
)
_SPAN_OWN: Final = frozenset(("description", "data", "tags", "sentry_tags", "op", "links"))
_CLIENT_REPORT: Final = frozenset(
    (
        *("timestamp", "discarded_events", "rate_limited_events", "filtered_events"),
        "filtered_sampling_events",
    )
)
_PROFILE: Final = frozenset(
    (
        *("profile", "event_id", "profiler_id", "chunk_id", "platform", "version", "timestamp"),
        *("measurements", "debug_meta", "sampled_profile", "transactions"),
    )
)


def user_report(document: Any) -> Iterator[Slot]:
    """What a user said is a message; name and address are a user's (PROTOCOL.md 5.9)."""
    yield Slot(("comments",), ("logentry", "formatted"))
    yield Slot(("name",), ("user", "name"))
    yield Slot(("email",), ("user", "email"))
    yield from others(document, _USER_REPORT)


def session(document: Any) -> Iterator[Slot]:
    """Sentry makes numbers of sessions; of what it reads, only these can name somebody."""
    yield Slot(("did",), ("user", "id"))
    yield Slot(("attrs", "ip_address"), ("user", "ip_address"))
    yield from others(document, _SESSION)


def sessions(document: Any) -> Iterator[Slot]:
    """Aggregates have an identity each."""
    yield Slot(("attrs", "ip_address"), ("user", "ip_address"))
    yield from others(document, _SESSION)
    aggregates = document.get("aggregates")
    for index, entry in enumerate(aggregates if isinstance(aggregates, list) else ()):
        if isinstance(entry, dict) and isinstance(entry.get("did"), str):
            yield Slot(("aggregates", index, "did"), ("contexts", "identities", str(index)))


def check_in(document: Any) -> Iterator[Slot]:
    """What a check-in says is about a job; only what it should not have is looked at."""
    return others(document, _CHECK_IN)


def profile(document: Any) -> Iterator[Slot]:
    """All but the samples and what identifies them (PROTOCOL.md 5.6)."""
    return others(document, _PROFILE)


def legacy_span(document: Any) -> Iterator[Slot]:
    """A span of version 1 is a transaction's."""
    for key in _SPAN_OWN:
        yield Slot((key,), ("spans", 0, key))
    yield from others(document, _SPAN | _SPAN_OWN)


def form_data(document: Any) -> Iterator[Slot]:
    """Pairs of a multipart form, which become an event's `extra`."""
    if isinstance(document, dict):
        yield from others(document, ())
        return
    for index, pair in enumerate(document):
        if isinstance(pair, list) and len(pair) == 2 and isinstance(pair[0], str):
            yield Slot((index, 1), ("extra", str(index), pair[0]))
        else:
            yield Slot((index,), ("extra", str(index)))


def client_report(document: Any) -> Iterator[Slot]:
    """Counts by reason and category, which name nobody."""
    return others(document, _CLIENT_REPORT)


def metric_buckets(document: Any) -> Iterator[Slot]:
    """Each bucket as a whole: names, tags and numbers."""
    for key in document if isinstance(document, dict) else range(len(document)):
        yield Slot((key,), ("extra", str(key)))


def others(document: Any, known: Collection[str]) -> Iterator[Slot]:
    """What stands in a document beside the known keys, as an event's `extra`."""
    for key in document:
        if key not in known:
            yield Slot((key,), ("extra", key))


SHAPES: Final[dict[str, SlotsOf]] = {
    "user_report": user_report,
    "session": session,
    "sessions": sessions,
    "check_in": check_in,
    "profile": profile,
    "profile_chunk": profile,
    "profile_chunk_ui": profile,
    "form_data": form_data,
    "client_report": client_report,
    "metric_buckets": metric_buckets,
}
