"""For any mixture of envelopes, faults, filters, quotas and sizes, the ledger balances.

What arrived is what has outcomes, category by category; a request that a fault kept out counts
nothing, and stands among the refused ones (docs/path-of-an-envelope.md).
"""

from __future__ import annotations

import gzip
import json
from collections import Counter
from collections.abc import Callable, Iterator
from functools import partial
from itertools import count
from typing import Any

import pytest
import urllib3
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fake_relay.config import Filters, Limits, Quota, RelayConfig
from fake_relay.config.sampling import Sampling, SamplingRule, SamplingValue
from fake_relay.faults import plan_of
from fake_relay.protocol.outcome import Fate
from fake_relay.records import Inbound
from fake_relay.relay import Relay
from fake_relay.store import Selection, open_store
from fake_relay.web.runner import ThreadServer

KEY = "a" * 32
NOW = 1_700_000_040.0
DISCARDED = 2
LIMITS = Limits(max_event_size=200, max_attachment_count=3, max_attachment_size=60)
CONFIG = RelayConfig(
    filters=Filters(error_messages=("filtered*",), csp=("evil.example",)),
    quotas=(
        Quota("errors", ("error",), "project", limit=3, window=3600, reason_code="much"),
        Quota("files", ("attachment",), "project", limit=100, window=3600),
        Quota("none", ("profile",), limit=0),
    ),
    sampling=Sampling(
        rules=(SamplingRule(1, "trace", None, SamplingValue("sampleRate", 0.5)),),
    ),
    limits=LIMITS,
)

Item = tuple[str, dict[str, Any], bytes, Counter[str]]
Request = tuple[list[Item], dict[str, Any] | None]


def item(kind: str, payload: Any, units: dict[str, int], **header: Any) -> Item:
    data = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
    return kind, header, data, Counter(units)


def attachment(size: int) -> Item:
    return item("attachment", b"x" * size, {"attachment": size, "attachment_item": 1})


def transaction(spans: int, trace: str, **wrong: Any) -> Item:
    told = {
        "transaction": "/",
        "timestamp": NOW,
        "start_timestamp": NOW,
        "contexts": {"trace": {"trace_id": trace * 32, "span_id": "d" * 16}},
        "spans": [{}] * spans,
        **wrong,
    }
    units = dict.fromkeys(("transaction", "transaction_indexed"), 1)
    return item(
        "transaction",
        json.dumps(told, separators=(",", ":")).encode(),
        units | {"span": spans + 1, "span_indexed": spans + 1},
    )


def logs(*bodies: Any, announced: int | None = None) -> Item:
    records = [
        {"timestamp": NOW, "trace_id": "c" * 32, "level": "info", "body": body} for body in bodies
    ]
    payload = json.dumps({"items": records}).encode()
    number = len(bodies) if announced is None else announced
    # Relay counts what the header says, for it counts before it opens the container.
    units = {"log_item": number, "log_byte": len(payload)}
    return item("log", payload, units, item_count=number)


def event(message: Any, size: int = 0) -> Item:
    return item("event", {"message": message, "extra": "x" * size}, {"error": 1})


SMALL = [
    event("kept"),
    event("filtered out"),
    event("too large", 300),
    item("event", b"{broken", {"error": 1}),
    transaction(0, "c"),
    transaction(0, "e"),
    transaction(0, "f", timestamp=None),
    item("check_in", {"monitor_slug": "m", "status": "ok"}, {"monitor": 1}),
    item("check_in", b"[]", {"monitor": 1}),
    logs("one", "two"),
    logs("one", None),
    logs("one", announced=2),
    item("raw_security", {"csp-report": {"blocked-uri": "https://evil.example/"}}, {"security": 1}),
    item("x_new", b"abc", {}),
    item(
        "client_report",
        {"discarded_events": [{"reason": "r", "category": "error", "quantity": DISCARDED}]},
        {},
    ),
]
EFFECTS: list[dict[str, Any]] = [
    {"status": 503},
    {"status": 429, "headers": {"Retry-After": "1"}},
    {"status": 202},
    {"reset": "before_body"},
    {"reset": "after_body"},
    {"hang": {"seconds": 0}},
    {"truncate": {"bytes": 1}},
    {"garbage": True},
    {"bad_json": True},
    {"latency": {"ms": 0}},
    {"rate_limit": {"retry_after": 60}},
    {"rate_limit": {"retry_after": 60, "categories": ["error", "monitor"], "scope": "project"}},
    {"quota": {"categories": ["log_item"], "limit": 1, "window": 3600}},
]
requests = st.lists(
    st.tuples(
        st.lists(st.one_of(st.sampled_from(SMALL), st.integers(1, 80).map(attachment)), max_size=5),
        st.none() | st.sampled_from(EFFECTS),
    ),
    max_size=5,
)


