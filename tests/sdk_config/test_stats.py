"""The ledger as Prometheus counters."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import prometheus_client
import pytest
import sentry_sdk

from fake_relay.testing import Relay
from sdk_config import PrometheusStats, flush
from sdk_config.drops import Counts
from sdk_config.stats import by_outcome


@pytest.fixture
def registry() -> Iterator[prometheus_client.CollectorRegistry]:
    """A registry of the test's own."""
    found = prometheus_client.CollectorRegistry()
    stats = PrometheusStats(found)
    yield found
    stats.close()


def test_errors_that_were_sent_are_counted_at_the_transport(
    service: Any, registry: Any, relay: Relay
) -> None:
    service()
    for number in range(3):
        sentry_sdk.capture_message(f"message {number}")
    flush()

    assert registry.get_sample_value("sentry_errors_total") == 3
    relay.expect_event(count=3)


def test_what_a_hook_drops_is_filtered_and_counted_once(service: Any, registry: Any) -> None:
    service(before_send=lambda event, hint: None)
    sentry_sdk.capture_message("noise")
    flush()

    labels = {"category": "error", "outcome": "filtered", "reason": "user_hook"}
    assert registry.get_sample_value("sentry_items_total", labels) == 1
    assert registry.get_sample_value("sentry_errors_total") == 0
    text = prometheus_client.generate_latest(registry).decode()
    assert text.count('category="error"') == 1


def test_what_is_sampled_away_is_counted(service: Any, registry: Any) -> None:
    service(sample_rate=0.0)
    for number in range(4):
        sentry_sdk.capture_message(f"message {number}")
    flush()

    labels = {"category": "error", "outcome": "sampled", "reason": "sample_rate"}
    assert registry.get_sample_value("sentry_items_total", labels) == 4


def test_what_a_rate_limit_holds_back_is_counted(service: Any, registry: Any, relay: Relay) -> None:
    relay.faults.rate_limit("error", seconds=60)
    service()
    sentry_sdk.capture_message("first, which hears of the limit")
    flush()
    sentry_sdk.capture_message("second")
    flush()

    labels = {"category": "error", "outcome": "rate_limited", "reason": "ratelimit_backoff"}
    assert registry.get_sample_value("sentry_items_total", labels) == 1


def test_before_setup_nothing_is_counted(registry: Any) -> None:
    assert registry.get_sample_value("sentry_errors_total") == 0


def test_each_reason_has_its_outcome() -> None:
    counts = Counts(
        {"error": 5},
        {("error", "filtered:burst"): 1, ("error", "scrubber_error:ValueError"): 2},
        {
            ("error", "before_send"): 3,
            ("error", "network_error"): 4,
            ("transaction", "backpressure"): 6,
            ("error", "event_processor"): 7,
        },
    )

    assert by_outcome(counts) == {
        ("error", "sent", ""): 5,
        ("error", "filtered", "filtered:burst"): 1,
        ("error", "dropped", "scrubber_error:ValueError"): 2,
        ("error", "undelivered", "network_error"): 4,
        ("transaction", "sampled", "backpressure"): 6,
        ("error", "filtered", "event_processor"): 7,
    }


def test_without_prometheus_client_only_these_counters_are_missing() -> None:
    code = (
        "import sys; sys.modules['prometheus_client'] = None\n"
        "import sdk_config\n"
        "try: sdk_config.PrometheusStats()\n"
        "except ImportError: print('missing')"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "missing"
