"""For any mixture of envelopes, quotas and filters, what comes in is what has outcomes."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from fake_relay.config import Filters, Quota, RelayConfig
from fake_relay.config.filters import GenericFilter
from fake_relay.config.sampling import Sampling, SamplingRule, SamplingValue
from fake_relay.protocol.category import Category
from fake_relay.protocol.envelope import Item, make_envelope, make_item, serialize
from fake_relay.protocol.outcome import Fate
from fake_relay.protocol.rate_limits import RateLimit
from fake_relay.records import Inbound
from fake_relay.relay import Relay
from fake_relay.store import Selection, open_store

START = 1_700_000_040.0
TIME = "2023-11-14T22:13:20Z"
TRACE = {"trace_id": "c" * 32, "span_id": "d" * 16}
HEADER = {"trace": {"trace_id": "c" * 32, "public_key": "a" * 32}}
SPAN = {**TRACE, "start_timestamp": 1.7e9, "timestamp": 1.7e9 + 1}
SESSION = {"sid": "b" * 32, "started": TIME, "timestamp": TIME, "attrs": {"release": "1"}}
LOG = {"timestamp": 1.7e9, "trace_id": "c" * 32, "level": "info", "body": "hi"}
REPORT = {"discarded_events": [{"reason": "r", "category": "error", "quantity": 3}]}


def item(kind: str, payload: Any, **headers: Any) -> Item:
    data = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
    return make_item(kind, data, headers)


ITEMS = [
    item("event", {"message": "boom", "release": "1"}),
    item("event", {"message": "fine", "release": "2"}),
    item("event", b"nope"),
    item(
        "transaction",
        {
            "transaction": "/health",
            "start_timestamp": 1.7e9,
            "timestamp": 1.7e9 + 1,
            "contexts": {"trace": TRACE},
            "spans": [{}, {}],
        },
    ),
    item(
        "transaction",
        {
            "transaction": "/shop",
            "start_timestamp": 1.7e9,
            "timestamp": 1.7e9 + 1,
            "contexts": {"trace": TRACE},
            "spans": [SPAN, SPAN],
        },
    ),
    item("span", SPAN),
    item(
        "span",
        {"items": [{**SPAN, "name": "n", "status": "ok", "end_timestamp": 1.7e9 + 1}, {}]},
        item_count=2,
    ),
    item(
        "attachment",
        b"12345",
        content_type="application/vnd.sentry.trace-attachment",
        span_id="d" * 16,
    ),
    item("attachment", b"12345", filename="a.txt"),
    item("attachment", b"MDMP1", filename="a.dmp", attachment_type="event.minidump"),
    item("user_report", {"event_id": "b" * 32, "comments": "bad"}),
    item("feedback", {"contexts": {"feedback": {"message": "bad"}}}),
    item("session", SESSION),
    item("sessions", b"{}"),
    item("check_in", {"check_in_id": "b" * 32, "monitor_slug": "nightly", "status": "ok"}),
    item("log", {"items": [LOG, LOG]}, item_count=2),
    item("log", {"items": [LOG, {}]}, item_count=2),
    item("profile", {"platform": "python"}, sampled=False),
    item("profile", {"platform": "cocoa"}, platform="cocoa"),
    item("replay_event", {"replay_id": "b" * 32, "segment_id": 0}),
    item("replay_recording", b'{"segment_id":0}\n[]'),
    item("raw_security", {"csp-report": {"blocked-uri": "https://evil.example/"}}),
    item("client_report", REPORT),
    item("x_new", b"abc"),
]
CATEGORIES = [
    *("error", "default", "transaction", "transaction_indexed", "attachment", "attachment_item"),
    *("session", "monitor", "log_item", "log_byte", "replay", "profile", "feedback", "security"),
    *("span", "span_indexed", "profile_indexed", "profile_ui"),
]

quotas = st.lists(
    st.builds(
        Quota,
        id=st.sampled_from("ab"),
        categories=st.lists(st.sampled_from(CATEGORIES), max_size=2, unique=True).map(tuple),
        scope=st.sampled_from(["organization", "project", "key"]),
        limit=st.none() | st.integers(0, 6),
        window=st.just(60),
        reason_code=st.sampled_from(["", "over"]),
        group_by=st.sampled_from([(), ("monitor_slug",)]),
    ),
    max_size=3,
).map(tuple)
conditions = st.sampled_from(
    [
        {"op": "eq", "name": "event.release", "value": "1"},
        {"op": "not", "inner": {"op": "glob", "name": "event.transaction", "value": "*"}},
    ]
)
filters = st.builds(
    Filters,
    generic=st.lists(st.builds(GenericFilter, id=st.just("g"), condition=conditions), max_size=1),
    csp=st.sampled_from([(), ("evil.example",)]),
    client_ips=st.sampled_from([(), ("192.0.2.0/24",)]),
    releases=st.sampled_from([(), ("2",)]),
    error_messages=st.sampled_from([(), ("boom",)]),
    ignore_transactions=st.sampled_from([(), ("/health",)]),
)
sampling = st.sampled_from([(), (0.0,), (0.3,), (1.0,)]).map(
    lambda rates: Sampling(
        rules=tuple(
            SamplingRule(1000, "transaction", None, SamplingValue("sampleRate", rate))
            for rate in rates
        )
    )
)
limits = st.lists(
    st.tuples(
        st.builds(
            RateLimit,
            st.just(0),
            st.lists(st.sampled_from(CATEGORIES).map(Category.parse), max_size=2).map(tuple),
        ),
        st.integers(0, 90),
        st.sampled_from([None, "1"]),
    ),
    max_size=1,
)
requests = st.lists(
    st.tuples(
        st.lists(st.sampled_from(ITEMS), max_size=4),
        st.integers(0, 100),
        st.sampled_from(["1", "2"]),
        st.sampled_from(["a" * 32, "b" * 32]),
    ),
    max_size=5,
).map(lambda found: sorted(found, key=lambda request: request[1]))

Request = tuple[list[Item], int, str, str]


def units(relay: Relay, *fates: Fate) -> Counter[str]:
    """Units by category; of these fates, or of all but what SDKs reported."""
    found: Counter[str] = Counter()
    for entry in relay.store.ledger():
        if entry.outcome in (fates or set(Fate) - {Fate.CLIENT_DISCARD}):
            found[entry.category] += entry.quantity
    return found


def send(relay: Relay, request: Request) -> int:
    items, at, project, key = request
    headers = {"x-sentry-auth": f"Sentry sentry_key={key}"}
    body, path = serialize(make_envelope(HEADER, items)), f"/api/{project}/envelope/"
    inbound = Inbound("POST", path, "", headers, body, "192.0.2.1", START + at, "b" * 32)
    status = relay.receive(inbound).status
    relay.commit()
    return status


@settings(max_examples=150)
@given(quotas, filters, sampling, limits, requests)
def test_limits_filters_and_sampling_change_outcomes_and_never_what_was_received(
    quotas: tuple[Quota, ...],
    filters: Filters,
    sampling: Sampling,
    limits: list[tuple[RateLimit, int, str | None]],
    requests: list[Request],
) -> None:
    """Beside a relay without them: as many items, as many units of each category."""
    plain = Relay(open_store("memory:"))
    relay = Relay(
        open_store("memory:"), RelayConfig(quotas=quotas, filters=filters, sampling=sampling)
    )
    for limit, until, project in limits:
        relay.quotas.impose(limit, START + until, project)
    rescued = False
    for request in requests:
        expected, status = send(plain, request), send(relay, request)
        assert status in (expected, 429)
        # Without its limited items, an envelope can be small enough to be kept.
        rescued = rescued or status != expected == 413
    assert units(relay) == units(plain)
    if rescued:
        return
    assert units(relay, Fate.CLIENT_DISCARD) == units(plain, Fate.CLIENT_DISCARD)
    everything = Selection(limit=1000)
    kept, known = relay.store.find(everything).items, plain.store.find(everything).items
    assert [found.type for found in kept] == [found.type for found in known]


@settings(max_examples=100)
@given(
    st.integers(0, 8),
    st.sampled_from(["error", "attachment", "session", "log_item", "span"]),
    requests,
)
def test_no_window_takes_more_than_its_quota(
    limit: int, category: str, requests: list[Request]
) -> None:
    """Whatever comes in one window of an organization, at most `limit` units are accepted."""
    quota = Quota("q", (category,), limit=limit, window=3600)
    relay = Relay(open_store("memory:"), RelayConfig(quotas=(quota,)))
    # Dumps are kept although attachments are limited, and become errors without counting as one.
    for items, at, project, key in requests:
        plain = [found for found in items if found.header.attachment_type is None]
        send(relay, (plain, at, project, key))
    assert units(relay, Fate.ACCEPTED)[category] <= limit
