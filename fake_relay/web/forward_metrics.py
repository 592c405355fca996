"""How forwarding goes, for Prometheus: gauges and counters by upstream.

Rule: labels are names of upstreams and of data categories, of fates and of our own reasons; never
what somebody sent.
May import: forward, prometheus_client.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from typing import Final

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric

from fake_relay.forward.forwarder import Forwarder
from fake_relay.forward.state import UpstreamStatus

GAUGES: Final = {
    "enabled": "Whether what arrives is forwarded.",
    "paused": "Whether what leaves is held.",
    "queued": "Envelopes in the spool.",
    "queued_bytes": "Bytes of items in the spool.",
    "in_flight": "Requests on their way.",
    "dead": "Dead letters that are kept.",
    "failures": "Failures in a row.",
}
COUNTERS: Final = {
    "sent": "Envelopes that were taken.",
    "retried": "Tries that failed and are made again.",
}


def forwarding_metrics(forwarder: Forwarder) -> Iterator[Metric]:
    """The metrics of all upstreams; none where there is no upstream."""
    upstreams = forwarder.status()
    if not upstreams:
        return
    for name, about in GAUGES.items():
        yield _gauge(name, about, {one.name: float(getattr(one, name)) for one in upstreams})
    yield _gauge(
        "limited",
        "Rate limits that hold.",
        {one.name: float(len(one.limited)) for one in upstreams},
    )
    yield _gauge(
        "open",
        "Whether the breaker is open.",
        {one.name: float(one.breaker != "closed") for one in upstreams},
    )
    yield _gauge(
        "oldest_timestamp_seconds",
        "When the oldest envelope in the spool arrived, 0 for none.",
        {one.name: _seconds(one) for one in upstreams},
    )
    for name, about in COUNTERS.items():
        counter = CounterMetricFamily(f"fake_relay_forward_{name}", about, labels=("upstream",))
        for one in upstreams:
            counter.add_metric((one.name,), getattr(one, name))
        yield counter
    yield _ledger(forwarder)


def _gauge(name: str, about: str, values: dict[str, float]) -> GaugeMetricFamily:
    gauge = GaugeMetricFamily(f"fake_relay_forward_{name}", about, labels=("upstream",))
    for upstream, value in values.items():
        gauge.add_metric((upstream,), value)
    return gauge


def _seconds(one: UpstreamStatus) -> float:
    return 0.0 if one.oldest is None else datetime.fromisoformat(one.oldest).timestamp()


def _ledger(forwarder: Forwarder) -> CounterMetricFamily:
    labels = ("upstream", "category", "fate", "reason")
    units = CounterMetricFamily(
        "fake_relay_forward_units", "Units by category, fate and reason.", labels=labels
    )
    sums: Counter[tuple[str, str, str, str]] = Counter()
    for entry in forwarder.book.spool.forward_ledger():
        sums[entry.upstream, entry.category, entry.fate, entry.reason] += entry.quantity
    for key, quantity in sorted(sums.items()):
        units.add_metric(key, quantity)
    return units
