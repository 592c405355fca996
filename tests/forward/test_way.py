"""The way to an upstream: certificates, proxies, tunnels, redirects."""

from __future__ import annotations

import asyncio
import ssl
import subprocess
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import pytest

from fake_relay.config import Upstream

Start = Callable[..., Awaitable[Any]]
To = Callable[..., Upstream]


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, str]:
    """A certificate of 127.0.0.1 that nobody has signed, and its key."""
    folder = tmp_path_factory.mktemp("tls")
    cert, key = str(folder / "cert.pem"), str(folder / "key.pem")
    options = ["-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost"]
    names = ["-addext", "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out", cert]
    subprocess.run(["openssl", "req", *options, *names], check=True, capture_output=True)
    return cert, key


@pytest.fixture
async def secure(record: Any, certificate: tuple[str, str]) -> Any:
    """An upstream that speaks TLS with that certificate."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(*certificate)
    return await record(ssl_context=context)


@dataclass
class Tunnels:
    """A proxy that opens tunnels; the heads of the requests for them."""

    url: str = ""
    heads: list[str] = field(default_factory=list)

    async def open(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Open one, and carry bytes both ways until a side ends."""
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        self.heads.append(head)
        host, _, port = head.split(" ")[1].rpartition(":")
        there, back = await asyncio.open_connection(host, int(port))
        writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
        await asyncio.gather(_carry(reader, back), _carry(there, writer))


async def _carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(ConnectionError):
        while data := await reader.read(65536):
            writer.write(data)
    writer.close()


@pytest.fixture
async def tunnels() -> AsyncIterator[Tunnels]:
    proxy = Tunnels()
    server = await asyncio.start_server(proxy.open, "127.0.0.1", 0)
    proxy.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    yield proxy
    server.close()
    await server.wait_closed()


async def test_a_certificate_is_checked_and_one_can_be_named_to_trust(
    start: Start, to: To, secure: Any, certificate: tuple[str, str]
) -> None:
    cert, upstream = certificate[0], secure
    relay = await start(
        to(upstream.dsn, name="checks"),
        to(upstream.dsn, name="trusts", ca_file=cert),
        to(upstream.dsn, name="anything", verify_tls=False),
    )
    await relay.event(1)
    await relay.drained("trusts")
    await relay.drained("anything")
    told = await relay.until("checks", breaker="half_open", in_flight=0)
    assert len(upstream.taken) == 2
    assert (told["sent"], told["queued"]) == (0, 1)
    assert "ertificate" in told["last_error"]


async def test_requests_go_through_a_proxy(start: Start, record: Any, to: To) -> None:
    proxy = await record()
    dsn = f"http://{'b' * 32}@sentry.invalid/7"
    relay = await start(to(dsn, proxy=proxy.url.replace("://", "://ann:secret@")))
    await relay.event(1)
    await relay.drained()
    (got,) = proxy.taken
    assert got.headers["host"] == "sentry.invalid"
    assert got.headers["proxy-authorization"].startswith("Basic ")
    told = await relay.ask("GET", "/forward/upstreams/up")
    assert "secret" not in str(told)


async def test_tls_goes_through_a_tunnel_of_the_proxy_and_is_checked_at_its_end(
    start: Start, to: To, secure: Any, certificate: tuple[str, str], tunnels: Tunnels
) -> None:
    proxy = tunnels.url.replace("://", "://ann:secret@")
    relay = await start(
        to(secure.dsn, name="trusts", ca_file=certificate[0], proxy=proxy),
        to(secure.dsn, name="checks", proxy=proxy),
    )
    event_id = await relay.event(1)
    await relay.drained("trusts")
    told = await relay.until("checks", breaker="half_open", in_flight=0)
    assert secure.ids == [event_id]
    assert {head.split(" ")[0] for head in tunnels.heads} == {"CONNECT"}
    assert "Proxy-Authorization: Basic " in tunnels.heads[0]
    # The password is the proxy's alone.
    assert "proxy-authorization" not in secure.got[0].headers
    assert "certificate cannot be trusted" in told["last_error"]


async def test_a_redirect_within_the_host_is_followed_and_to_another_host_is_not(
    start: Start, upstream: Any, to: To, acts: Any
) -> None:
    relay = await start(to(upstream.dsn, compression="none"))
    upstream.acts = [
        acts.status(307, Location="http://example.invalid/steal"),
        acts.status(308, Location="/elsewhere/"),
    ]
    await relay.event(1)
    status = await relay.drained()
    assert [got.path for got in upstream.got] == [
        "/api/7/envelope/",
        "/api/7/envelope/",
        "/elsewhere/",
    ]
    assert status["retried"] == 1
    assert "example.invalid" in status["last_error"]
