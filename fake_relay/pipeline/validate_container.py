"""Containers of logs, metrics and spans, of which Relay refuses single records.

Rule: what of a container is refused alone has its own outcome, and the rest goes on; both
together are what was received. A container without a flaw is not opened again.
May import: records, items, config, protocol, msgspec.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Final

import msgspec

from fake_relay.items import span
from fake_relay.items.facts import text_of
from fake_relay.items.required import is_uuid
from fake_relay.pipeline.clock import TIMESTAMP, is_too_old
from fake_relay.pipeline.sift import RECORDS, Records, raw_records, sift
from fake_relay.pipeline.stage import Context, Walked
from fake_relay.protocol.envelope import normalize_event_id
from fake_relay.protocol.outcome import Fate, Outcome
from fake_relay.records import ReceivedItem

INVALID_JSON: Final = Outcome(Fate.INVALID, "invalid_json")
INVALID_SPAN: Final = Outcome(Fate.INVALID, "invalid_span")
DUPLICATE: Final = Outcome(Fate.INVALID, "duplicate")
MISSING_DSC: Final = Outcome(Fate.INVALID, "missing_dsc")
INVALID_DSC: Final = Outcome(Fate.INVALID, "invalid_dsc")


class _Sampling(msgspec.Struct, frozen=True):
    trace_id: str
    public_key: str


_decode_sampling = msgspec.json.Decoder(_Sampling).decode


def validate_container(received: ReceivedItem, context: Context) -> ReceivedItem | Outcome | Walked:
    """Refuse a container that miscounts, and records that Relay cannot use (5.4)."""
    item, facts, limits = received.item, received.facts, context.config.limits
    if item.header.item_count != facts.count:
        return INVALID_JSON
    kind = RECORDS[item.type]
    if (
        facts.sound
        and len(item.payload) <= kind.max_size(limits)
        and not is_too_old(facts.earliest, context, limits.max_age)
    ):
        return received
    return sift(received, kind, raw_records(item.payload), _judge_of(context, kind))


def validate_span(received: ReceivedItem, context: Context) -> ReceivedItem | Outcome | Walked:
    """A container needs its sampling context and belongs to one trace; a legacy span does not.

    Nor does a container that a door made, of OpenTelemetry's spans: those have no context.
    """
    if not span.is_container(received.item.header):
        return _validate_legacy(received, context)
    if context.converted:
        return validate_container(received, context)
    trace_id = _sampled_trace(context)
    if trace_id is None:
        return MISSING_DSC
    found = received.facts.values("trace") or [received.facts.trace_id]
    if any(_same(trace) != trace_id for trace in found if is_uuid(trace)):
        return INVALID_DSC
    return validate_container(received, context)


def _validate_legacy(received: ReceivedItem, context: Context) -> ReceivedItem | Outcome:
    record = span.read_record(received.item.payload)
    if not span.is_sound_legacy(record):
        return INVALID_SPAN
    old = is_too_old(record.end, context, context.config.limits.max_age)
    return TIMESTAMP if old or not span.is_ordered(record) else received


def _sampled_trace(context: Context) -> str | None:
    """The trace of the envelope's sampling context; None when there is no valid one (11.2)."""
    if context.envelope is None or not context.envelope.header.trace:
        return None
    try:
        return _same(_decode_sampling(context.envelope.header.trace).trace_id)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return None


def _same(trace_id: str) -> str:
    return normalize_event_id(trace_id)


def spoilt(received: ReceivedItem, context: Context, raws: Sequence[bytes]) -> frozenset[int]:
    """The places of a container's records that were refused here."""
    if not received.refused_records:
        return frozenset()
    judge = _judge_of(context, RECORDS[received.item.type])
    return frozenset(place for place, raw in enumerate(raws) if judge(raw) is not None)


def _judge_of(context: Context, kind: Records) -> Callable[[bytes], Outcome | None]:
    return partial(_judge, context=context, kind=kind, seen=set())


def _judge(raw: bytes, context: Context, kind: Records, seen: set[str]) -> Outcome | None:
    limits = context.config.limits
    if len(raw) > kind.max_size(limits):
        return kind.too_large
    try:
        record = kind.read(raw)
    except (msgspec.MsgspecError, ValueError):
        return kind.invalid
    if not kind.is_sound(record):
        return kind.invalid
    if is_too_old(kind.moment(record), context, limits.max_age):
        return TIMESTAMP
    return _judge_span(record, seen) if isinstance(record, span.SpanRecord) else None


def _judge_span(record: span.SpanRecord, seen: set[str]) -> Outcome | None:
    if not span.is_ordered(record):
        return TIMESTAMP
    span_id = text_of(record.span_id).lower()
    if span_id in seen:
        return DUPLICATE
    seen.add(span_id)
    return None
