"""The door for Vercel's log drains: its records become logs (PROTOCOL.md 2.10).

Source: https://vercel.com/docs/drains/reference/logs
May import: records, config, protocol, errors, intake.conversion, intake.containers.
"""

from __future__ import annotations

from typing import Annotated, Any, Final

import msgspec

from fake_relay.config import RelayConfig
from fake_relay.intake import containers, conversion
from fake_relay.intake.cron import answer
from fake_relay.intake.door import Door, Place
from fake_relay.protocol.envelope import normalize_event_id
from fake_relay.records import Inbound, Submission

JSON: Final = "application/json"
NDJSON: Final = "application/x-ndjson"

_LEVELS: Final = {"warning": "warn", "error": "error", "fatal": "fatal"}
_I64 = Annotated[int, msgspec.Meta(ge=-(2**63), le=2**63 - 1)]


class Proxy(msgspec.Struct, frozen=True, rename="camel"):
    """The request that a record is about."""

    timestamp: _I64
    method: str
    host: str
    path: str
    user_agent: list[str]
    region: str
    referer: str | None = None
    status_code: _I64 | None = None
    client_ip: str | None = None
    scheme: str | None = None
    response_byte_size: _I64 | None = None
    cache_id: str | None = None
    path_type: str | None = None
    path_type_variant: str | None = None
    vercel_id: str | None = None
    vercel_cache: str | None = None
    lambda_region: str | None = None
    waf_action: str | None = None
    waf_rule_id: str | None = None


class Record(msgspec.Struct, frozen=True, rename="camel"):
    """One record of a drain; the time is in milliseconds since 1970."""

    id: str
    deployment_id: str
    source: str
    host: str
    timestamp: _I64
    project_id: str
    level: str
    message: str | None = None
    build_id: str | None = None
    entrypoint: str | None = None
    destination: str | None = None
    path: str | None = None
    type: str | None = None
    status_code: _I64 | None = None
    request_id: str | None = None
    environment: str | None = None
    branch: str | None = None
    ja3_digest: str | None = None
    ja4_digest: str | None = None
    edge_type: str | None = None
    project_name: str | None = None
    execution_region: str | None = None
    trace_id: str | None = None
    span_id: str | None = None
    dotted_trace_id: str | None = msgspec.field(name="trace.id", default=None)
    dotted_span_id: str | None = msgspec.field(name="span.id", default=None)
    proxy: Proxy | None = None


_decode = msgspec.json.Decoder(Record).decode
_split = msgspec.json.Decoder(list[msgspec.Raw]).decode


def open_door(inbound: Inbound, place: Place, config: RelayConfig) -> tuple[Submission, ...]:
    """Make a container of logs of the records of a drain."""
    kind = conversion.exact_media_type(inbound.headers, (JSON, NDJSON))
    opened = conversion.opened(inbound, place, config, config.limits.max_container_size, empty=True)
    try:
        records = _array(opened.body) if kind == JSON else _lines(opened.body)
        items = containers.log_items(
            [
                _log(record, conversion.fresh_id(inbound.new_id, index + 1))
                for index, record in enumerate(records)
            ]
        )
    except (msgspec.MsgspecError, ValueError, RecursionError):
        suffix = "json" if kind == JSON else "ndjson"
        items = [containers.undecoded(f"vercel.logs+{suffix}", opened.body)]
    return (conversion.made(opened, DOOR.name, items),)


def _array(body: bytes) -> list[Record]:
    """The records of an array; raises when one of them is none."""
    containers.check_parts(body)
    raws = _split(body)
    containers.check_count(len(raws))
    return [_decode(raw) for raw in raws]


def _lines(body: bytes) -> list[Record]:
    """The lines that are records; raises when there is none, as Relay passes over the others."""
    body.decode()
    containers.check_lines(body)
    found = []
    for line in body.splitlines():
        try:
            found.append(_decode(line))
        except msgspec.MsgspecError:
            continue
    if not found:
        raise ValueError("no line is a record")
    return found


def _log(record: Record, new_trace: str) -> dict[str, Any]:
    trace_id, remark = _trace_id(record)
    log = {
        "timestamp": record.timestamp / 1000,
        "trace_id": trace_id or new_trace,
        "span_id": _span_id(record.span_id or record.dotted_span_id),
        "level": _LEVELS.get(record.level, "info"),
        "body": record.message or "",
        "attributes": containers.attributes(_values(record)),
    }
    if trace_id is None:
        log["_meta"] = containers.substituted(remark)
    return log


def _trace_id(record: Record) -> tuple[str | None, str]:
    """The trace, or else the request, as Relay does; why there is none."""
    named = record.trace_id if record.trace_id is not None else record.dotted_trace_id
    try:
        return normalize_event_id(named or record.request_id or ""), ""
    except ValueError:
        return None, containers.INVALID if named else containers.MISSING


def _span_id(text: str | None) -> str | None:
    try:
        return text.lower() if text and len(text) == 16 and bytes.fromhex(text) else None
    except ValueError:
        return None


def _values(record: Record) -> dict[str, str | int | float | bool | None]:
    found: dict[str, str | int | float | bool | None] = {
        "sentry.origin": "auto.log_drain.vercel",
        "server.address": record.host,
        "sentry.environment": record.environment,
        "vercel.log_type": record.type,
    }
    for name in _OWN:
        found[f"vercel.{name}"] = getattr(record, name)
    if record.proxy is not None:
        for name in Proxy.__struct_fields__:
            found[f"vercel.proxy.{name}"] = getattr(record.proxy, name)
        agents = msgspec.json.encode(record.proxy.user_agent).decode()
        found["vercel.proxy.user_agent"] = agents
    return found


_OWN: Final = (
    "id",
    "deployment_id",
    "source",
    "project_id",
    "build_id",
    "entrypoint",
    "destination",
    "path",
    "status_code",
    "request_id",
    "branch",
    "ja3_digest",
    "ja4_digest",
    "edge_type",
    "project_name",
    "execution_region",
)
"""What becomes an attribute of its own name."""

DOOR = Door(
    "vercel",
    frozenset({"POST"}),
    open_door,
    answer,
    max_body=lambda limits: limits.max_container_size,
)
