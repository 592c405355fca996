"""The ledger: for every data category, quantities by outcome and reason.

May import: relay and every room below it.
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec
from aiohttp import web

from fake_relay.protocol.outcome import Fate
from fake_relay.records import LedgerEntry
from fake_relay.web import parameters
from fake_relay.web.answers import answer
from fake_relay.web.api import selecting
from fake_relay.web.keys import RELAY, in_thread
from fake_relay.web.route import Answer, Route


class OutcomeAnswer(msgspec.Struct, frozen=True):
    """So many units of a category with one outcome and reason in one project."""

    project: str
    category: str
    outcome: str
    reason: str
    quantity: int


class OutcomesAnswer(msgspec.Struct, frozen=True):
    """The ledger, and for each category what was received and what became of it.

    What SDKs report to have discarded never arrived: it is no part of `received`. `evicted`
    is the number of items that retention has removed again.
    """

    outcomes: list[OutcomeAnswer]
    totals: dict[str, dict[str, int]]
    evicted: int


def totals(entries: Iterable[LedgerEntry]) -> dict[str, dict[str, int]]:
    """Category -> quantities by outcome, and `received`, the sum of those that arrived."""
    found: dict[str, dict[str, int]] = {}
    for entry in entries:
        counts = found.setdefault(entry.category, {"received": 0})
        counts[entry.outcome.value] = counts.get(entry.outcome.value, 0) + entry.quantity
        if entry.outcome is not Fate.CLIENT_DISCARD:
            counts["received"] += entry.quantity
    return found


async def show(request: web.Request) -> web.StreamResponse:
    """The ledger of a project, or of all."""
    store, project = request.app[RELAY].store, parameters.text(request, "project")
    entries = await in_thread(request, store.ledger, project)
    evicted = await in_thread(request, store.evicted, project)
    shown = [
        OutcomeAnswer(
            entry.project, entry.category, entry.outcome.value, entry.reason, entry.quantity
        )
        for entry in entries
    ]
    return answer(OutcomesAnswer(shown, totals(entries), evicted))


ROUTES = (
    Route(
        "GET",
        "/outcomes",
        show,
        "What became of everything that arrived.",
        (selecting.PROJECT,),
        (Answer(200, "The ledger.", OutcomesAnswer),),
    ),
)
