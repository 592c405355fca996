"""The doors `/cron/{slug}`, for jobs that check in with curl (PROTOCOL.md 2.8 and 5.8).

May import: records, config, protocol, errors, intake.conversion.
"""

from __future__ import annotations

import math
from typing import Any, Final, Literal
from urllib.parse import parse_qsl

import msgspec

from fake_relay.config import RelayConfig
from fake_relay.errors import BadFields
from fake_relay.intake import conversion
from fake_relay.intake.door import Door, Place
from fake_relay.protocol.envelope import make_item, normalize_event_id
from fake_relay.records import Inbound, Reply, Submission

CLIENT: Final = "relay-http"
"""The client of requests that name none."""
NIL: Final = "0" * 32
"""The check-in id that stands for the newest check-in in progress."""

_FIELDS: Final = ("check_in_id", "status", "environment", "duration")


class _Crontab(msgspec.Struct, tag="crontab"):
    value: str


class _Interval(msgspec.Struct, tag="interval"):
    value: int
    unit: Literal["year", "month", "week", "day", "hour", "minute"]


class _MonitorConfig(msgspec.Struct):
    schedule: _Crontab | _Interval
    checkin_margin: int | None = None
    max_runtime: int | None = None
    timezone: str | None = None
    failure_issue_threshold: int | None = None
    recovery_threshold: int | None = None
    owner: str | None = None


class _Trace(msgspec.Struct):
    trace_id: str


class _Contexts(msgspec.Struct):
    trace: _Trace | None = None


class _CheckIn(msgspec.Struct):
    """What Relay's framework demands of a body."""

    status: str
    check_in_id: str | None = None
    environment: str | None = None
    duration: float | None = None
    release: str | None = None
    monitor_config: _MonitorConfig | None = None
    contexts: _Contexts | None = None


def open_door(inbound: Inbound, place: Place, config: RelayConfig) -> tuple[Submission, ...]:
    """Make an envelope of one check-in."""
    is_json = inbound.headers.get("content-type", "").startswith("application/json")
    limit = config.limits.max_event_size
    opened = conversion.opened(inbound, place, config, limit, empty=True)
    check_in = from_body(opened.body) if is_json else from_query(inbound.query)
    check_in["monitor_slug"] = place.slug or ""
    check_in.setdefault("check_in_id", NIL)
    payload = msgspec.json.encode(check_in)
    item = make_item("check_in", payload, {"content_type": "application/json"})
    headers = {"event_id": inbound.new_id}
    return (conversion.made(opened, DOOR.name, [item], headers=headers, client=CLIENT),)


def from_body(body: bytes) -> dict[str, Any]:
    """The check-in in a JSON body, all of its fields kept.

    Raises `BadFields`: 400 for what is no JSON, 422 for fields that are missing or wrong.
    """
    try:
        check_in = msgspec.json.decode(body)
        _check_encodable(check_in)
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise BadFields(
            "failed to parse the request body as JSON", str(error), status=400
        ) from error
    try:
        _check(msgspec.convert(check_in, _CheckIn))
    except (msgspec.ValidationError, ValueError) as error:
        raise BadFields("failed to read the JSON body as a check-in", str(error)) from error
    return dict(check_in)


def from_query(query: str) -> dict[str, Any]:
    """The check-in in a query string; raises `BadFields` with status 400."""
    fields: dict[str, Any] = {
        name: value.encode("utf-8", "replace").decode()
        for name, value in parse_qsl(query, keep_blank_values=True)
        if name in _FIELDS
    }
    try:
        _check(msgspec.convert(fields, _CheckIn, strict=False))
        if "duration" in fields:
            fields["duration"] = float(fields["duration"])
    except (msgspec.ValidationError, ValueError) as error:
        raise BadFields("failed to read the query string", str(error), status=400) from error
    return fields


def _check(check_in: _CheckIn) -> None:
    if check_in.check_in_id is not None:
        normalize_event_id(check_in.check_in_id)
    if check_in.duration is not None and not math.isfinite(check_in.duration):
        raise ValueError("the duration is no finite number of seconds")


def _check_encodable(value: Any) -> None:
    msgspec.json.encode(value)


def answer(inbound: Inbound, submissions: tuple[Submission, ...]) -> Reply:
    """202 and nothing else: Sentry has yet to look at it."""
    return Reply(202)


DOOR = Door(
    "cron",
    frozenset({"GET", "POST"}),
    open_door,
    answer,
    max_body=lambda limits: limits.max_event_size,
    limited=False,
)
