"""The doors over HTTP: CORS, slashes, methods, sizes, times, broken requests."""

from __future__ import annotations

import asyncio
import gzip
import logging
import socket
import uuid

import msgspec
import pytest
import sentry_sdk

from fake_relay.config import Limits, RelayConfig
from fake_relay.errors import StoreError
from fake_relay.web.settings import WebConfig

KEY = "a" * 32
PATH = f"/api/42/envelope/?sentry_key={KEY}"
BODY = b'{}\n{"type":"event"}\n{"message":"hi"}\n'
CORS = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Expose-Headers": "x-sentry-error, x-sentry-rate-limits, retry-after",
    "Cross-Origin-Resource-Policy": "cross-origin",
}


def request(*lines: str, body: bytes = b"") -> bytes:
    """The bytes of a request that closes its connection."""
    head = "\r\n".join((*lines, "Host: localhost", "Connection: close", "", ""))
    return head.encode() + body


def status_of(answer: bytes) -> int:
    """The status in an answer's first line."""
    return int(answer.split(b" ", 2)[1])


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        (PATH, BODY, 200),
        (PATH, b"", 400),
        ("/api/42/envelope/", BODY, 401),
        ("/api/x/envelope/?sentry_key=" + KEY, BODY, 400),
        (f"/api/42/store/?sentry_key={KEY}", b"{}", 200),
    ],
)
async def test_every_answer_of_a_door_can_be_read_across_origins(server, path, body, status):
    headers = {"Origin": "https://shop.example"}
    async with server.client.post(path, data=body, headers=headers) as response:
        assert response.status == status
        assert {name: response.headers[name] for name in CORS} == CORS
        assert response.headers["Server"].startswith("fake-relay/")


async def test_a_preflight_is_answered_without_credentials(server):
    async with server.client.options("/api/42/envelope/") as response:
        assert response.status == 200
        assert response.headers["Access-Control-Allow-Methods"] == "POST"
        assert response.headers["Access-Control-Max-Age"] == "3600"
        allowed = response.headers["Access-Control-Allow-Headers"].split(", ")
        assert {"x-sentry-auth", "content-type", "content-encoding", "sentry-trace"} <= set(allowed)


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("POST", "/api//42///envelope/", 200),
        ("POST", "//api/42/envelope//", 200),
        ("POST", "/api/42/envelope", 404),
        ("GET", "/api/42/envelope/", 405),
        ("PUT", "/api/42/envelope/", 405),
        ("POST", "/api/42/nothing/", 404),
        ("GET", "/nothing", 404),
        ("GET", "//relay//v1///items", 200),
        ("PATCH", "/relay/v1/items", 405),
        ("GET", "//health", 200),
    ],
)
async def test_slashes_and_methods(server, method, path, status):
    answer = await server.raw(
        request(
            f"{method} {path}?sentry_key={KEY} HTTP/1.1", f"Content-Length: {len(BODY)}", body=BODY
        )
    )
    body = answer.partition(b"\r\n\r\n")[2]
    assert status_of(answer) == status
    assert status == 200 or "detail" in msgspec.json.decode(body)
    assert status != 405 or b"\r\nallow: " in answer.lower()


async def test_an_unknown_coding_is_415_in_our_own_words(server):
    headers = {"Content-Encoding": "snappy"}
    async with server.client.post(PATH, data=BODY, headers=headers) as response:
        assert (response.status, "detail" in await response.json()) == (415, True)


@pytest.mark.parametrize("coding", ["", "UTF-8", "identity"])
async def test_codings_that_relay_ignores_are_ignored(server, coding):
    async with server.client.post(PATH, data=BODY, headers={"Content-Encoding": coding}) as answer:
        assert answer.status == 200


async def test_a_broken_stream_is_a_400(server):
    headers = {"Content-Encoding": "gzip"}
    wire = gzip.compress(BODY)[:-6]
    async with server.client.post(PATH, data=wire, headers=headers) as response:
        assert response.status == 400


async def test_a_body_in_chunks_is_an_envelope_like_any_other(server):
    async def chunks():
        for start in range(0, len(BODY), 5):
            yield BODY[start : start + 5]
            await asyncio.sleep(0)

    async with server.client.post(PATH, data=chunks()) as response:
        assert response.status == 200
    assert (await server.items())["items"][0]["title"] == "hi"


async def test_a_length_beyond_the_limit_is_refused_before_the_body_comes(start):
    server = await start(config=RelayConfig(limits=Limits(max_envelope_size=1000)))
    # No byte of the body follows, so an answer can only be an early one.
    head = request(f"POST {PATH} HTTP/1.1", "Content-Length: 1001")
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    writer.write(head)
    assert b" 413 " in await asyncio.wait_for(reader.readline(), 10)
    writer.close()


