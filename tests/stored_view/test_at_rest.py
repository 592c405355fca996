"""`scrub_at_rest`: what the settings remove is in no byte that a server writes."""

from __future__ import annotations

import json
import logging
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import aiohttp
import msgpack
import pytest

from fake_relay.config import RelayConfig, Scrubbing
from fake_relay.protocol.envelope import Item, make_envelope, make_item, serialize
from fake_relay.records import StoredItem
from fake_relay.relay import Relay
from fake_relay.store import Selection, open_store
from fake_relay.store.sqlite import SqliteStore
from fake_relay.web.runner import serving

KEY = "a" * 32
TRACE = {"trace_id": "c" * 32, "span_id": "d" * 16}
NOW = 1_700_000_000
SETTINGS = RelayConfig(
    scrub_at_rest=True,
    scrubbing=Scrubbing(
        scrub_ip_addresses=True,
        sensitive_fields=("inner",),
        pii_config=json.dumps(
            {
                "applications": {
                    "$user.id": ["@anything"],
                    "$attachments.'*.log'": ["@email"],
                    "$string": ["@email"],
                }
            }
        ),
    ),
)


class Canaries:
    """Values that must not be found, each unique, by the surface where they were planted."""

    def __init__(self) -> None:
        self.planted: list[str] = []

    def secret(self) -> str:
        """For places whose name gives it away."""
        return self._plant(f"canary{len(self.planted):04}secret")

    def mail(self) -> str:
        """For places where only the value does."""
        return self._plant(f"canary{len(self.planted):04}@mail.example")

    def address(self) -> str:
        return self._plant(f"203.0.113.{100 + len(self.planted)}")

    def _plant(self, value: str) -> str:
        self.planted.append(value)
        return value


def text(value: str) -> dict[str, str]:
    return {"value": value, "type": "string"}


def an_event(plant: Canaries) -> dict[str, Any]:
    return {
        "logentry": {"formatted": f"mail by {plant.mail()}"},
        "user": {
            "id": plant.secret(),
            "ip_address": plant.address(),
            "data": {"inner": plant.secret()},
        },
        "request": {
            "headers": {
                "Cookie": f"sessionid={plant.secret()}",
                "Authorization": f"Bearer {plant.secret()}",
            },
            "env": {"REMOTE_ADDR": plant.address()},
            "data": {"password": plant.secret()},
            "query_string": f"token={plant.secret()}",
        },
        "extra": {"inner": plant.secret(), "deep": [{"note": plant.mail()}]},
        "contexts": {"own": {"api_key": plant.secret()}},
        "breadcrumbs": [{"message": plant.mail(), "data": {"passwd": plant.secret()}}],
        "exception": {
            "type": "E",
            "value": "v",
            "stacktrace": {"frames": [{"function": "f", "vars": {"secret": plant.secret()}}]},
        },
        "unknown_field": {"password": plant.secret()},
        "_meta": {"extra": {"x": {"": {"val": plant.mail(), "err": ["invalid_data"]}}}},
    }


