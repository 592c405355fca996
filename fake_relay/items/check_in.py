"""Check-ins of cron monitors (PROTOCOL.md 5.8).

May import: items.event, items.facts, items.payload, items.required, protocol, msgspec.
"""

from __future__ import annotations

import msgspec

from fake_relay.items.event import ContextFields, trace_of
from fake_relay.items.facts import (
    Facts,
    ItemType,
    Scalar,
    first_line,
    milliseconds,
    one,
    terms,
    text_of,
)
from fake_relay.items.payload import Reader
from fake_relay.items.required import is_uuid
from fake_relay.protocol.category import Category
from fake_relay.protocol.envelope import ItemHeader


class Schedule(msgspec.Struct, frozen=True, gc=False):
    """When a monitor expects its check-ins."""

    type: Scalar = None
    value: Scalar = None
    unit: Scalar = None


class MonitorConfig(msgspec.Struct, frozen=True, gc=False):
    """How a monitor is to be kept, of which only the schedule is judged."""

    schedule: Schedule | None = None


class CheckInFields(msgspec.Struct, frozen=True, gc=False):
    """What is indexed of a check-in."""

    monitor_slug: Scalar = None
    status: Scalar = None
    check_in_id: Scalar = None
    duration: Scalar = None
    environment: Scalar = None
    release: Scalar = None
    contexts: ContextFields | None = None
    monitor_config: MonitorConfig | None = None


MAX_ENVIRONMENT = 64
REASON = "invalid_check_in"
UNITS = ("minute", "hour", "day", "week", "month", "year")

_read = Reader(CheckInFields)


def read(header: ItemHeader, payload: bytes) -> Facts:
    """The facts of a check-in."""
    fields, problem = _read(payload)
    slug, status = text_of(fields.monitor_slug), text_of(fields.status)
    return Facts(
        title=first_line(f"{slug or '<no monitor>'} {status}"),
        trace_id=text_of(trace_of(fields.contexts).trace_id),
        duration=milliseconds(fields.duration),
        terms=tuple(
            terms(
                (
                    ("monitor.slug", slug),
                    ("status", status),
                    ("check_in_id", fields.check_in_id),
                    ("environment", fields.environment),
                    ("release", fields.release),
                )
            )
        ),
        text=slug,
        problem=problem or flaw_of(fields),
        reason=REASON,
    )


def flaw_of(fields: CheckInFields) -> str:
    """Why Relay would refuse a check-in (PROTOCOL.md 5.8); empty if it would not."""
    if not isinstance(fields.monitor_slug, str) or not fields.monitor_slug:
        return "the check-in has no monitor_slug"
    if not isinstance(fields.status, str):
        return "the check-in has no status"
    if fields.check_in_id is not None and not is_uuid(fields.check_in_id):
        return f"check_in_id {fields.check_in_id!r:.80} is no UUID"
    if len(text_of(fields.environment)) > MAX_ENVIRONMENT:
        return f"the environment is longer than {MAX_ENVIRONMENT} characters"
    trace = None if fields.contexts is None else fields.contexts.trace
    if trace is not None and not is_uuid(trace.trace_id):
        return f"contexts.trace.trace_id {trace.trace_id!r:.80} is no trace id"
    return "" if fields.monitor_config is None else _flaw_of_schedule(fields.monitor_config)


def _flaw_of_schedule(config: MonitorConfig) -> str:
    schedule = config.schedule
    if schedule is None:
        return "monitor_config has no schedule"
    if schedule.type == "crontab" and isinstance(schedule.value, str):
        return ""
    if (
        schedule.type == "interval"
        and isinstance(schedule.value, int)
        and schedule.value >= 0
        and schedule.unit in UNITS
    ):
        return ""
    return f"the schedule is neither a crontab nor an interval of one of {', '.join(UNITS)}"


CHECK_IN = ItemType("check_in", read, one(Category.MONITOR), reason=REASON)
