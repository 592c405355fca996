"""Server-sent events: our own stream, and Spotlight's."""

from __future__ import annotations

import asyncio
import base64
from contextlib import asynccontextmanager

import msgspec
import pytest


class Events:
    """Reads frames off a response."""

    def __init__(self, response):
        self.response = response

    async def next(self, wanted: bool = True) -> dict[str, str]:
        """The fields of the next frame that is not a comment."""
        while True:
            fields: dict[str, str] = {}
            while line := (await asyncio.wait_for(self.response.content.readline(), 20)).strip():
                name, _, value = line.decode().partition(": ")
                fields[name] = value
            if "data" in fields:
                return fields
            if self.response.content.at_eof():
                return {}


@pytest.fixture
def listen(server):
    @asynccontextmanager
    async def listening(path, **headers):
        async with server.client.get(path, headers=headers) as response:
            assert response.status == 200, await response.text()
            assert response.headers["Content-Type"] == "text/event-stream"
            await response.content.readline()
            yield Events(response)

    return listening


async def test_items_are_streamed_as_they_are_stored(server, listen):
    await server.send(b'{"message":"before"}')
    async with listen("/relay/v1/stream") as events:
        await server.send(b'{"message":"one"}', b'{"message":"two"}')
        frames = [await events.next() for _ in range(2)]
    assert [(frame["id"], frame["event"]) for frame in frames] == [("2", "item"), ("3", "item")]
    items = [msgspec.json.decode(frame["data"]) for frame in frames]
    assert [(item["title"], item["payload"]) for item in items] == [("one", None), ("two", None)]


async def test_a_stream_resumes_behind_the_last_event_that_its_client_saw(server, listen):
    await server.send(*(b"{}" for _ in range(4)))
    async with listen("/relay/v1/stream", **{"Last-Event-ID": "2"}) as events:
        assert [(await events.next())["id"] for _ in range(2)] == ["3", "4"]


async def test_a_stream_is_narrowed_like_a_page(server, listen):
    async with listen("/relay/v1/stream?project=2&type=event&q=level:info") as events:
        await server.send(b'{"level":"info","message":"other"}', project="1")
        await server.send(b'{"level":"error"}', b'{"level":"info","message":"mine"}', project="2")
        assert msgspec.json.decode((await events.next())["data"])["title"] == "mine"


async def test_a_payload_with_line_breaks_stays_one_frame(server, listen):
    async with listen("/relay/v1/stream?payload=1&after=0") as events:
        await server.send(b'{\r\n "message":\n\n "a\\nb"\r}', b"{}")
        item = msgspec.json.decode((await events.next())["data"])
        assert item["payload"] == {"message": "a\nb"}
        assert (await events.next())["id"] == "2"


async def test_nothing_is_lost_between_pages(server, listen, monkeypatch):
    monkeypatch.setattr("fake_relay.web.sse.PAGE", 3)
    monkeypatch.setattr("fake_relay.web.sse.WINDOW", 7)
    async with listen("/relay/v1/stream?after=0") as events:
        await asyncio.gather(*(server.send(b"{}", b"{}") for _ in range(20)))
        ids = [int((await events.next())["id"]) for _ in range(40)]
    assert ids == list(range(1, 41))


async def test_silence_is_filled_with_comments(server, monkeypatch):
    monkeypatch.setattr("fake_relay.web.sse.HEARTBEAT", 0.01)
    async with server.client.get("/relay/v1/stream") as response:
        lines = [await response.content.readline() for _ in range(6)]
    assert lines[2::2] == [b": still here\n", b": still here\n"]


async def test_a_wrong_search_is_refused_before_the_stream_begins(server):
    status, problem = await server.get("/relay/v1/stream", params={"q": '"open'})
    assert (status, "column" in problem) == (400, True)


async def test_clients_that_leave_do_no_harm(server, listen, caplog):
    for _ in range(5):
        async with listen("/relay/v1/stream?after=0"):
            await server.send(b"{}")
    await server.send(b"{}")
    assert caplog.records == []


ENVELOPE = (
    b'{"sdk":{"name":"sentry.python"}}\n{"type":"event"}\n{"message":"hi"}\n'
    b'{"type":"attachment","filename":"a","length":3}\n\x00\xffz\n'
)


async def test_spotlight_gets_whole_envelopes_in_its_own_frames(server, listen):
    async with listen("/stream") as events:
        async with server.client.post(
            "/stream", data=ENVELOPE, headers={"User-Agent": "sentry.python/2"}
        ) as response:
            assert (response.status, await response.read()) == (200, b"")
            assert response.headers["Cache-Control"] == "no-cache"
        frame = await events.next()
    assert frame["event"] == "application/x-sentry-envelope"
    assert msgspec.json.decode(frame["data"]) == [
        {
            "sdk": {"name": "sentry.python"},
            "__spotlight_envelope_id": "1",
            "__spotlight_sender_user_agent": "sentry.python/2",
            "__spotlight_inferred_source": "server",
        },
        [
            [{"type": "event"}, {"message": "hi"}],
            [
                {"type": "attachment", "filename": "a", "length": 3},
                {"data": "\x00\N{REPLACEMENT CHARACTER}z"},
            ],
        ],
    ]


async def test_spotlight_gets_bytes_in_base64_when_it_asks_and_resumes(server, listen):
    for _ in range(2):
        async with server.client.post("/stream", data=ENVELOPE) as response:
            assert response.status == 200
    async with listen("/stream?base64", **{"Last-Event-ID": "2"}) as events:
        frame = await events.next()
    header, items = msgspec.json.decode(frame["data"])
    assert frame["event"] == "application/x-sentry-envelope;base64"
    assert header["__spotlight_envelope_id"] == "2"
    assert base64.b64decode(items[1][1]["data"]) == b"\x00\xffz"


async def test_items_that_came_by_spotlight_are_marked(server):
    async with server.client.post("/stream", data=ENVELOPE) as response:
        assert response.status == 200
    assert {item["spotlight"] for item in (await server.items())["items"]} == {True}


async def test_spotlights_page_may_read_the_stream_from_a_port_of_its_own(server):
    headers = {"Origin": "http://localhost:5173"}
    async with server.client.get("/stream", headers=headers) as response:
        assert response.headers["Access-Control-Allow-Origin"] == "http://localhost:5173"
    headers = {"Origin": "https://evil.example"}
    assert (await server.get("/stream", headers=headers))[0] == 403
