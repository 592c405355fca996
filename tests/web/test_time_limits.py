"""Connections that say nothing more: how long they are kept."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest

from fake_relay.errors import RequestRefused
from fake_relay.web.body import pieces
from fake_relay.web.settings import WebConfig

GOOD = b"GET /api/relay/healthcheck/live/ HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"


@pytest.mark.parametrize(
    "said",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"POST /api/42/envelope/ HTTP/1.1\r\nHost: 127", id="half a head"),
        pytest.param(GOOD + GOOD[:20], id="a request and half a head"),
    ],
)
async def test_a_connection_without_a_whole_request_is_cut(start, said):
    server = await start(web=WebConfig(idle_timeout=0.05))
    answers = await server.raw(said, timeout=20)
    assert answers.count(b"HTTP/1.1 200") == said.count(b"\r\n\r\n")


async def test_a_connection_that_is_used_again_in_time_is_kept(start):
    server = await start(web=WebConfig(idle_timeout=30))
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    for _ in range(3):
        writer.write(GOOD)
        assert (await reader.readuntil(b"}")).startswith(b"HTTP/1.1 200")
    writer.close()


async def test_an_idle_connection_that_waits_for_its_answer_is_not_cut(start):
    """The answer to a question about what is still to come takes its time."""
    server = await start(web=WebConfig(idle_timeout=0.02))
    asked = {"where": {"message": "never"}, "within": 0.2}
    async with server.client.post("/relay/v1/expect?project=42", json=asked) as response:
        assert response.status == 417


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/relay/v1/expect"),
        ("PUT", "/relay/v1/faults"),
        ("POST", f"/api/embed/error-page/?eventId={'b' * 32}&dsn=http://{'a' * 32}@127.0.0.1/42"),
    ],
)
async def test_a_body_of_the_api_that_stops_is_given_up(start, method, path):
    server = await start(web=WebConfig(chunk_timeout=0.05))
    head = f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 100\r\n\r\n"
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    writer.write(head.encode() + b"{")
    assert b" 408 " in await asyncio.wait_for(reader.readline(), 20)
    writer.close()


class Clock:
    """A body of which a piece comes every so many seconds, by a clock that only that moves."""

    def __init__(self, monkeypatch, seconds):
        self.now = 0.0
        self.seconds = seconds
        monkeypatch.setattr(asyncio.get_running_loop(), "time", lambda: self.now)

    async def readany(self):
        """Another piece, late."""
        self.now += self.seconds
        # The loop looks at its clock.
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        return b"x"


async def came(monkeypatch, seconds, config):
    """How many pieces came, and the status when time was up."""
    found = 0
    request: Any = SimpleNamespace(content=Clock(monkeypatch, seconds))
    try:
        async for _ in pieces(request, config):
            found += 1
    except RequestRefused as refused:
        return found, refused.status


async def test_a_slow_sender_is_not_cut_as_long_as_something_comes(monkeypatch):
    config = WebConfig()
    assert await came(monkeypatch, 20, config) == (config.body_timeout // 20 - 1, 408)


async def test_a_sender_that_pauses_is_cut_at_once(monkeypatch):
    assert await came(monkeypatch, 31, WebConfig()) == (0, 408)
