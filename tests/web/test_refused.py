"""Refused requests over HTTP: every door's refusal is a row, readable once it is answered."""

from __future__ import annotations

import asyncio
import gzip
import json
from typing import Any

import pytest

from fake_relay.config import Limits, ProjectConfig, RelayConfig
from fake_relay.errors import StoreError
from fake_relay.intake.refusal import MAX_WIRE
from fake_relay.store.memory import MemoryStore
from fake_relay.web.settings import WebConfig

KEY = "a" * 32
DOOR = "/api/42/envelope/"
AUTH = {"X-Sentry-Auth": f"Sentry sentry_version=7, sentry_key={KEY}, sentry_client=sdk/1"}


async def refused(server: Any, **parameters: Any) -> list[dict[str, Any]]:
    status, page = await server.get("/relay/v1/refused", params=parameters)
    assert status == 200, page
    found: list[dict[str, Any]] = page["refused"]
    return found


async def post(server: Any, path: str, data: bytes, **headers: str) -> int:
    async with server.client.post(path, data=data, headers=headers) as response:
        await response.read()
        return int(response.status)


async def test_a_door_that_refuses_leaves_a_row_with_who_sent_what(server):
    assert await post(server, f"{DOOR}?a=b", b"not an envelope", **AUTH) == 400
    (found,) = await refused(server)
    assert (found["door"], found["project"], found["public_key"]) == ("envelope", "42", KEY)
    assert (found["status"], found["reason"]) == (400, "invalid_envelope")
    assert (found["method"], found["path"], found["query"]) == ("POST", DOOR, "a=b")
    assert (found["client"], found["wire_size"], found["kept"]) == ("sdk/1", 15, 15)
    assert found["headers"]["x-sentry-auth"] == AUTH["X-Sentry-Auth"]
    assert (await server.get(f"/relay/v1/refused/{found['id']}")) == (200, found)


async def test_the_bytes_are_given_back_as_they_came_and_never_as_a_page(server):
    body = gzip.compress(b"no envelope")
    await post(server, DOOR, body, **AUTH, **{"Content-Encoding": "gzip"})
    async with server.client.get("/relay/v1/refused/1/raw") as response:
        assert await response.read() == body
        assert response.headers["Content-Type"] == "application/octet-stream"
        assert response.headers["Content-Disposition"].startswith("attachment")
    assert (await refused(server))[0]["coding"] == "gzip"


@pytest.mark.parametrize(
    ("method", "path", "status", "reason"),
    [
        ("POST", "/api/42/envelope/", 401, "auth_client"),
        ("POST", "/api/x/envelope/", 400, "project_id"),
        ("GET", "/api/42/envelope/", 405, "disallowed_method"),
        ("POST", "/api/42/envelop/", 404, "no_door"),
        # Only the build of Relay that Sentry runs itself has this door.
        ("POST", "/api/42/playstation/", 404, "no_door"),
        ("POST", "/sentry/api/42/envelope/", 404, "no_door"),
        ("POST", "/anything", 404, "no_door"),
        ("POST", "/", 405, "no_door"),
        ("GET", "/api/42/nowhere/", 404, "no_door"),
    ],
)
async def test_whatever_an_sdk_may_have_meant_to_send_is_a_row(
    server, method, path, status, reason
):
    async with server.client.request(method, path, data=b"x" * 10) as response:
        assert response.status == status
    (found,) = await refused(server)
    assert (found["status"], found["reason"], found["kept"]) == (status, reason, 10)
    assert found["project"] == ("42" if "/42/" in path else "")


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/favicon.ico"),
        ("GET", "/relay/v1/nothing"),
        ("POST", "/relay/v1/nothing"),
        ("GET", "/api/0/nothing/"),
        ("GET", "/relay/v1/items/99"),
    ],
)
async def test_mistakes_at_our_own_api_are_no_refused_events(server, method, path):
    async with server.client.request(method, path) as response:
        assert response.status in (404, 405)
    assert await refused(server) == []


async def test_the_dsn_in_the_envelope_tells_whose_it_is_where_nothing_else_does(server):
    header = json.dumps({"dsn": f"http://{KEY}@localhost/7"}).encode()
    assert (
        await post(
            server, "/somewhere", gzip.compress(header + b"\n"), **{"Content-Encoding": "gzip"}
        )
        == 404
    )
    (found,) = await refused(server, project="7")
    assert found["public_key"] == KEY


async def test_a_token_of_our_own_is_never_kept(start):
    server = await start(web=WebConfig(token="s3cret-token"))
    headers = {"Authorization": "Bearer s3cret-token", "X-Fake-Relay-Token": "s3cret-token"}
    assert await post(server, DOOR, b"{}", **headers) == 401
    assert await post(server, "/api/1/nowhere/", b"{}", **headers) == 404
    async with server.client.get("/relay/v1/refused", headers=headers) as response:
        text = await response.text()
    assert len(json.loads(text)["refused"]) == 2
    assert "s3cret" not in text


async def test_of_a_large_body_the_beginning_is_kept(server):
    body = b"{}\n" + b"x" * (MAX_WIRE * 3)
    assert await post(server, DOOR, body, **AUTH) == 400
    (found,) = await refused(server)
    assert (found["wire_size"], found["kept"]) == (len(body), MAX_WIRE)