def every_item(plant: Canaries) -> Iterator[Item]:
    yield make_item("event", json.dumps(an_event(plant)).encode(), {"inner": plant.secret()})
    yield make_item("attachment", f"log of {plant.mail()}".encode(), {"filename": "a.log"})
    yield make_item(
        "attachment",
        json.dumps({"rendering_system": "x", "windows": [{"name": plant.mail()}]}).encode(),
        {"attachment_type": "event.view_hierarchy", "filename": "view.json"},
    )
    report = {"event_id": "b" * 32, "name": "n", "email": plant.mail(), "comments": plant.mail()}
    yield make_item("user_report", json.dumps(report).encode())
    record = {
        "timestamp": NOW,
        "trace_id": "c" * 32,
        "span_id": "d" * 16,
        "start_timestamp": NOW,
        "end_timestamp": NOW,
        "level": "info",
        "status": "ok",
        "name": "n",
        "type": "counter",
        "value": 1,
    }
    for kind in ("log", "trace_metric", "span"):
        attributes = {"password": text(plant.secret()), "client.address": text(plant.address())}
        own = record | {"body": f"by {plant.mail()}"} if kind == "log" else record
        container = {"items": [own | {"attributes": attributes, "inner": plant.secret()}]}
        yield make_item(kind, json.dumps(container).encode(), {"item_count": 1})
    session = {
        "sid": "e" * 32,
        "did": plant.address(),
        "started": "2023-11-14T22:13:20Z",
        "attrs": {"release": "a@1", "ip_address": plant.address()},
        "inner": plant.secret(),
    }
    yield make_item("session", json.dumps(session).encode())
    check_in = {
        "check_in_id": "f" * 32,
        "monitor_slug": "job",
        "status": "ok",
        "inner": plant.secret(),
    }
    yield make_item("check_in", json.dumps(check_in).encode())
    frames = [{"type": 5, "timestamp": 1, "data": {"payload": {"password": plant.secret()}}}]
    body = zlib.compress(json.dumps(frames).encode())
    yield make_item("replay_recording", b'{"segment_id":0}\n' + body)
    yield make_item("my_own_type", b"\x00kept")


def a_transaction(plant: Canaries) -> dict[str, Any]:
    times = {"start_timestamp": NOW, "timestamp": NOW}
    return {
        "transaction": "checkout",
        "contexts": {"trace": TRACE},
        "spans": [TRACE | times | {"data": {"password": plant.secret()}}],
        "user": {"id": plant.secret()},
    } | times


def a_replay(plant: Canaries) -> Iterator[Item]:
    event = {
        "type": "replay_event",
        "replay_id": "b" * 32,
        "segment_id": 0,
        "timestamp": NOW,
        "urls": [f"http://u:{plant.secret()}@shop.example/"],
        "user": {"id": plant.secret(), "ip_address": plant.address()},
        "request": {"headers": {"Cookie": f"sessionid={plant.secret()}"}},
    }
    yield make_item("replay_event", json.dumps(event).encode())
    yield make_item(
        "replay_recording",
        b'{"segment_id":0}\n[{"type":4,"inner":"' + plant.secret().encode() + b'"}]',
    )


def a_video(plant: Canaries) -> Iterator[Item]:
    event, recording = [item.payload for item in a_replay(plant)]
    parts = {"replay_event": event, "replay_recording": recording, "replay_video": b"mp4"}
    yield make_item("replay_video", msgpack.packb(parts))


def header(plant: Canaries) -> dict[str, Any]:
    return {
        "event_id": "b" * 32,
        "sent_at": "2023-11-14T22:13:20Z",
        "inner": plant.secret(),
        "trace": {
            "trace_id": "c" * 32,
            "public_key": KEY,
            "user_id": plant.secret(),
            "transaction": plant.mail(),
        },
    }


def envelopes(plant: Canaries) -> Iterator[bytes]:
    yield serialize(make_envelope(header(plant), every_item(plant)))
    transaction = make_item("transaction", json.dumps(a_transaction(plant)).encode())
    yield serialize(make_envelope(header(plant), [transaction]))
    # Sentry refuses it, and it is kept as invalid all the same.
    broken = {"contexts": {"trace": TRACE}} | an_event(plant)
    yield serialize(make_envelope({}, [make_item("transaction", json.dumps(broken).encode())]))
    yield serialize(make_envelope(header(plant), a_replay(plant)))
    yield serialize(make_envelope(header(plant), a_video(plant)))
    report = {
        "csp-report": {
            "effective-directive": "img-src",
            "blocked-uri": f"http://u:{plant.secret()}@h/",
        }
    }
    yield serialize(make_envelope({}, [make_item("raw_security", json.dumps(report).encode())]))
    feedback = {"contexts": {"feedback": {"message": "m"}}, "extra": {"inner": plant.secret()}}
    yield serialize(make_envelope({}, [make_item("feedback", json.dumps(feedback).encode())]))
    profile = {"platform": "python", "transaction_metadata": {"password": plant.secret()}}
    yield serialize(make_envelope({}, [make_item("profile", json.dumps(profile).encode())]))
    # Nothing can be read of these, so nothing may be kept.
    yield b'{}\n{"type":"event"}\n{"password":"' + plant.secret().encode() + b'"\n'
    yield (
        b'{}\n{"type":"replay_recording"}\n{"segment_id":0}\\nxx' + plant.secret().encode() + b"\n"
    )
    # A refused request.
    yield b'{"event_id":"' + plant.secret().encode() + b'"}\n'


