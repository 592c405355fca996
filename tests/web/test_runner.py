"""Starting and stopping: ports, threads, draining."""

from __future__ import annotations

import asyncio
import socket
import struct
import threading

import aiohttp
import pytest
import urllib3

from fake_relay.errors import Unreachable
from fake_relay.relay import Relay
from fake_relay.store import open_store
from fake_relay.web.runner import ThreadServer, base_url, serving
from fake_relay.web.settings import WebConfig

DOOR = f"/api/42/envelope/?sentry_key={'a' * 32}"
ENVELOPE = b'{}\n{"type":"event"}\n{"message":"hi"}\n'


def make_relay() -> Relay:
    return Relay(open_store("memory:"))


def post(url: str) -> int:
    """Send an event over a connection of its own; the status."""
    with urllib3.PoolManager() as pool:
        return pool.request("POST", url + DOOR, body=ENVELOPE).status


def test_a_thread_serves_until_it_is_stopped():
    with ThreadServer(make_relay) as server:
        assert post(server.url) == 200
        assert server.relay.store.position() == 1
    with pytest.raises(OSError, match="refused"):
        socket.create_connection(("127.0.0.1", int(server.url.rpartition(":")[2])))


def test_starting_and_stopping_twice_is_like_once_and_it_can_start_again():
    before = set(threading.enumerate())
    server = ThreadServer(make_relay)
    server.stop()
    server.start()
    url = server.start().url
    assert post(url) == 200
    server.stop()
    server.stop()
    server.start()
    assert post(server.url) == 200
    server.stop()
    started = set(threading.enumerate()) - before
    assert [thread for thread in started if thread.name == "fake-relay"] == []


def test_a_busy_port_says_so_and_leaves_nothing_behind():
    with ThreadServer(make_relay) as first:
        port = int(first.url.rpartition(":")[2])
        second = ThreadServer(make_relay, port=port)
        with pytest.raises(Unreachable, match=f"port {port} on 127.0.0.1 is busy"):
            second.start()
        second.stop()
        assert post(first.url) == 200
    with ThreadServer(make_relay, port=port) as third:
        assert third.url == first.url


@pytest.mark.parametrize(("host", "port"), [("127.0.0.1", 70000), ("host.invalid.localhost.", 0)])
def test_an_address_that_is_none_is_explained(host, port):
    with pytest.raises(Unreachable, match="cannot listen"):
        ThreadServer(make_relay, host, port).start()


def test_what_keeps_the_relay_from_being_made_is_raised_at_the_start():
    def broken() -> Relay:
        raise ValueError("no store")

    with pytest.raises(ValueError, match="no store"):
        ThreadServer(broken).start()


def test_calls_run_on_the_loop_and_give_back_what_happened():
    def fail() -> None:
        raise ValueError("seen")

    with ThreadServer(make_relay) as server:
        assert server.call(lambda: threading.current_thread().name) == "fake-relay"
        with pytest.raises(ValueError, match="seen"):
            server.call(fail)
    with pytest.raises(Unreachable):
        server.call(fail)


def test_bugs_are_collected_for_whoever_runs_the_server():
    with ThreadServer(make_relay) as server:

        def broken(*args: object) -> None:
            raise ZeroDivisionError("a bug")

        server.relay._keep = broken  # type: ignore[assignment, method-assign]
        assert post(server.url) == 500
        assert [str(error) for error in server.errors] == ["a bug"]


def test_a_file_keeps_what_was_answered_for_the_next_server(tmp_path):
    path = str(tmp_path / "relay.sqlite")
    for count in (1, 2):
        with ThreadServer(lambda: Relay(open_store(path))) as server:
            assert post(server.url) == 200
            assert len(server.relay.store.find_envelopes().envelopes) == count


async def test_spotlights_port_is_a_second_door_to_the_same_relay():
    relay = make_relay()
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        second = held.getsockname()[1]
    async with serving(relay, spotlight_port=second) as url:
        assert url != f"http://127.0.0.1:{second}"
        async with (
            aiohttp.ClientSession() as client,
            client.post(f"http://127.0.0.1:{second}/stream", data=ENVELOPE) as response,
        ):
            assert response.status == 200
        assert relay.store.position() == 1
    relay.store.close()


async def test_a_body_on_its_way_is_taken_before_the_server_stops():
    relay = make_relay()
    context = serving(relay)
    url = await context.__aenter__()
    reader, writer = await asyncio.open_connection("127.0.0.1", int(url.rpartition(":")[2]))
    writer.write(
        f"POST {DOOR} HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\n"
        f"Content-Length: {len(ENVELOPE)}\r\n\r\n".encode()
    )
    assert b" 100 " in await asyncio.wait_for(reader.readline(), 10)
    stopping = asyncio.create_task(context.__aexit__(None, None, None))
    for _ in range(10):
        await asyncio.sleep(0)
    writer.write(ENVELOPE)
    answer = await asyncio.wait_for(reader.read(), 10)
    await asyncio.wait_for(stopping, 10)
    writer.close()
    assert b" 200 OK\r\n" in answer
    assert relay.store.position() == 1
    relay.store.close()


@pytest.mark.parametrize("path", [DOOR, "/relay/v1/expect"])
@pytest.mark.parametrize("abrupt", [False, True])
async def test_a_client_that_leaves_during_a_body_is_not_logged_as_our_fault(path, abrupt, caplog):
    relay = make_relay()
    async with serving(relay) as url:
        reader, writer = await asyncio.open_connection("127.0.0.1", int(url.rpartition(":")[2]))
        writer.write(
            f"POST {path} HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(ENVELOPE)}\r\n\r\n".encode()
        )
        assert b" 100 " in await asyncio.wait_for(reader.readline(), 10)
        writer.write(ENVELOPE[:9])
        await writer.drain()
        if abrupt:
            now = struct.pack("ii", 1, 0)
            writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, now)
        writer.close()
        # Leaving the block waits for the request's end.
    assert [
        record.getMessage() for record in caplog.records if record.name == "fake_relay.web"
    ] == []
    assert relay.store.position() == 0
    relay.store.close()


async def test_streams_and_waits_end_cleanly_when_the_server_stops():
    relay = make_relay()
    async with aiohttp.ClientSession() as client:
        async with serving(relay) as url:
            stream = await client.get(f"{url}/relay/v1/stream")
            waiting = asyncio.create_task(client.get(f"{url}/relay/v1/items?after=5&wait=60"))
            async with client.get(f"{url}/health") as response:
                assert response.status == 200
        assert await asyncio.wait_for(stream.read(), 10) == b": items\n\n"
        assert (await asyncio.wait_for(waiting, 10)).status == 200
    relay.store.close()


async def test_a_request_that_never_ends_is_cut_when_draining_takes_too_long():
    relay = make_relay()
    async with serving(relay, config=WebConfig(drain_timeout=0.05)) as url:
        _, writer = await asyncio.open_connection("127.0.0.1", int(url.rpartition(":")[2]))
        writer.write(f"POST {DOOR} HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\n".encode())
        async with aiohttp.ClientSession() as client, client.get(f"{url}/health") as response:
            assert response.status == 200
    writer.close()
    relay.store.close()


@pytest.mark.parametrize(
    ("host", "url"),
    [
        ("127.0.0.1", "http://127.0.0.1:1"),
        ("0.0.0.0", "http://127.0.0.1:1"),
        ("::1", "http://[::1]:1"),
        ("relay.example", "http://relay.example:1"),
    ],
)
def test_the_url_is_one_that_this_machine_can_ask(host, url):
    assert base_url(host, 1) == url
