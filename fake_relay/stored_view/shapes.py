"""Item types that are no events, each scrubbed in the closest shape of one.

Rule: parts of a document are lent to an event, scrubbed there, and put back; whatever has no
place in the table of its type stays as it was sent. What Relay does with each is in PROTOCOL.md
5; where it keeps a part at all, the rules of the settings hold for it.
May import: stored_view, config.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Final

from fake_relay.stored_view.scrub import Slot, Steps

SlotsOf = Callable[[Any], Iterator[Slot]]

_PROFILE_KEPT: Final = frozenset(
    [
        "profile",
        "event_id",
        "profiler_id",
        "chunk_id",
        "platform",
        "version",
        "timestamp",
        "measurements",
        "debug_meta",
        "sampled_profile",
        "transactions",
    ]
)


def user_report(document: Any) -> Iterator[Slot]:
    """What a user said is a message; name and address are a user's (PROTOCOL.md 5.9)."""
    yield Slot(("comments",), ("logentry", "formatted"))
    yield Slot(("name",), ("user", "name"))
    yield Slot(("email",), ("user", "email"))


def session(document: Any) -> Iterator[Slot]:
    """Sentry makes numbers of sessions; of what it reads, only these can name somebody."""
    yield Slot(("did",), ("user", "id"))
    yield Slot(("attrs", "ip_address"), ("user", "ip_address"))


def sessions(document: Any) -> Iterator[Slot]:
    """Aggregates have an identity each."""
    yield Slot(("attrs", "ip_address"), ("user", "ip_address"))
    aggregates = document.get("aggregates")
    for index, entry in enumerate(aggregates if isinstance(aggregates, list) else ()):
        if isinstance(entry, dict) and isinstance(entry.get("did"), str):
            yield Slot(("aggregates", index, "did"), ("extra", "did", index))


def profile(document: Any) -> Iterator[Slot]:
    """All but the samples and what identifies them (PROTOCOL.md 5.6)."""
    for key in document:
        if key not in _PROFILE_KEPT:
            yield Slot((key,), ("extra", key))


def legacy_span(document: Any) -> Iterator[Slot]:
    """A span of version 1 is a transaction's."""
    whole: Steps = ()
    for key in ("description", "data", "tags", "sentry_tags"):
        yield Slot((*whole, key), ("spans", 0, key))


def form_data(document: Any) -> Iterator[Slot]:
    """Pairs of a multipart form, which become an event's `extra`."""
    for index, pair in enumerate(document):
        if isinstance(pair, list) and len(pair) == 2 and isinstance(pair[0], str):
            yield Slot((index, 1), ("extra", str(index), pair[0]))


SHAPES: Final[dict[str, SlotsOf]] = {
    "user_report": user_report,
    "session": session,
    "sessions": sessions,
    "profile": profile,
    "profile_chunk": profile,
    "profile_chunk_ui": profile,
    "form_data": form_data,
}