async def test_no_canary_is_in_any_byte_that_the_server_writes(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    plant, path = Canaries(), tmp_path / "relay.sqlite"
    sent = list(envelopes(plant))
    store = open_store(str(path))
    async with serving(Relay(store, SETTINGS)) as url:
        answers = await post_all(url, sent)
    assert answers == [200] * (len(sent) - 1) + [400]
    store.idle()
    types = [item.type for item in store.find(Selection(limit=100)).items]
    assert len(types) > 20
    written = files_of(tmp_path)
    assert "relay.sqlite-wal" in written
    written["unpacked"] = b"".join(every_stored_byte(store))
    store.close()
    written |= {f"closed {name}": data for name, data in files_of(tmp_path).items()}
    written["log"] = caplog.text.encode()
    found = [
        (name, value)
        for name, data in written.items()
        for value in plant.planted
        if value.encode() in data
    ]
    assert len(plant.planted) > 50
    assert found == []
    assert b"checkout" in written["unpacked"]


async def post_all(url: str, bodies: list[bytes]) -> list[int]:
    answers = []
    path, headers = f"/api/42/envelope/?sentry_key={KEY}", {"Content-Encoding": "deflate"}
    async with aiohttp.ClientSession(url) as client:
        for body in bodies:
            packed = zlib.compress(body)
            async with client.post(path, data=packed, headers=headers) as answer:
                answers.append(answer.status)
    return answers


def files_of(folder: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in folder.iterdir()}


def every_stored_byte(store: Any) -> Iterator[bytes]:
    """Bodies and payloads, which the file may hold compressed, and what lists show."""
    for envelope in store.find_envelopes(limit=1000).envelopes:
        body = store.body(envelope.id)
        yield from (body.wire, body.content, repr(envelope).encode())
    for item in store.find(Selection(limit=1000)).items:
        payload = store.payload(item.id)
        yield from (payload, repr(item).encode())
        if item.type == "replay_recording" and b"\n" in payload:
            yield (
                zlib.decompressobj().decompress(payload.partition(b"\n")[2])
                if b"\nx" in payload
                else b""
            )


@pytest.fixture
def keep() -> Any:
    """Sends items to a relay without a socket; gives back the store."""
    from fake_relay.records import Inbound

    def send(items: list[Item], config: RelayConfig = SETTINGS, **header: Any) -> Any:
        store = open_store("memory:")
        relay = Relay(store, config)
        body = serialize(make_envelope(header, items))
        inbound = Inbound(
            "POST", "/api/42/envelope/", f"sentry_key={KEY}", {}, body, "203.0.113.9", NOW, "b" * 32
        )
        assert relay.receive(inbound).status == 200
        relay.commit()
        return store

    return send


def the_item(store: Any) -> StoredItem:
    item: StoredItem
    (item,) = store.find(Selection()).items
    return item


def test_what_the_sdk_sent_is_still_told_apart_from_what_sentry_adds(keep: Any) -> None:
    store = keep([make_item("event", b'{"message":"hi","extra":{"password":"p","n":1}}')])
    found = json.loads(store.payload(the_item(store).id))
    assert found.pop("_meta")["extra"]["password"][""]["rem"] == [["@password:filter", "s", 0, 10]]
    assert found == {"logentry": {"formatted": "hi"}, "extra": {"password": "[Filtered]", "n": 1}}


def test_facts_are_those_of_what_is_kept(keep: Any) -> None:
    event = {"logentry": {"formatted": "by jane@mail.example"}, "user": {"id": "jane"}}
    store = keep([make_item("event", json.dumps(event).encode())])
    assert the_item(store).title == "by [email]"
    assert "jane" not in repr(the_item(store))


def test_a_crash_is_scrubbed_in_its_event_and_in_what_it_was_made_of(keep: Any) -> None:
    crash = {"message": "hi", "extra": {"password": "hunter2"}, "user": {"ip_address": "10.0.0.9"}}
    dump = make_item("attachment", b"MDMP" + bytes(28), {"attachment_type": "event.minidump"})
    packed = make_item(
        "attachment", msgpack.packb(crash), {"attachment_type": "event.payload", "filename": "e"}
    )
    store = keep([dump, packed])
    kept = {item.title: store.payload(item.id) for item in store.find(Selection()).items}

    assert len(kept) == 3
    assert not any(
        word in payload for word in (b"hunter2", b"10.0.0.9") for payload in kept.values()
    )
    assert any(b'"formatted":"hi"' in payload for payload in kept.values())


def test_the_ledger_is_that_of_what_was_received(keep: Any) -> None:
    log = {
        "items": [
            {"timestamp": NOW, "trace_id": "c" * 32, "level": "info", "body": "a@mail.example"}
        ]
    }
    items = [make_item("log", json.dumps(log).encode(), {"item_count": 1})]
    plain = keep(items, RelayConfig())
    assert sorted(map(repr, keep(items).ledger())) == sorted(map(repr, plain.ledger()))


def test_an_unreadable_payload_leaves_a_marker_and_its_outcome(keep: Any) -> None:
    store = keep([make_item("event", b'{"password": "p"')])
    item = the_item(store)
    assert store.payload(item.id) == b""
    assert item.outcome == "invalid(invalid_json)"
    assert json.loads(bytes(item.headers))["fake_relay_payload"].startswith("not kept")


def test_an_invalid_transaction_keeps_its_outcome_and_its_cookies_scrubbed(keep: Any) -> None:
    event = {"transaction": "t", "request": {"headers": {"Cookie": "sessionid=abc; a=b"}}}
    store = keep([make_item("transaction", json.dumps(event).encode())])
    kept = json.loads(store.payload(the_item(store).id))
    assert kept["request"]["cookies"] == [["sessionid", "[Filtered]"], ["a", "b"]]


def test_the_senders_address_goes_with_the_switch_for_addresses(keep: Any) -> None:
    items = [make_item("event", b"{}")]
    (without,) = keep(items).find_envelopes().envelopes
    (with_it,) = keep(items, RelayConfig(scrub_at_rest=True)).find_envelopes().envelopes
    assert (without.remote_addr, with_it.remote_addr) == ("", "203.0.113.9")


def test_an_envelope_can_be_read_again_from_its_bytes(keep: Any) -> None:
    store = keep(list(every_item(Canaries())), event_id="b" * 32)
    (envelope,) = store.find_envelopes().envelopes
    body = store.body(envelope.id)
    assert (envelope.event_id, envelope.content_encoding) == ("b" * 32, "")
    for item in store.find(Selection()).items:
        assert store.payload(item.id) in body.wire


def test_nothing_is_kept_of_a_refused_request_but_that_it_came(tmp_path: Path) -> None:
    from fake_relay.records import Inbound

    store = SqliteStore(str(tmp_path / "relay.sqlite"))
    relay = Relay(store, SETTINGS)
    path = "/api/42/envelope/"
    query = f"sentry_key={KEY}&inner=canary"
    relay.receive(Inbound("POST", path, query, {}, b"canary", "203.0.113.9", NOW, "b" * 32))
    relay.commit()
    store.close()
    written = b"".join(file.read_bytes() for file in tmp_path.iterdir())
    assert b"canary" not in written
    assert b"203.0.113.9" not in written
    assert b"invalid" in written
