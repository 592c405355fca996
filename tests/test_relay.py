"""The whole path: any request gets a reply, every unit an outcome, every byte is kept."""

from __future__ import annotations

import gzip
import json
import time
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
import sentry_sdk
from hypothesis import given, settings
from hypothesis import strategies as st
from sentry_sdk import logger
from sentry_sdk.crons import capture_checkin
from sentry_sdk.envelope import Envelope as SdkEnvelope
from sentry_sdk.transport import Transport

from fake_relay.config import RelayConfig
from fake_relay.items import ITEM_TYPES
from fake_relay.pipeline.ledger import received
from fake_relay.protocol.envelope import make_envelope, make_item, serialize
from fake_relay.protocol.outcome import Fate, Outcome
from fake_relay.records import Inbound, Reply, StoredItem
from fake_relay.relay import Relay
from fake_relay.store import Selection, open_store

KEY = "a" * 32
NEW_ID = "b" * 32
TRACE_ID = "771a43a4192642f0b136d5159a501700"


def fresh_relay(**settings_: Any) -> Relay:
    return Relay(open_store("memory:"), RelayConfig(**settings_))


def send(relay: Relay, body: bytes, now: float = 1.7e9, **headers: str) -> Reply:
    fields = {"x-sentry-auth": f"Sentry sentry_key={KEY}"} | {
        name.replace("_", "-"): value for name, value in headers.items()
    }
    path = "/api/42/envelope/"
    reply = relay.receive(Inbound("POST", path, "", fields, body, "192.0.2.1", now, NEW_ID))
    relay.commit()
    return reply


def items_of(relay: Relay) -> list[StoredItem]:
    return relay.store.find(Selection(limit=1000)).items[::-1]


GOOD_RECORD = {
    "timestamp": 1.7e9, "trace_id": TRACE_ID, "span_id": "1" * 16, "body": "hi", "name": "n",
    "type": "counter", "value": 1, "status": "ok", "start_timestamp": 1.7e9,
    "end_timestamp": 1.7e9,
}  # fmt: skip
RECORDS = [GOOD_RECORD, {}, GOOD_RECORD | {"timestamp": 1.0, "end_timestamp": 1.0}]

# Crash reports, of which an event is made, have tests of their own.
KINDS = sorted({*ITEM_TYPES, "x_new"} - {"integration", "unreal_report", "form_data"})

payloads = (
    st.binary(max_size=30)
    | st.sampled_from([b"{}", b"[]", b'{"items":[{},{}]}', b'{"spans":[{},null]}', b'{"a":NaN}'])
    | st.sampled_from(
        [b'{"discarded_events":[{"reason":"r","category":"error","quantity":3}]}', b'{"a":1e999}']
    )
    | st.lists(st.sampled_from(RECORDS), max_size=3).map(
        lambda records: json.dumps({"items": records}).encode()
    )
)
item_headers = st.fixed_dictionaries(
    {},
    optional={
        "item_count": st.integers(0, 3),
        "span_count": st.integers(0, 2**32 - 1),
        "platform": st.sampled_from(["python", "cocoa", ""]),
        "attachment_length": st.integers(0, 2**64),
        "attachment_type": st.sampled_from(["event.view_hierarchy", "event.attachment", "other"]),
    },
)
some_items = st.lists(
    st.builds(make_item, st.sampled_from(KINDS), payloads, item_headers),
    max_size=5,
)


@settings(max_examples=150)
@given(some_items)
def test_items_in_are_outcomes_out_and_the_ledger_balances(items: list[Any]) -> None:
    """Each item has one outcome; what was received by category is the sum of its outcomes.

    That holds for the items of an envelope too that is refused as a whole, and for the records
    of a container that are refused one by one.
    """
    relay = fresh_relay()
    status = send(relay, serialize(make_envelope({}, items))).status
    assert status in (200, 413)
    assert len(items_of(relay)) == (len(items) if status == 200 else 0)
    expected: Counter[str] = Counter()
    for item in items:
        for quantity in received(item).quantities:
            expected[str(quantity.category)] += quantity.amount
    booked: Counter[str] = Counter()
    for entry in relay.store.ledger():
        if entry.outcome is not Fate.CLIENT_DISCARD:
            booked[entry.category] += entry.quantity
    assert +booked == +expected


