"""Whatever is sent, the ledger balances: units received are the sum of their outcomes."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from itertools import count
from typing import Any

import pytest
import urllib3
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fake_relay.config import Filters, Limits, Quota, RelayConfig
from fake_relay.relay import Relay
from fake_relay.store import open_store
from fake_relay.web.runner import ThreadServer

KEY = "a" * 32
MOST_ATTACHMENTS = 3
Item = tuple[str, bytes, Counter[str]]


def event(message: str) -> Item:
    return "event", json.dumps({"message": message}).encode(), Counter(error=1)


def attachment(size: int) -> Item:
    return "attachment", b"x" * size, Counter(attachment=size, attachment_item=1)


BROKEN_EVENT: Item = ("event", b"{broken", Counter(error=1))
BROKEN_TRANSACTION: Item = (
    "transaction",
    b"nope",
    Counter(transaction=1, transaction_indexed=1, span=1, span_indexed=1),
)
CHECK_IN: Item = ("check_in", b'{"monitor_slug":"m","status":"ok"}', Counter(monitor=1))
REPORT: Item = (
    "client_report",
    b'{"discarded_events":[{"reason":"before_send","category":"error","quantity":2}]}',
    Counter(discarded=2),
)

main_item = st.sampled_from(
    [event("kept"), event("filtered out"), BROKEN_EVENT, BROKEN_TRANSACTION]
)
other_items = st.lists(
    st.one_of(st.integers(1, 50).map(attachment), st.sampled_from([CHECK_IN, REPORT])),
    max_size=5,
).filter(lambda items: sum(item is CHECK_IN for item in items) < 2)
envelopes = st.lists(
    st.tuples(st.lists(main_item, max_size=1), other_items).map(lambda pair: [*pair[0], *pair[1]]),
    max_size=5,
)


@pytest.fixture(scope="module")
def server() -> Iterator[ThreadServer]:
    config = RelayConfig(
        filters=Filters(error_messages=("filtered*",)),
        quotas=(Quota("errors", ("error",), "project", limit=2, window=3600, reason_code="much"),),
        limits=Limits(max_attachment_count=MOST_ATTACHMENTS),
    )
    with ThreadServer(lambda: Relay(open_store("memory:"), config)) as running:
        yield running


@pytest.fixture(scope="module")
def projects() -> Iterator[int]:
    return count(1000)


def body_of(items: list[Item]) -> bytes:
    parts = [b"{}"]
    for kind, payload, _ in items:
        parts.append(b'{"type":"%b","length":%d}' % (kind.encode(), len(payload)))
        parts.append(payload)
    return b"\n".join(parts)


def outcomes(server: ThreadServer, project: int) -> dict[str, Any]:
    found: dict[str, Any] = urllib3.request(
        "GET", f"{server.url}/relay/v1/outcomes?project={project}"
    ).json()
    return found


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(sent=envelopes, garbage=st.integers(0, 2))
def test_units_received_are_the_sum_of_their_outcomes(
    server: ThreadServer, projects: Iterator[int], sent: list[list[Item]], garbage: int
) -> None:
    """Filtered, limited, invalid and accepted ones, and those of envelopes that were refused."""
    project = next(projects)
    url = f"{server.url}/api/{project}/envelope/?sentry_key={KEY}"
    received: Counter[str] = Counter()
    for items in sent:
        status = urllib3.request("POST", url, body=body_of(items), retries=False).status
        too_many = sum(item[0] == "attachment" for item in items) > MOST_ATTACHMENTS
        assert status in ((200, 413, 429) if too_many else (200, 429))
        for kind, _, units in items:
            # A report in an envelope that is refused as a whole was never read.
            if not (kind == "client_report" and status == 413):
                received += units
    for _ in range(garbage):
        assert urllib3.request("POST", url, body=b"garbage", retries=False).status == 400
    found = outcomes(server, project)
    discarded = received.pop("discarded", 0)
    totals = {name: counts for name, counts in found["totals"].items() if counts["received"]}
    assert {name: counts["received"] for name, counts in totals.items()} == dict(received)
    for counts in totals.values():
        by_fate = {fate: n for fate, n in counts.items() if fate != "client_discard"}
        assert by_fate.pop("received") == sum(by_fate.values())
    reported = [one for one in found["outcomes"] if one["outcome"] == "client_discard"]
    assert sum(one["quantity"] for one in reported) == discarded


def test_a_refused_envelope_counts_each_known_item_once(
    server: ThreadServer, projects: Iterator[int]
) -> None:
    project = next(projects)
    url = f"{server.url}/api/{project}/envelope/?sentry_key={KEY}"
    items = [event("kept"), *(attachment(10) for _ in range(MOST_ATTACHMENTS + 1))]
    assert urllib3.request("POST", url, body=body_of(items), retries=False).status == 413
    found = {
        (one["category"], one["outcome"]): one["quantity"]
        for one in outcomes(server, project)["outcomes"]
    }
    assert found == {
        ("error", "invalid"): 1,
        ("attachment", "invalid"): 40,
        ("attachment_item", "invalid"): 4,
    }
