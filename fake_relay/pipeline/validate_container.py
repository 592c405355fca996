"""Containers of logs, metrics and spans, of which Relay refuses single records.

Rule: what of a container is refused alone has its own outcome, and the rest goes on; both
together are what was received. A container without a flaw is not opened again.
May import: records, items, config, protocol, msgspec.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from operator import attrgetter
from typing import Any, Final

import msgspec

from fake_relay.config import Limits
from fake_relay.items import log, metric, span
from fake_relay.items.facts import text_of, timestamp
from fake_relay.items.required import is_uuid
from fake_relay.pipeline.clock import TIMESTAMP, is_too_old
from fake_relay.pipeline.stage import Context, Walked
from fake_relay.protocol.category import Category
from fake_relay.protocol.envelope import normalize_event_id
from fake_relay.protocol.outcome import Fate, Outcome, Quantity
from fake_relay.records import ReceivedItem, RefusedRecords

INVALID_JSON: Final = Outcome(Fate.INVALID, "invalid_json")
INVALID_SPAN: Final = Outcome(Fate.INVALID, "invalid_span")
DUPLICATE: Final = Outcome(Fate.INVALID, "duplicate")
MISSING_DSC: Final = Outcome(Fate.INVALID, "missing_dsc")
INVALID_DSC: Final = Outcome(Fate.INVALID, "invalid_dsc")


class Records(msgspec.Struct, frozen=True):
    """How the records of a container are judged one by one.

    `read` decodes one; `moment` is the time by which it is too old; `items` and `size` are
    the categories in which it counts once, and by its bytes.
    """

    name: str
    read: Callable[[bytes], Any]
    is_sound: Callable[[Any], bool]
    moment: Callable[[Any], float | None]
    max_size: Callable[[Limits], int]
    items: tuple[Category, ...]
    size: tuple[Category, ...] = ()

    @property
    def invalid(self) -> Outcome:
        return Outcome(Fate.INVALID, f"invalid_{self.name}")

    @property
    def too_large(self) -> Outcome:
        return Outcome(Fate.INVALID, f"too_large:{self.name}")


def _time(record: Any) -> float | None:
    return timestamp(record.timestamp)


RECORDS: Final[dict[str, Records]] = {
    "log": Records(
        "log",
        log.read_record,
        log.is_sound,
        _time,
        attrgetter("max_log_size"),
        (Category.LOG_ITEM,),
        (Category.LOG_BYTE,),
    ),
    "trace_metric": Records(
        "trace_metric",
        metric.read_record,
        metric.is_sound,
        _time,
        attrgetter("max_trace_metric_size"),
        (Category.TRACE_METRIC,),
        (Category.TRACE_METRIC_BYTE,),
    ),
    "span": Records(
        "span",
        span.read_record,
        span.is_sound,
        attrgetter("end"),
        attrgetter("max_span_size"),
        (Category.SPAN, Category.SPAN_INDEXED),
    ),
}


MARKED: Final = 1000
"""Refused records that are told one by one, for each outcome; of more, how many there are."""


class _Container(msgspec.Struct, frozen=True):
    items: list[msgspec.Raw]


class _Sampling(msgspec.Struct, frozen=True):
    trace_id: str
    public_key: str


_decode_container = msgspec.json.Decoder(_Container).decode
_decode_sampling = msgspec.json.Decoder(_Sampling).decode


def validate_container(received: ReceivedItem, context: Context) -> ReceivedItem | Outcome | Walked:
    """Refuse a container that miscounts, and records that Relay cannot use (5.4)."""
    item, facts, limits = received.item, received.facts, context.config.limits
    if item.header.item_count != facts.count:
        return INVALID_JSON
    records = RECORDS[item.type]
    if (
        facts.sound
        and len(item.payload) <= records.max_size(limits)
        and not is_too_old(facts.earliest, context, limits.max_age)
    ):
        return received
    return _sift(received, context, records)


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


def _sift(
    received: ReceivedItem, context: Context, records: Records
) -> ReceivedItem | Outcome | Walked:
    """Take out the records that Relay refuses, each with its outcome."""
    places: dict[Outcome, list[int]] = {}
    counts: Counter[Outcome] = Counter()
    sizes: Counter[Outcome] = Counter()
    raws = _decode_container(received.item.payload).items
    seen: set[str] = set()
    for place, raw in enumerate(raws):
        if (outcome := _judge(bytes(raw), context, records, seen)) is not None:
            counts[outcome] += 1
            sizes[outcome] += len(bytes(raw))
            if len(known := places.setdefault(outcome, [])) < MARKED:
                known.append(place)
    if not counts:
        return received
    refused = {outcome: _units(records, counts[outcome], sizes[outcome]) for outcome in counts}
    # What holds the records, the brackets and commas, goes where the last of them goes.
    last = counts.most_common(1)[0][0] if counts.total() == len(raws) else None
    if last is not None:
        del refused[last]
    rest = msgspec.structs.replace(
        received,
        quantities=_without(received.quantities, list(refused.values())),
        refused=(*received.refused, *refused.items()),
        refused_records=tuple(
            RefusedRecords(str(outcome), counts[outcome], tuple(known))
            for outcome, known in places.items()
        ),
    )
    return rest if last is None else (rest, last)


def _judge(raw: bytes, context: Context, records: Records, seen: set[str]) -> Outcome | None:
    limits = context.config.limits
    if len(raw) > records.max_size(limits):
        return records.too_large
    try:
        record = records.read(raw)
    except (msgspec.MsgspecError, ValueError):
        return records.invalid
    if not records.is_sound(record):
        return records.invalid
    if is_too_old(records.moment(record), context, limits.max_age):
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


def _units(records: Records, count: int, size: int) -> tuple[Quantity, ...]:
    return (
        *(Quantity(category, count) for category in records.items),
        *(Quantity(category, size) for category in records.size),
    )


def _without(
    quantities: tuple[Quantity, ...], refused: list[tuple[Quantity, ...]]
) -> tuple[Quantity, ...]:
    gone: Counter[Category] = Counter()
    for units in refused:
        for unit in units:
            gone[unit.category] += unit.amount
    return tuple(Quantity(unit.category, unit.amount - gone[unit.category]) for unit in quantities)