HEADERS = ["x-sentry-auth", "authorization", "content-encoding", "content-type", "user-agent"]
HEADERS += ["x-forwarded-for", "cf-connecting-ip"]


@settings(max_examples=300)
@given(
    st.sampled_from(["GET", "POST", "PUT", "OPTIONS", ""]),
    st.sampled_from(
        ["/api/42/envelope/", "/api/42/store/", "/api/store/", "/stream", "/", "/api/%ff/store/"]
    )
    | st.text(max_size=30)
    | st.text("/api0123456789%envlopstr", max_size=30),
    st.sampled_from([f"sentry_key={KEY}", "sentry_key=k&sentry_client=raven-python/1"])
    | st.text(max_size=30)
    | st.text(max_size=20).map(lambda text: f"sentry_key=k&sentry_data={text}"),
    st.dictionaries(
        st.sampled_from(
            [
                "x-sentry-auth",
                "authorization",
                "content-encoding",
                "content-type",
                "user-agent",
                "x-forwarded-for",
                "cf-connecting-ip",
            ]
        ),
        st.text(max_size=20) | st.sampled_from(["gzip", "zstd", "application/x-sentry-envelope"]),
    ),
    st.binary(max_size=40)
    | st.builds(lambda items: serialize(make_envelope({}, items)), some_items)
    | st.sampled_from([b'{"a":1}', b"{}\n", gzip.compress(b"{}\n"), b'{"dsn":"http://k@h/1"}']),
    st.booleans(),
    st.booleans(),
)
def test_any_request_gets_a_reply_that_blames_no_server(
    method: str,
    path: str,
    query: str,
    headers: dict[str, str],
    body: bytes,
    strict: bool,
    lenient: bool,
) -> None:
    """Never an exception, never a status of 500 or more, and JSON for every refusal."""
    relay = fresh_relay(strict=strict, lenient=lenient)
    reply = relay.receive(Inbound(method, path, query, headers, body, "::1", 1.7e9, NEW_ID))
    relay.commit()
    assert 200 <= reply.status < 500
    if reply.status != 200:
        assert isinstance(json.loads(reply.body)["detail"], str)


def test_an_invalid_payload_is_an_outcome_and_not_a_status() -> None:
    relay = fresh_relay()
    reply = send(relay, b'{}\n{"type":"transaction"}\nnope\n')
    assert (reply.status, items_of(relay)[0].outcome) == (200, "invalid(invalid_json)")
    assert {(entry.category, str(entry.outcome)) for entry in relay.store.ledger()} == {
        ("transaction", "invalid"),
        ("transaction_indexed", "invalid"),
        ("span", "invalid"),
        ("span_indexed", "invalid"),
    }


def test_what_an_sdk_discarded_is_in_the_ledger() -> None:
    relay = fresh_relay()
    report = b'{"discarded_events":[{"reason":"sample_rate","category":"span","quantity":3}]}'
    send(relay, b'{}\n{"type":"client_report"}\n' + report)
    (entry,) = relay.store.ledger()
    assert (entry.category, entry.outcome, entry.reason, entry.quantity) == (
        "span",
        Fate.CLIENT_DISCARD,
        "sample_rate",
        3,
    )


def test_a_report_that_relay_refuses_counts_nothing() -> None:
    relay = fresh_relay()
    send(relay, b'{}\n{"type":"client_report"}\n{"discarded_events":[{"reason":"r"}]}\n')
    assert relay.store.ledger() == []


@pytest.mark.parametrize(
    ("kind", "payload", "trace_id"),
    [
        ("event", b"{}", TRACE_ID),
        ("event", b'{"contexts":{"trace":{"trace_id":"%b"}}}' % (b"f" * 32), "f" * 32),
        ("check_in", b"{}", TRACE_ID),
        ("attachment", b"x", TRACE_ID),
        ("session", b"{}", ""),
        ("sessions", b"{}", ""),
        ("client_report", b"{}", ""),
    ],
)
def test_an_item_without_a_trace_has_that_of_its_envelope(
    kind: str, payload: bytes, trace_id: str
) -> None:
    """Sessions and client reports are about the process, and travel in any envelope."""
    relay = fresh_relay()
    header = {"trace": {"trace_id": TRACE_ID, "public_key": KEY}}
    send(relay, serialize(make_envelope(header, [make_item(kind, payload)])))
    assert items_of(relay)[0].trace_id == trace_id


