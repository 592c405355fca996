"""Who may read: hosts, origins, tokens, addresses."""

from __future__ import annotations

import pytest

from fake_relay.errors import ConfigError
from fake_relay.relay import Relay
from fake_relay.store import open_store
from fake_relay.web.access import Access
from fake_relay.web.runner import serving
from fake_relay.web.settings import WebConfig

GUARDED = (
    "/relay/v1/items",
    "/relay/v1/envelopes",
    "/relay/v1/outcomes",
    "/relay/v1/projects",
    "/relay/v1/openapi.json",
    "/health",
    "/metrics",
    "/nothing",
)
ENVELOPE = b'{}\n{"type":"event"}\n{}\n'
DOOR = f"/api/42/envelope/?sentry_key={'a' * 32}"


@pytest.mark.parametrize("path", GUARDED)
@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "evil.example"},
        {"Host": "localhost.evil.example"},
        {"Host": "127.0.0.1.evil.example:80"},
        {"Host": "192.0.2.1"},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://127.0.0.1:1"},
    ],
    ids=str,
)
async def test_other_hosts_and_origins_read_nothing(server, path, headers):
    async with server.client.get(path, headers=headers) as response:
        assert (response.status, set(await response.json())) == (403, {"detail"})
        assert "Access-Control-Allow-Origin" not in response.headers


async def test_other_origins_delete_and_make_nothing(server):
    await server.send(b"{}")
    headers = {"Origin": "https://evil.example"}
    async with server.client.delete("/relay/v1/items", headers=headers) as response:
        assert response.status == 403
    async with server.client.post("/relay/v1/projects", headers=headers) as response:
        assert response.status == 403
    assert len((await server.items())["items"]) == 1


@pytest.mark.parametrize(
    "host", ["localhost", "LOCALHOST:9", "a.localhost:1", "127.0.0.1", "127.8.9.1:5", "[::1]:80"]
)
async def test_loopback_names_are_known(server, host):
    async with server.client.get("/health", headers={"Host": host}) as response:
        assert response.status == 200


async def test_our_own_pages_may_read(server):
    async with server.client.get("/health", headers={"Origin": server.url}) as response:
        assert response.status == 200


async def test_doors_take_any_host_and_origin(server):
    headers = {"Host": "relay.example", "Origin": "https://shop.example"}
    async with server.client.post(DOOR, data=ENVELOPE, headers=headers) as response:
        assert response.status == 200


async def test_configured_hosts_are_known(start):
    server = await start(web=WebConfig(allowed_hosts=("Relay.Example",)))
    async with server.client.get("/health", headers={"Host": "relay.example:80"}) as response:
        assert response.status == 200


@pytest.mark.parametrize("path", GUARDED)
async def test_without_the_token_nothing_is_read(start, path):
    server = await start(web=WebConfig(token="s3cret"))
    for headers in ({}, {"Authorization": "Bearer wrong"}, {"X-Fake-Relay-Token": "s3cre"}):
        async with server.client.get(path, headers=headers) as response:
            assert (response.status, set(await response.json())) == (401, {"detail"})


@pytest.mark.parametrize(
    "headers",
    [
        {"Authorization": "Bearer s3cret"},
        {"authorization": "bearer  s3cret"},
        {"X-Fake-Relay-Token": "s3cret"},
        {"Cookie": "fake-relay-token=s3cret"},
    ],
    ids=str,
)
async def test_the_token_opens_everything(start, headers):
    server = await start(web=WebConfig(token="s3cret"))
    async with server.client.get("/relay/v1/items", headers=headers) as response:
        assert response.status == 200


async def test_doors_and_health_checks_need_no_token(start):
    server = await start(web=WebConfig(token="s3cret"))
    async with server.client.post(DOOR, data=ENVELOPE) as response:
        assert response.status == 200
    headers = {"Host": "10.1.2.3:9119"}
    for name in ("live", "ready"):
        async with server.client.get(
            f"/api/relay/healthcheck/{name}/", headers=headers
        ) as response:
            assert (response.status, await response.json()) == (200, {"is_healthy": True})


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "", "192.0.2.1", "relay.example"])
async def test_listening_beyond_this_machine_takes_a_token(host):
    store = open_store("memory:")
    with pytest.raises(ConfigError, match="token"):
        async with serving(Relay(store), host):
            pass
    store.close()


@pytest.mark.parametrize(
    ("bound", "host", "known"),
    [
        ("0.0.0.0", "192.168.1.5:9119", True),
        ("0.0.0.0", "evil.example", False),
        ("relay.example", "relay.example:80", True),
        ("192.0.2.1", "192.0.2.1", True),
        ("127.0.0.1", "192.0.2.1", False),
        ("127.0.0.1", "", False),
    ],
)
def test_a_name_can_be_rebound_but_an_address_cannot(bound, host, known):
    assert Access(bound, WebConfig(token="x")).knows(host) == known


def test_a_token_is_not_shown():
    assert "s3cret" not in repr(WebConfig(token="s3cret"))
