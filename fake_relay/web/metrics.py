"""`/metrics`: what was counted, as Prometheus reads it.

Rule: everything is worked out when somebody asks; the hot path only adds to integers.
May import: relay and every room below it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
)
from prometheus_client.registry import Collector

from fake_relay.expect.wording import REASONS
from fake_relay.forward.forwarder import Forwarder
from fake_relay.protocol.category import Category
from fake_relay.protocol.outcome import Fate
from fake_relay.records import LedgerEntry
from fake_relay.relay import Relay
from fake_relay.web.answers import HEADERS
from fake_relay.web.forward_metrics import forwarding_metrics
from fake_relay.web.forwarding import FORWARDER
from fake_relay.web.keys import RELAY, TALLY, in_thread
from fake_relay.web.tally import Tally

CATEGORIES = frozenset(map(str, Category))


class RelayCollector(Collector):
    """The metrics of one relay and its server."""

    def __init__(self, relay: Relay, tally: Tally, forwarder: Forwarder) -> None:
        self._relay = relay
        self._forwarder = forwarder
        self._tally = tally

    def collect(self) -> Iterator[Metric]:
        """All metrics, from the counts of this moment."""
        tally, relay = self._tally, self._relay
        requests = CounterMetricFamily(
            "fake_relay_requests", "Ingest requests by door and status.", labels=("door", "status")
        )
        for (door, status), count in tally.requests.copy().items():
            requests.add_metric((door, str(status)), count)
        yield requests
        yield counters("fake_relay_items", "Items received by type.", "type", relay.tally.items)
        refused = CounterMetricFamily(
            "fake_relay_refused", "Requests refused by door and reason.", labels=("door", "reason")
        )
        for (door, reason), count in relay.tally.refused.copy().items():
            refused.add_metric((door, reason), count)
        yield refused
        yield HistogramMetricFamily(
            "fake_relay_batch_requests",
            "Requests that shared one commit.",
            buckets=tally.batches.buckets(),
            sum_value=tally.batches.total,
        )
        yield from self._stored()
        yield from forwarding_metrics(self._forwarder)

    def _stored(self) -> Iterator[Metric]:
        store = self._relay.store
        ledger = CounterMetricFamily(
            "fake_relay_outcomes",
            "Units by data category, outcome and reason.",
            labels=("category", "outcome", "reason"),
        )
        sums: Counter[tuple[str, str, str]] = Counter()
        for entry in store.ledger():
            sums[bounded(entry)] += entry.quantity
        for labels, quantity in sorted(sums.items()):
            ledger.add_metric(labels, quantity)
        yield ledger
        yield CounterMetricFamily(
            "fake_relay_forgotten_projects",
            "Projects that held nothing and were forgotten, with what their ledgers counted.",
            store.forgotten_projects(),
        )
        yield GaugeMetricFamily(
            "fake_relay_store_position", "Id of the newest stored item.", store.position()
        )


def bounded(entry: LedgerEntry) -> tuple[str, str, str]:
    """Category, outcome and reason; what SDKs report may be any text, and labels are for ever."""
    if entry.outcome is not Fate.CLIENT_DISCARD:
        return entry.category, entry.outcome.value, entry.reason
    category = entry.category if entry.category in CATEGORIES else str(Category.UNKNOWN)
    reason = entry.reason if entry.reason in REASONS else "other"
    return category, entry.outcome.value, reason


def counters(name: str, about: str, label: str, counts: Counter[str]) -> CounterMetricFamily:
    """A counter with one label."""
    family = CounterMetricFamily(name, about, labels=(label,))
    for value, count in sorted(counts.copy().items()):
        family.add_metric((value,), count)
    return family


async def metrics(request: web.Request) -> web.StreamResponse:
    """`/metrics`."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(
        RelayCollector(request.app[RELAY], request.app[TALLY], request.app[FORWARDER])
    )
    text = await in_thread(request, generate_latest, registry)
    return web.Response(body=text, headers={**HEADERS, "Content-Type": CONTENT_TYPE_LATEST})