def body_of(items: list[Item]) -> bytes:
    parts = [b"{}"]
    for kind, header, payload, _ in items:
        parts.append(json.dumps({"type": kind, "length": len(payload), **header}).encode())
        parts.append(payload)
    return b"\n".join(parts)


def kept_out(effect: dict[str, Any] | None) -> bool:
    """Whether the SDK must believe that its request was lost on its way."""
    if effect is None:
        return False
    lost = "hang" in effect or effect.get("reset") == "before_body"
    return lost or effect.get("status", 200) >= 300


def check(relay: Relay, project: str, sent: list[Request]) -> None:
    """What was received is the sum of the outcomes, and faults took whole requests alone."""
    expected: Counter[str] = Counter()
    for items, effect in sent:
        if not kept_out(effect):
            for one in items:
                expected += one[3]
    received: Counter[str] = Counter()
    discarded = 0
    for entry in relay.store.ledger(project):
        if entry.outcome is Fate.CLIENT_DISCARD:
            discarded += entry.quantity
        else:
            received[entry.category] += entry.quantity
    assert received + Counter() == expected
    refused = Counter(
        found.reason.partition(":")[0] for found in relay.store.refused(project, limit=1000).refused
    )
    assert refused["fault"] == sum(kept_out(effect) for _, effect in sent)
    reports = relay.store.find(Selection(project=project, type="client_report", limit=1000)).items
    assert discarded == DISCARDED * len(reports)
    envelopes = len(relay.store.find_envelopes(project, limit=1000).envelopes)
    assert envelopes + refused.total() == len(sent)


def add_fault(relay: Relay, project: str, effect: dict[str, Any] | None) -> None:
    """Break the next request; a quota holds from now on."""
    if effect is not None:
        fault: dict[str, Any] = {"effect": effect, "project": project}
        relay.faults.add(
            plan_of({"faults": [fault if "quota" in effect else {**fault, "times": 1}]})[0]
        )


@settings(max_examples=200)
@given(requests)
def test_what_the_relay_receives_is_the_sum_of_its_outcomes(sent: list[Request]) -> None:
    """Through `Relay.receive`: no socket, one project on a fresh relay."""
    relay = Relay(open_store("memory:"), CONFIG)
    for number, (items, effect) in enumerate(sent):
        add_fault(relay, "42", effect)
        path, query = "/api/42/envelope/", f"sentry_key={KEY}"
        body = body_of(items)
        relay.receive(Inbound("POST", path, query, {}, body, "127.0.0.1", NOW + number, "b" * 32))
        relay.commit()
    check(relay, "42", sent)


@pytest.fixture(scope="module")
def server() -> Iterator[ThreadServer]:
    with ThreadServer(lambda: Relay(open_store("memory:"), CONFIG)) as running:
        yield running
        assert running.errors == []


@pytest.fixture(scope="module")
def projects() -> Iterator[int]:
    return count(5000)


Post = Callable[[str, bytes], None]


@pytest.fixture(scope="module")
def post() -> Iterator[Post]:
    """Send as an SDK does that takes every end for an answer."""
    pool = urllib3.PoolManager(retries=False, timeout=20)

    def send(url: str, body: bytes) -> None:
        try:
            pool.request(
                "POST", url, body=gzip.compress(body), headers={"Content-Encoding": "gzip"}
            )
        except urllib3.exceptions.HTTPError:
            # A fault on the wire: the connection ended, or what came is no answer.
            return

    yield send
    pool.clear()


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(sent=requests)
def test_what_comes_by_http_is_the_sum_of_its_outcomes(
    server: ThreadServer, projects: Iterator[int], post: Post, sent: list[Request]
) -> None:
    """Through real connections, some of which end before the body or behind it."""
    project, relay = str(next(projects)), server.relay
    try:
        for items, effect in sent:
            server.call(partial(add_fault, relay, project, effect))
            post(f"{server.url}/api/{project}/envelope/?sentry_key={KEY}", body_of(items))
        server.call(lambda: check(relay, project, sent))
    finally:
        server.call(lambda: relay.faults.clear(project))