async def test_chunks_beyond_the_limit_are_refused_while_they_come(start):
    server = await start(config=RelayConfig(limits=Limits(max_envelope_size=1000)))
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    writer.write(request(f"POST {PATH} HTTP/1.1", "Transfer-Encoding: chunked"))
    writer.write(b"3e8\r\n" + b"x" * 1000 + b"\r\n" + b"1\r\nx\r\n")
    # The last chunk never comes.
    assert b" 413 " in await asyncio.wait_for(reader.readline(), 10)
    writer.close()


async def test_each_door_has_its_own_limit(server):
    # A mebibyte is the store door's limit; no byte of the body follows.
    for path, status in ((PATH, b" 100 "), (f"/api/42/store/?sentry_key={KEY}", b" 413 ")):
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        writer.write(
            request(f"POST {path} HTTP/1.1", f"Content-Length: {2**20 + 1}", "Expect: 100-continue")
        )
        assert status in await asyncio.wait_for(reader.readline(), 10)
        writer.close()


async def test_a_body_of_just_the_limit_passes(start):
    server = await start(config=RelayConfig(limits=Limits(max_envelope_size=1000)))
    head = b'{}\n{"type":"attachment"}\n'
    body = head + b"x" * (1000 - len(head))
    async with server.client.post(PATH, data=body) as response:
        assert response.status == 200


async def test_an_event_of_a_megabyte_passes_and_the_server_goes_on(server):
    await server.send(b'{"message":"%b"}' % (b"x" * 1_000_000), b"{}")
    assert len((await server.items(payload="0"))["items"]) == 2


async def test_expect_100_continue_gets_its_go_ahead(server):
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    writer.write(
        request(f"POST {PATH} HTTP/1.1", f"Content-Length: {len(BODY)}", "Expect: 100-continue")
    )
    assert await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 10) == (
        b"HTTP/1.1 100 Continue\r\n\r\n"
    )
    writer.write(BODY)
    assert status_of(await asyncio.wait_for(reader.read(), 10)) == 200
    writer.close()


async def test_a_body_that_stops_coming_is_given_up(start):
    server = await start(web=WebConfig(chunk_timeout=0.05))
    head = request(f"POST {PATH} HTTP/1.1", "Content-Length: 100")
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    writer.write(head + b"{}")
    assert b" 408 " in await asyncio.wait_for(reader.readline(), 10)
    writer.close()


async def test_a_body_that_drips_is_given_up_in_the_end(start):
    server = await start(web=WebConfig(chunk_timeout=5, body_timeout=0.1))
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    writer.write(request(f"POST {PATH} HTTP/1.1", "Content-Length: 100000"))

    async def drip():
        while not writer.is_closing():
            writer.write(b"x")
            await asyncio.sleep(0.01)

    dripping = asyncio.create_task(drip())
    assert b" 408 " in await asyncio.wait_for(reader.readline(), 10)
    writer.close()
    await dripping


@pytest.mark.parametrize("start_of_body", [b"", b"{}\n", BODY])
async def test_a_client_that_leaves_in_mid_body_does_no_harm(server, caplog, start_of_body):
    for _ in range(5):
        _, writer = await asyncio.open_connection("127.0.0.1", server.port)
        writer.write(request(f"POST {PATH} HTTP/1.1", "Content-Length: 1000", body=start_of_body))
        await writer.drain()
        writer.transport.abort()
    await server.send(b"{}")
    assert len((await server.items())["items"]) == 1
    assert [record for record in caplog.records if record.levelno >= logging.WARNING] == []


async def test_a_get_to_the_store_door_carries_an_event_of_a_megabyte(server):
    event = "%7B%22message%22:%22" + "x" * 1_000_000 + "%22%7D"
    answer = await server.raw(
        request(f"GET /api/42/store/?sentry_key={KEY}&sentry_data={event} HTTP/1.1")
    )
    assert status_of(answer) == 200
    assert b"content-type: image/gif" in answer.lower()
    assert (await server.items(payload="0"))["items"][0]["size"] == 1_000_014


@pytest.mark.parametrize(
    "broken",
    [
        b"\r\n\r\n\r\n\r\nhello\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"POST /api/42/envelope/ HTTP/1.1\r\nContent-Length: x\r\n\r\n",
        b"POST /api/42/envelope/ HTTP/1.1\r\nContent-Length: -5\r\n\r\n",
        b"POST /api/42/envelope/ HTTP/1.1\r\nHost: a\r\nHost: b\r\n\x00: c\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"GET / HTTP/1.1\r\nX: " + b"x" * 100_000 + b"\r\n\r\n",
    ],
    ids=lambda broken: repr(broken[:30]),
)
async def test_bytes_that_are_no_request_get_a_4xx_in_words(server, caplog, broken):
    answer = await server.raw(broken)
    assert 400 <= status_of(answer) < 500
    assert "detail" in msgspec.json.decode(answer.partition(b"\r\n\r\n")[2])
    assert [record for record in caplog.records if record.levelno >= logging.WARNING] == []


