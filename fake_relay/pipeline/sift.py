"""Containers of logs, metrics and spans: their kinds, their records, and taking some of them out.

Rule: what of a container falls alone has its own outcome, and the rest goes on; both together
are what was received.
May import: records, items, config, protocol, msgspec, pipeline.stage.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from operator import attrgetter
from typing import Any, Final

import msgspec

from fake_relay.config import Limits
from fake_relay.items import log, metric, span
from fake_relay.items.facts import timestamp
from fake_relay.pipeline.stage import Walked
from fake_relay.protocol.category import Category
from fake_relay.protocol.outcome import Fate, Outcome, Quantity
from fake_relay.records import ReceivedItem, RefusedRecords


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


_decode_container = msgspec.json.Decoder(_Container).decode


def raw_records(payload: bytes) -> list[bytes]:
    """The records of a container, each as it was sent."""
    return [bytes(raw) for raw in _decode_container(payload).items]


def sift(
    received: ReceivedItem,
    kind: Records,
    raws: Sequence[bytes],
    judge: Callable[[bytes], Outcome | None],
) -> ReceivedItem | Walked:
    """Take out the records that fall, each with the outcome that `judge` gives it.

    With the last record of a container falls the container.
    """
    places: dict[Outcome, list[int]] = {}
    counts: Counter[Outcome] = Counter()
    sizes: Counter[Outcome] = Counter()
    for place, raw in enumerate(raws):
        if (outcome := judge(raw)) is not None:
            counts[outcome] += 1
            sizes[outcome] += len(raw)
            if len(known := places.setdefault(outcome, [])) < MARKED:
                known.append(place)
    if not counts:
        return received
    refused = {outcome: _units(kind, counts[outcome], sizes[outcome]) for outcome in counts}
    fallen = counts.total() + sum(before.count for before in received.refused_records)
    # What holds the records, the brackets and commas, goes where the last of them goes.
    last = counts.most_common(1)[0][0] if fallen == len(raws) else None
    if last is not None:
        del refused[last]
    rest = msgspec.structs.replace(
        received,
        quantities=_without(received.quantities, list(refused.values())),
        refused=(*received.refused, *refused.items()),
        refused_records=(
            *received.refused_records,
            *(
                RefusedRecords(str(outcome), counts[outcome], tuple(known))
                for outcome, known in places.items()
            ),
        ),
    )
    return rest if last is None else (rest, last)


def _units(kind: Records, count: int, size: int) -> tuple[Quantity, ...]:
    return (
        *(Quantity(category, count) for category in kind.items),
        *(Quantity(category, size) for category in kind.size),
    )


def _without(
    quantities: tuple[Quantity, ...], refused: list[tuple[Quantity, ...]]
) -> tuple[Quantity, ...]:
    gone: Counter[Category] = Counter()
    for units in refused:
        for unit in units:
            gone[unit.category] += unit.amount
    return tuple(Quantity(unit.category, unit.amount - gone[unit.category]) for unit in quantities)