def test_a_stage_of_ones_own_decides_the_outcome() -> None:
    relay = Relay(
        open_store("memory:"), stages=[lambda item, context: Outcome(Fate.FILTERED, "mine")]
    )
    send(relay, b'{}\n{"type":"event"}\n{}\n')
    assert items_of(relay)[0].outcome == "filtered(mine)"


def test_two_requests_share_a_commit() -> None:
    relay = fresh_relay()
    for _ in range(2):
        inbound = Inbound(
            "POST", "/stream", "", {}, b'{}\n{"type":"event"}\n{}\n', "", 1.7e9, NEW_ID
        )
        assert relay.receive(inbound).status == 200
    assert items_of(relay) == []
    relay.commit()
    assert (len(items_of(relay)), relay.hub.position) == (2, items_of(relay)[-1].id)


class Capturing(Transport):
    """A transport that keeps what the SDK would send, as bytes."""

    def __init__(self) -> None:
        super().__init__()
        self.bodies: list[bytes] = []

    def capture_envelope(self, envelope: SdkEnvelope) -> None:
        self.bodies.append(envelope.serialize())


@pytest.fixture
def transport() -> Iterator[Capturing]:
    """The real SDK, with everything on, sending nowhere."""
    capturing = Capturing()
    client = sentry_sdk.Client(
        dsn=f"http://{KEY}@localhost:1/42",
        transport=capturing,
        release="shop@2.3.4",
        environment="production",
        traces_sample_rate=1.0,
        enable_logs=True,
        default_integrations=False,
        auto_enabling_integrations=False,
    )
    with sentry_sdk.isolation_scope() as isolation, sentry_sdk.new_scope() as scope:
        isolation.set_client(client)
        scope.set_client(client)
        yield capturing
    client.close(timeout=0)


def test_what_the_real_sdk_sends_is_accepted_with_its_facts(transport: Capturing) -> None:
    """An error with attachment, a transaction, logs, a session and a check-in."""
    scope = sentry_sdk.get_current_scope()
    scope.set_tag("plan", "pro")
    scope.set_user({"id": "7"})
    scope.add_attachment(bytes=b"\x00\xff", filename="dump.bin")
    try:
        raise ValueError("boom")
    except ValueError:
        sentry_sdk.capture_exception()
    scope.clear()
    with sentry_sdk.start_transaction(name="/pay", op="http.server"):
        for _ in range(3):
            with sentry_sdk.start_span(op="db", name="SELECT 1"):
                pass
    logger.warning("order {order} paid", order=5)
    isolation = sentry_sdk.get_isolation_scope()
    isolation.start_session()
    isolation.end_session()
    capture_checkin(monitor_slug="nightly", status="ok")
    sentry_sdk.get_client().flush()
    relay = fresh_relay()
    for body in transport.bodies:
        assert send(relay, gzip.compress(body), time.time(), content_encoding="gzip").status == 200
    stored = {item.type: item for item in items_of(relay)}
    assert {item.outcome for item in stored.values()} == {""}
    assert {kind: stored[kind].title for kind in stored if kind != "session"} == {
        "event": "ValueError: boom",
        "attachment": "dump.bin (2 bytes)",
        "transaction": "http.server /pay",
        "log": "order 5 paid",
        "check_in": "nightly ok",
    }
    assert "session" in stored
    counts = Counter({entry.category: entry.quantity for entry in relay.store.ledger()})
    assert (counts["error"], counts["span"], counts["log_item"], counts["monitor"]) == (1, 4, 1, 1)


@pytest.mark.parametrize(("age", "booked"), [(60, 3), (91 * 24 * 3600, 0)])
def test_what_an_old_client_report_says_is_not_booked(age: int, booked: int) -> None:
    entry = {"reason": "sample_rate", "category": "transaction", "quantity": 3}
    report = {"timestamp": 1.7e9 - age, "discarded_events": [entry, entry | {"reason": "x" * 201}]}
    relay = fresh_relay()
    item = make_item("client_report", json.dumps(report).encode())
    send(relay, serialize(make_envelope({}, [item])))
    assert sum(entry.quantity for entry in relay.store.ledger()) == booked