async def test_an_endless_request_line_ends_its_connection_and_nothing_else(server):
    line = b"GET /" + b"x" * 3_000_000
    # A client that still writes can miss the answer; `raw` returns when the connection ended.
    await server.raw(line)
    await server.send(b"{}")
    assert len((await server.items())["items"]) == 1


async def test_a_broken_chunk_is_a_400(server):
    answer = await server.raw(
        request(
            f"POST {PATH} HTTP/1.1", "Transfer-Encoding: chunked", body=b"zz\r\n{}\r\n0\r\n\r\n"
        )
    )
    assert status_of(answer) == 400


async def test_head_and_body_of_an_answer_are_one_write(server):
    """Two writes would cost a client with delayed acknowledgements 40 ms each time."""
    with socket.create_connection(("127.0.0.1", server.port)) as connection:
        connection.setblocking(False)
        loop = asyncio.get_running_loop()
        for _ in range(20):
            head = f"POST {PATH} HTTP/1.1\r\nHost: localhost\r\nContent-Length: {len(BODY)}\r\n\r\n"
            await loop.sock_sendall(connection, head.encode() + BODY)
            first = await loop.sock_recv(connection, 65536)
            status, _, body = first.partition(b"\r\n\r\n")
            assert (b"200 OK" in status, body[:6]) == (True, b'{"id":')


async def test_pipelined_requests_are_answered_in_order(server):
    ids = [uuid.uuid4().hex for _ in range(10)]
    wire = b""
    for event_id in ids:
        body = b'{"event_id":"%b"}\n{"type":"event"}\n{}\n' % event_id.encode()
        wire += (
            b"POST %b HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n"
            % (PATH.encode(), len(body))
        ) + body
    wire += request("GET /health HTTP/1.1")
    answer = await server.raw(wire)
    found = [part[:32].decode() for part in answer.split(b'{"id":"')[1:]]
    assert found == ids


async def test_what_an_sdk_holds_a_200_for_can_be_read_at_once(server):
    async def send_and_read(number: int) -> bool:
        event_id = uuid.uuid4().hex
        body = b'{"event_id":"%b"}\n{"type":"event"}\n{}\n' % event_id.encode()
        async with server.client.post(PATH, data=body) as response:
            assert response.status == 200
        return len((await server.items(event_id=event_id))["items"]) == 1

    assert all(await asyncio.gather(*map(send_and_read, range(50))))


async def test_a_real_sdk_sends_fifty_events(server):
    def send() -> None:
        client = sentry_sdk.Client(
            f"http://{KEY}@127.0.0.1:{server.port}/42", transport_queue_size=99
        )
        for number in range(50):
            client.capture_event({"message": f"number {number}"})
        client.close(timeout=20)

    await asyncio.to_thread(send)
    titles = [item["title"] for item in (await server.items(type="event", limit=99))["items"]]
    assert titles == [f"number {number}" for number in reversed(range(50))]


async def test_header_bytes_that_are_not_utf_8_are_kept_as_replacements(server):
    answer = await server.raw(
        b"POST %b HTTP/1.1\r\nHost: localhost\r\nUser-Agent: caf\xe9\r\nConnection: close\r\n"
        b"Content-Length: %d\r\n\r\n%b" % (PATH.encode(), len(BODY), BODY)
    )
    assert status_of(answer) == 200
    _, page = await server.get("/relay/v1/envelopes")
    assert page["envelopes"][0]["user_agent"] == "caf\N{REPLACEMENT CHARACTER}"


async def test_a_bug_is_answered_500_once_and_collected(server, monkeypatch, caplog):
    def broken(*args: object) -> None:
        raise ZeroDivisionError("a bug")

    monkeypatch.setattr(server.relay, "_keep", broken)
    async with server.client.post(PATH, data=BODY) as response:
        assert (response.status, "detail" in await response.json()) == (500, True)
        assert response.headers["Access-Control-Allow-Origin"] == "*"
    assert [str(error) for error in server.errors] == ["a bug"]
    assert [record.exc_info is not None for record in caplog.records] == [True]
    server.errors.clear()


@pytest.mark.parametrize(
    ("error", "status", "bugs"), [(StoreError("disk full"), 503, 0), (KeyError("x"), 503, 1)]
)
async def test_a_commit_that_fails_answers_everybody_who_waited(
    server, monkeypatch, caplog, error, status, bugs
):
    def broken() -> int:
        raise error

    monkeypatch.setattr(server.relay.store, "commit", broken)

    async def post() -> int:
        async with server.client.post(PATH, data=BODY) as response:
            answered: int = response.status
            return answered

    assert await asyncio.gather(*(post() for _ in range(5))) == [status] * 5
    assert (len(server.errors) > 0) == bool(bugs)
    server.errors.clear()
