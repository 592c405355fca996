"""The ledger as Prometheus counters (extra: prometheus-client).

Rule: numbers come from the ledger around the transport, never from call sites (S4-41); what is
counted by us and reported by the SDK as well is counted once.
May import: runtime, drops, last_line; prometheus_client, when the counters are made.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from importlib import import_module
from typing import Any

from sdk_config.drops import Counts, Reason
from sdk_config.last_line import REPORTED_AS
from sdk_config.runtime import current

FILTERED = (Reason.FILTERED, Reason.USER_HOOK)
OURS_FAILED = "dropped"
SAMPLED = frozenset({"sample_rate", "backpressure", "sampled"})
RATE_LIMITED = frozenset({"ratelimit_backoff"})
UNDELIVERED = frozenset({"network_error", "queue_overflow", "send_error"})
"""Reasons for which the SDK itself reports loss (section 4.2)."""

Key = tuple[str, str, str]
"""Data category, outcome, reason."""


class PrometheusStats:
    """Counters of what was sent and what was not, for a registry of `prometheus_client`.

    `sentry_items_total{category, outcome, reason}`: the outcome is `sent` (given to the
    transport), `filtered`, `sampled`, `rate_limited`, `undelivered` or `dropped`; of what was
    sent, `rate_limited` and `undelivered` did not arrive. `sentry_errors_total` are errors that
    were sent. `registry` is prometheus_client's own by default. Raises `ImportError` where
    prometheus-client is not installed, and `ValueError` where the registry has these counters.
    """

    def __init__(self, registry: Any = None) -> None:
        self._client = import_module("prometheus_client")
        self._core = import_module("prometheus_client.core")
        self._registry = self._client.REGISTRY if registry is None else registry
        self._registry.register(self)

    def describe(self) -> Iterator[Any]:
        """The names, so that the registry need not collect when it registers."""
        yield self._errors()
        yield self._items()

    def collect(self) -> Iterator[Any]:
        """The counters now; nothing is counted before `setup()`."""
        running = current()
        counts = running.ledger.counts() if running else Counts({}, {}, {})
        errors = self._errors()
        errors.add_metric([], counts.sent.get("error", 0))
        yield errors
        items = self._items()
        for key, quantity in sorted(by_outcome(counts).items()):
            items.add_metric(key, quantity)
        yield items

    def close(self) -> None:
        """Take the counters out of the registry."""
        self._registry.unregister(self)

    def _errors(self) -> Any:
        return self._core.CounterMetricFamily("sentry_errors", "Total errors sent to Sentry")

    def _items(self) -> Any:
        return self._core.CounterMetricFamily(
            "sentry_items",
            "Items by data category, outcome and reason",
            labels=("category", "outcome", "reason"),
        )


def by_outcome(counts: Counts) -> dict[Key, int]:
    """Quantities by category, outcome and reason; each drop once."""
    found: Counter[Key] = Counter()
    for category, quantity in counts.sent.items():
        found[category, "sent", ""] += quantity
    for (category, reason), quantity in counts.dropped.items():
        found[category, _our_outcome(reason), reason] += quantity
    for (category, reason), quantity in counts.discarded.items():
        # What our hooks drop is in both lists; ours knows the reason.
        if reason != REPORTED_AS:
            found[category, _sdk_outcome(reason), reason] += quantity
    return dict(found)


def _our_outcome(reason: str) -> str:
    word = reason.partition(":")[0]
    if word in FILTERED:
        return "filtered"
    return "sampled" if word == Reason.SAMPLED else OURS_FAILED


def _sdk_outcome(reason: str) -> str:
    if reason in SAMPLED:
        return "sampled"
    if reason in RATE_LIMITED:
        return "rate_limited"
    return "undelivered" if reason in UNDELIVERED else "filtered"
