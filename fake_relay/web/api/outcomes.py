"""The ledger: for every data category, quantities by outcome and reason, and when that was.

May import: relay and every room below it.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable

import msgspec
from aiohttp import web

from fake_relay.protocol.outcome import Fate
from fake_relay.query.quantity import MILLISECONDS, number
from fake_relay.records import EvictedBucket, LedgerBucket, LedgerEntry
from fake_relay.store import Store
from fake_relay.store.buckets import MINUTE, Period, is_step
from fake_relay.web import parameters
from fake_relay.web.answers import answer, rfc3339
from fake_relay.web.api import selecting
from fake_relay.web.keys import RELAY, in_thread
from fake_relay.web.route import Answer, Parameter, Route

INTERVAL = Parameter(
    "interval",
    "Tell it over time as well, in such steps: minutes that divide an hour, hours that divide a"
    " day, or days, like `1m`, `30m`, `1h`, `1d`.",
)
START = Parameter(
    "start", "Only from then on: an ISO 8601 time, seconds since 1970, or like `-1h` from now."
)
END = Parameter("end", "Only before then.")


class OutcomeAnswer(msgspec.Struct, frozen=True):
    """So many units of a category with one outcome and reason in one project."""

    project: str
    category: str
    outcome: str
    reason: str
    quantity: int


class TimedOutcomeAnswer(msgspec.Struct, frozen=True):
    """What was counted in so many seconds from a moment on.

    Without a start and with 0 seconds, what was counted too long ago to be told apart.
    """

    start: str | None
    seconds: int
    project: str
    category: str
    outcome: str
    reason: str
    quantity: int


class TimedEvictionAnswer(msgspec.Struct, frozen=True):
    """So many items of a type that came in such a time, and had to make room since."""

    start: str | None
    seconds: int
    project: str
    type: str
    quantity: int


class OutcomesAnswer(msgspec.Struct, frozen=True):
    """The ledger, and for each category what was received and what became of it.

    What SDKs report to have discarded never arrived: it is no part of `received`. `evicted`
    is the number of items that retention has removed again. With an interval, `over_time` adds
    up to `outcomes`, and `evicted_over_time` to `evicted`; what is older than six hours is kept
    by the hour, than two weeks by the day, and all before ninety days in one.
    """

    outcomes: list[OutcomeAnswer]
    totals: dict[str, dict[str, int]]
    evicted: int
    over_time: list[TimedOutcomeAnswer] | msgspec.UnsetType = msgspec.UNSET
    evicted_over_time: list[TimedEvictionAnswer] | msgspec.UnsetType = msgspec.UNSET


def totals(entries: Iterable[LedgerEntry]) -> dict[str, dict[str, int]]:
    """Category -> quantities by outcome, and `received`, the sum of those that arrived."""
    found: dict[str, dict[str, int]] = {}
    for entry in entries:
        counts = found.setdefault(entry.category, {"received": 0})
        counts[entry.outcome.value] = counts.get(entry.outcome.value, 0) + entry.quantity
        if entry.outcome is not Fate.CLIENT_DISCARD:
            counts["received"] += entry.quantity
    return found


def shown(entry: LedgerEntry) -> OutcomeAnswer:
    """An entry as the API tells it."""
    return OutcomeAnswer(
        entry.project, entry.category, entry.outcome.value, entry.reason, entry.quantity
    )


async def show(request: web.Request) -> web.StreamResponse:
    """The ledger of a project, or of all; of a period, and over time, where that is asked for."""
    store, project = request.app[RELAY].store, parameters.text(request, "project")
    period = period_of(request)
    if period is None:
        entries = await in_thread(request, store.ledger, project)
        evicted = await in_thread(request, store.evicted, project)
        return answer(OutcomesAnswer([*map(shown, entries)], totals(entries), evicted))
    timed = parameters.text(request, "interval") is not None
    return answer(await in_thread(request, over_time, store, period, project, timed=timed))


def period_of(request: web.Request) -> Period | None:
    """The period that the parameters ask for; None where they ask for none."""
    now = time.time()
    step = interval(request)
    start, end = (parameters.moment(request, name, now) for name in ("start", "end"))
    if step is None and start is None and end is None:
        return None
    return Period(step or MINUTE, start, end)


def interval(request: web.Request) -> int | None:
    """The interval in seconds; None for none."""
    given = parameters.text(request, "interval")
    if given is None:
        return None
    seconds = (number(given, MILLISECONDS) or 0.0) / 1000
    if not is_step(seconds):
        raise parameters.bad(
            f"interval={given[:40]!r} is none; use minutes that divide an hour, hours that divide"
            " a day, or days, like 5m, 1h, 1d"
        )
    return int(seconds)


def over_time(store: Store, period: Period, project: str | None, *, timed: bool) -> OutcomesAnswer:
    """The ledger of a period, and with `timed` its steps, the newest first."""
    buckets = store.ledger_over_time(period, project)
    gone = store.evicted_over_time(period, project)
    entries = summed(buckets)
    told = OutcomesAnswer(
        [*map(shown, entries)], totals(entries), sum(bucket.quantity for bucket in gone)
    )
    if not timed:
        return told
    buckets.sort(key=lambda bucket: -bucket.start)
    gone.sort(key=lambda bucket: -bucket.start)
    return msgspec.structs.replace(
        told, over_time=[*map(timed_answer, buckets)], evicted_over_time=[*map(eviction, gone)]
    )


def summed(buckets: Iterable[LedgerBucket]) -> list[LedgerEntry]:
    """What the steps of a period add up to."""
    sums: Counter[tuple[str, str, Fate, str]] = Counter()
    for bucket in buckets:
        entry = bucket.entry
        sums[entry.project, entry.category, entry.outcome, entry.reason] += entry.quantity
    return [LedgerEntry(*key, quantity) for key, quantity in sums.items()]


def timed_answer(bucket: LedgerBucket) -> TimedOutcomeAnswer:
    """A step of the ledger as the API tells it."""
    fields = msgspec.structs.astuple(shown(bucket.entry))
    return TimedOutcomeAnswer(start_of(bucket), bucket.seconds, *fields)


def eviction(bucket: EvictedBucket) -> TimedEvictionAnswer:
    """A step of what made room as the API tells it."""
    return TimedEvictionAnswer(
        start_of(bucket), bucket.seconds, bucket.project, bucket.type, bucket.quantity
    )


def start_of(bucket: LedgerBucket | EvictedBucket) -> str | None:
    """When a step begins; None where it has no time."""
    return rfc3339(bucket.start) if bucket.seconds else None


ROUTES = (
    Route(
        "GET",
        "/outcomes",
        show,
        "What became of everything that arrived, and when.",
        (selecting.PROJECT, INTERVAL, START, END),
        (Answer(200, "The ledger.", OutcomesAnswer),),
    ),
)
