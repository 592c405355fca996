"""Sizes and counts of an envelope's items: the last check before the 200 (PROTOCOL.md 3.3).

Rule: one violation refuses the whole envelope, named after the first item that is too many
or too large. One pass over the items; nothing is decoded.
May import: config, protocol, errors.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from operator import attrgetter
from typing import Final

import msgspec

from fake_relay.config import Limits
from fake_relay.errors import TooLarge
from fake_relay.protocol.envelope import Item

TEXT: Final = (
    "envelope exceeded size limits for type {!r}"
    " (https://develop.sentry.dev/sdk/envelopes/#size-limits)"
)
SPAN_CONTAINER: Final = "application/vnd.sentry.items.span.v2+json"
UNLIMITED: Final = 2**63

Measure = Callable[[Limits], int]


def _unlimited(limits: Limits) -> int:
    return UNLIMITED


class Slot(msgspec.Struct, frozen=True):
    """What item types share within an envelope: so many items, so many bytes in all."""

    name: str
    count: Measure
    size: Measure = _unlimited


class Rule(msgspec.Struct, frozen=True):
    """How large one item may be, and in which slot it counts.

    A container holds records, each of which may be `size` on average.
    """

    size: Measure
    slot: Slot
    container: bool = False


def _one(limits: Limits) -> int:
    return 1


_EVENT: Final = Rule(attrgetter("max_event_size"), Slot("events", _one))
_ATTACHMENTS: Final = Slot(
    "attachments", attrgetter("max_attachment_count"), attrgetter("max_attachments_size")
)
_ATTACHMENT: Final = Rule(attrgetter("max_attachment_size"), _ATTACHMENTS)
_SESSION: Final = Rule(
    _unlimited, Slot("sessions", attrgetter("max_session_count"), attrgetter("max_sessions_size"))
)
_PROFILE: Final = Rule(attrgetter("max_profile_size"), Slot("profiles", _one))
_REPLAY: Final = attrgetter("max_replay_compressed_size")
_SPANS: Final = Rule(attrgetter("max_span_size"), Slot("span containers", _one), container=True)

RULES: Final[dict[str, Rule]] = {
    **dict.fromkeys(
        (
            "event",
            "transaction",
            "security",
            "raw_security",
            "feedback",
            "replay_event",
            "form_data",
        ),
        _EVENT,
    ),
    **dict.fromkeys(("attachment", "unreal_report", "user_report"), _ATTACHMENT),
    **dict.fromkeys(("session", "sessions"), _SESSION),
    **dict.fromkeys(("profile", "profile_chunk", "profile_chunk_ui"), _PROFILE),
    "client_report": Rule(
        _unlimited,
        Slot(
            "client reports",
            attrgetter("max_client_reports_count"),
            attrgetter("max_client_reports_size"),
        ),
    ),
    "check_in": Rule(attrgetter("max_check_in_size"), Slot("check-ins", _one)),
    "replay_recording": Rule(_REPLAY, Slot("recordings", _one)),
    "replay_video": Rule(_REPLAY, Slot("videos", _one)),
    "log": Rule(attrgetter("max_log_size"), Slot("logs", _one), container=True),
    "trace_metric": Rule(
        attrgetter("max_trace_metric_size"), Slot("metrics", _one), container=True
    ),
    "span": Rule(
        attrgetter("max_span_size"), Slot("legacy spans", attrgetter("max_standalone_span_count"))
    ),
    "metric_buckets": Rule(attrgetter("max_metric_buckets_size"), Slot("buckets", _one)),
    "integration": Rule(attrgetter("max_container_size"), Slot("integrations", _one)),
}
"""Item types that have a limit; others are as large as the envelope may be."""

ATTACHMENT_NAMES: Final = {
    None: "attachment",
    "event.attachment": "attachment",
    "event.minidump": "minidump",
    "event.applecrashreport": "apple_crash_report",
    "event.payload": "event_payload",
    "event.breadcrumbs": "breadcrumbs",
    "playstation.prosperodump": "prosperodump",
    "nswitch.dying_message": "nnswitch_dying_message",
    "unreal.context": "unreal_context",
    "unreal.logs": "unreal_logs",
    "event.view_hierarchy": "view_hierarchy",
    "event.nv_gpudmp": "nv_gpudmp",
    "event.nv_shader_debug": "nv_shader_debug",
}
"""What Relay calls attachment types in refusals; any other makes the item unknown."""

_OTHER_NAMES: Final = {"feedback": "user_report_v2", "profile_chunk_ui": "profile_chunk"}


def check(items: Sequence[Item], limits: Limits) -> None:
    """Raise `TooLarge` for the first item that is too large or too many (PROTOCOL.md 3.2, 3.3).

    `items` are those of an envelope, without those that fell by a limit.
    """
    used: dict[int, tuple[int, int]] = {}
    for item in items:
        rule = _rule(item)
        if rule is None:
            continue
        size, slot = len(item.payload), rule.slot
        count, total = used.get(id(slot), (0, 0))
        count, total = count + 1, total + size
        used[id(slot)] = count, total
        if (
            count > slot.count(limits)
            or total > slot.size(limits)
            or not _fits(item, size, rule, limits)
        ):
            name = limit_name(item)
            raise TooLarge(TEXT.format(name), reason=f"too_large:{name}")


def sizes_alone(limits: Limits) -> dict[str, int]:
    """The size up to which an item that is alone in its envelope passes `check`, by type.

    Most envelopes hold one item, and nothing of it has to be added up. Without the types of
    which this cannot be said.
    """
    return {
        name: min(rule.size(limits), rule.slot.size(limits))
        for name, rule in RULES.items()
        if not rule.container and rule.slot.count(limits) > 0
    }


def limit_name(item: Item) -> str:
    """The `T` of `too_large:T`: Relay's name of the item's type (PROTOCOL.md 3.3)."""
    if item.type == "attachment":
        return f"attachment:{ATTACHMENT_NAMES[item.header.attachment_type]}"
    return _OTHER_NAMES.get(item.type, item.type)


def _rule(item: Item) -> Rule | None:
    rule = RULES.get(item.type)
    if rule is _ATTACHMENT and item.header.attachment_type not in ATTACHMENT_NAMES:
        return None
    if item.type == "span" and (item.header.content_type or "").lower().startswith(SPAN_CONTAINER):
        return _SPANS
    return rule


def _fits(item: Item, size: int, rule: Rule, limits: Limits) -> bool:
    most = rule.size(limits)
    if not rule.container:
        return size <= most
    # Relay judges the records of a container by their average, before it opens it.
    return size <= limits.max_container_size and size // (item.header.item_count or 1) <= most


__all__ = ["RULES", "check", "limit_name", "sizes_alone"]
