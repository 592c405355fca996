"""Whatever an SDK sends, selecting and rebuilding it never fails."""

from __future__ import annotations

from typing import Any

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from fake_relay.config import RelayConfig, Scrubbing, Upstream
from fake_relay.forward.dry_run import dry_run
from fake_relay.items import ITEM_TYPES
from fake_relay.protocol.envelope import make_envelope, make_item, serialize
from fake_relay.records import Inbound
from fake_relay.relay import Relay
from fake_relay.store import open_store

NOW = 1_795_348_800.0
RULES: dict[str, Any] = {
    "query": "level:error OR has:release OR !has:release",
    "environments": ("!never",),
    "releases": ("!never@*",),
    "sample_rate": 0.999,
}
SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text()
KEYS = st.sampled_from(
    ["level", "release", "environment", "contexts", "trace", "trace_id", "items", "user", "extra"]
)
JSON = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(KEYS | st.text(max_size=5), inner, max_size=4)
    ),
    max_leaves=12,
)
PAYLOADS = st.binary(max_size=60) | JSON.map(
    lambda value: msgspec.json.encode(value) if _fits(value) else b"{}"
)
ITEMS = st.lists(
    st.tuples(st.sampled_from([*ITEM_TYPES, "made_up"]), PAYLOADS), min_size=1, max_size=4
)


def _fits(value: Any) -> bool:
    """Whether JSON can hold a value; lone surrogates and huge numbers are other tests' subject."""
    try:
        msgspec.json.encode(value)
    except (ValueError, OverflowError, msgspec.MsgspecError):
        return False
    return True


@settings(max_examples=30)
@given(ITEMS, JSON)
def test_what_arrives_is_selected_and_rebuilt_whatever_it_is(items: Any, trace: Any) -> None:
    upstream = Upstream(name="up", dsn="http://k@sentry.example/1", enabled=True, **RULES)
    store = open_store("memory:")
    relay = Relay(store, RelayConfig(upstreams=(upstream,)))
    made = [make_item(kind, payload) for kind, payload in items]
    header = {"event_id": "1" * 32, "trace": trace if _fits(trace) else None}
    body = serialize(make_envelope(header, made))
    auth = {"x-sentry-auth": f"Sentry sentry_key={'a' * 32}"}
    reply = relay.receive(
        Inbound("POST", "/api/1/envelope/", "", auth, body, "127.0.0.1", NOW, "e" * 32)
    )
    relay.commit()
    assert reply.status < 500
    envelopes = store.find_envelopes().envelopes
    found = dry_run(
        relay.forwarding.selector("up"), envelopes, store, lambda project: Scrubbing(), NOW
    )
    waiting = store.spool.due("up", NOW + 1, 10)
    ids = {part.item for parcel in waiting for part in parcel.parts}
    # What was queued is what a dry run would send, but for what cannot be scrubbed.
    leaving = {item.id for one in found for item in one.items if not item.reason}
    assert leaving <= ids
    store.close()
