"""The stored view through the client: the same as where it is computed."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from fake_relay.client import RelayClient
from fake_relay.config import RelayConfig
from fake_relay.errors import ConfigError
from fake_relay.protocol.envelope import make_envelope, make_item, serialize
from fake_relay.relay import Relay
from fake_relay.store import Selection, open_store
from fake_relay.stored_view.viewer import Views
from fake_relay.web.runner import ThreadServer

KEY = "a" * 32
EVENT = {"platform": "rust", "extra": {"password": "hunter2"}}


@pytest.fixture
def server() -> Iterator[ThreadServer]:
    with ThreadServer(lambda: Relay(open_store("memory:"), RelayConfig())) as running:
        yield running


@pytest.fixture
def client(server: ThreadServer) -> Iterator[RelayClient]:
    with RelayClient(server.url) as connected:
        yield connected


def send(client: RelayClient, item_type: str, payload: object) -> None:
    item = make_item(item_type, json.dumps(payload).encode())
    client.send_envelope(serialize(make_envelope({}, [item])), project="42", public_key=KEY)


def test_a_view_over_http_is_the_one_computed_there(
    server: ThreadServer, client: RelayClient
) -> None:
    send(client, "event", EVENT)
    (item,) = client.find(Selection()).items
    store = server.relay.store
    computed = Views(store, lambda project: server.relay.settings_of(project).scrubbing)
    there, here = client.view(item), computed.view(item)
    assert there.document == here.document
    assert (there.meta, there.remarks, there.refused) == (here.meta, here.remarks, None)
    assert json.loads(there.payload) == json.loads(here.payload)


def test_a_refused_item_has_a_reason(client: RelayClient) -> None:
    send(client, "transaction", {"transaction": "t"})
    (item,) = client.find(Selection()).items
    found = client.view(item)
    assert found.document is None
    assert found.refused is not None


def test_an_item_that_is_gone_is_refused(client: RelayClient) -> None:
    send(client, "event", EVENT)
    (item,) = client.find(Selection()).items
    client.clear()
    refused = client.view(item).refused
    assert refused is not None
    assert refused.reason == "gone"


def test_a_server_judges_stored_views_too(client: RelayClient) -> None:
    send(client, "event", EVENT)
    asked = {"type": "event", "view": "stored", "within": 0}
    assert client.expect(asked | {"where": {"platform": "other"}})["held"]
    assert not client.expect(asked | {"where": {"platform": "rust"}})["held"]
    with pytest.raises(ConfigError, match="view needs 'sent' or 'stored'"):
        client.expect({"view": "other"})