async def status_line(server: Any, head: str, body: bytes) -> bytes:
    """How the server begins to answer a request whose body does not come to its end."""
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    writer.write(f"{head}\r\nHost: localhost\r\n".encode() + body)
    line = await asyncio.wait_for(reader.readline(), 10)
    writer.close()
    return line


async def test_a_body_that_is_too_large_is_kept_as_far_as_it_came(start):
    server = await start(config=RelayConfig(limits=Limits(max_envelope_size=1000)))
    head = f"POST {DOOR}?sentry_key={KEY} HTTP/1.1\r\nTransfer-Encoding: chunked"
    body = b"\r\n3e8\r\n" + b"x" * 1000 + b"\r\n1\r\ny\r\n"
    assert b" 413 " in await status_line(server, head, body)
    (found,) = await refused(server)
    assert (found["door"], found["reason"]) == ("envelope", "request_too_large")
    assert (found["wire_size"], found["kept"]) == (1001, 1001)


async def test_a_body_of_a_length_beyond_the_limit_is_a_row_with_its_length(start):
    server = await start(config=RelayConfig(limits=Limits(max_envelope_size=1000)))
    head = f"POST {DOOR}?sentry_key={KEY} HTTP/1.1\r\nContent-Length: 5000"
    assert b" 413 " in await status_line(server, head, b"\r\n")
    (found,) = await refused(server)
    assert (found["project"], found["wire_size"], found["kept"]) == ("42", 5000, 0)


async def test_a_body_that_stops_coming_is_kept_as_far_as_it_came(start):
    server = await start(web=WebConfig(chunk_timeout=0.05))
    head = f"POST {DOOR}?sentry_key={KEY} HTTP/1.1\r\nContent-Length: 100"
    assert b" 408 " in await status_line(server, head, b'\r\n{"event_id"')
    (found,) = await refused(server)
    assert (found["status"], found["wire_size"], found["kept"]) == (408, 100, 11)


async def test_strict_mode_refuses_by_project_and_leaves_a_row(start):
    known = ProjectConfig("1", public_keys=("b" * 32,))
    server = await start(config=RelayConfig(strict=True, projects=(known,)))
    assert await post(server, "/api/1/envelope/", b"{}\n", **AUTH) == 403
    (found,) = await refused(server, project="1")
    assert (found["status"], found["public_key"]) == (403, KEY)


async def test_pages_and_projects_narrow(server):
    for n in range(3):
        await post(server, f"/api/{n % 2}/envelope/", b"", **AUTH)
    status, page = await server.get("/relay/v1/refused", params={"limit": 2})
    assert [found["id"] for found in page["refused"]] == [3, 2]
    status, page = await server.get("/relay/v1/refused", params={"cursor": page["next"]})
    assert (status, [found["id"] for found in page["refused"]], page["next"]) == (200, [1], None)
    assert [found["id"] for found in await refused(server, project="1")] == [2]


async def test_an_unknown_refusal_is_a_404_in_words(server):
    for path in ("/relay/v1/refused/9", "/relay/v1/refused/9/raw", "/relay/v1/refused/x"):
        status, problem = await server.get(path)
        assert status == 404
        assert problem["detail"]


async def test_deleting_a_projects_items_deletes_its_refusals(server):
    await post(server, DOOR, b"", **AUTH)
    async with server.client.delete("/relay/v1/items", params={"project": "42"}) as response:
        assert response.status == 200
    assert await refused(server) == []


class Broken(MemoryStore):
    """A store whose disk is full."""

    def commit(self) -> int:
        """Fail."""
        raise StoreError("the disk is full")


async def test_a_refusal_is_answered_in_its_own_words_when_the_store_fails(start):
    server = await start(store=Broken())
    async with server.client.post(DOOR, data=b"", headers=AUTH) as response:
        assert (response.status, (await response.json())["detail"]) == (400, "empty request body")
    async with server.client.post(DOOR, data=b"{}\n", headers=AUTH) as response:
        assert response.status == 503


async def test_the_stream_tells_of_refused_requests_when_asked_to(server):
    async with server.client.get("/relay/v1/stream", params={"refused": 1}) as stream:
        assert await stream.content.readline() == b": items\n"
        await post(server, DOOR, b"", **AUTH)
        await server.send(b'{"message":"after"}')
        seen: list[bytes] = []
        async with asyncio.timeout(10):
            while b"event: item\n" not in seen:
                seen.append(await stream.content.readline())
    assert seen.index(b"event: refused\n") < seen.index(b"event: item\n")
    data = json.loads(seen[seen.index(b"event: refused\n") + 1].removeprefix(b"data: "))
    assert data["reason"] == "empty_body"


async def test_a_stream_of_items_alone_says_nothing_of_refusals(server):
    async with server.client.get("/relay/v1/stream", params={"project": 42}) as stream:
        assert await stream.content.readline() == b": items\n"
        await post(server, DOOR, b"", **AUTH)
        await server.send(b'{"message":"after"}')
        seen: list[bytes] = []
        async with asyncio.timeout(10):
            while b"event: item\n" not in seen:
                seen.append(await stream.content.readline())
    assert b"event: refused\n" not in seen
