"""News of pages: what each page is told of, how much, and from where on."""

from __future__ import annotations

import html
import json
import re
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from fake_relay.relay import Relay
from fake_relay.store import open_store
from fake_relay.web.pages import PAGES
from fake_relay.web.runner import serving
from fake_relay.web.settings import WebConfig

DOOR = "/api/42/envelope/?sentry_key=" + "a" * 32


def stream_of(page: str) -> tuple[str, str]:
    """The path of a page's stream, and what the page has seen."""
    found = re.search(r'<main[^>]* data-news="([^"]+)" data-seen="([^"]+)"', page)
    assert found is not None, "the page follows nothing"
    return html.unescape(found[1]), html.unescape(found[2])


async def first_news(stream: Any) -> tuple[str, dict[str, Any]]:
    """Id and content of the next event of a stream."""
    told = ""
    async for line in stream.content:
        if line.startswith(b"id: "):
            told = line.removeprefix(b"id: ").decode().strip()
        if line.startswith(b"data: "):
            content: dict[str, Any] = json.loads(line.removeprefix(b"data: "))
            return told, content
    raise AssertionError("the stream ended without news")


async def news(server: Any, see: Any, path: str, act: Any, **query: str) -> dict[str, Any]:
    """What a page is told of when something happens while it is open."""
    _, page = await see(path, params=query)
    address, seen = stream_of(page)
    async with server.client.get(address, params={**query, "seen": seen}) as stream:
        assert stream.content_type == "text/event-stream"
        await act()
        _, told = await first_news(stream)
        return told


def test_every_page_that_lists_what_arrives_follows_it() -> None:
    still = {page.path for page in PAGES if page.follows is None}
    assert still == {
        "/", "/items/{id}", "/profiles/{id}", "/why", "/refused/{id}", "/envelopes/{id}", "/login",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("path", "kind", "payload"),
    [
        ("/logs", "log", b'{"items":[]}'),
        ("/trace-metrics", "trace_metric", b'{"items":[]}'),
        ("/releases", "session", b'{"sid":"1"}'),
        ("/monitors", "check_in", b'{"monitor_slug":"a"}'),
        ("/profiles", "profile", b"{}"),
        ("/replays", "replay_event", b"{}"),
        ("/feedback", "user_report", b"{}"),
        ("/attachments", "attachment", b"x"),
        ("/traces", "event", b'{"contexts":{"trace":{"trace_id":"%b"}}}' % (b"b" * 32)),
        ("/envelopes", "made_up", b"?"),
        ("/ledger", "made_up", b"?"),
    ],
)
async def test_a_page_is_told_of_its_kind(
    server: Any, see: Any, path: str, kind: str, payload: bytes
) -> None:
    async def act() -> None:
        await server.send(payload, item_type=kind)

    assert await news(server, see, path, act) == {"count": 1, "more": False}


async def test_one_trace_is_told_of_what_belongs_to_it_alone(server: Any, see: Any) -> None:
    event = '{"contexts":{"trace":{"trace_id":"%s"}}}'
    await server.send((event % ("b" * 32)).encode())

    async def act() -> None:
        await server.send((event % ("c" * 32)).encode(), (event % ("b" * 32)).encode())

    told = await news(server, see, "/traces/" + "b" * 32, act)
    assert told["count"] == 1


async def test_what_a_search_does_not_find_is_no_news(server: Any, see: Any) -> None:
    async def act() -> None:
        await server.send(b'{"items":[{"body":"a","level":"info"}]}', item_type="log")
        await server.send(b'{"items":[{"body":"b","level":"error"}]}', item_type="log")

    told = await news(server, see, "/logs", act, q="level:error")
    assert told["count"] == 1


async def test_refused_requests_are_news_for_their_page_and_the_ledger(
    server: Any, see: Any
) -> None:
    async def act() -> None:
        async with server.client.post(DOOR, data=b"no") as sent:
            assert sent.status == 400

    for path in ("/refused", "/ledger"):
        assert await news(server, see, path, act) == {"count": 1, "more": False}


async def test_an_envelope_of_many_items_is_one_of_envelopes(server: Any, see: Any) -> None:
    async def act() -> None:
        async with server.client.post(DOOR, data=b'{}\n{"type":"a"}\n1\n{"type":"b"}\n2') as sent:
            assert sent.status == 200

    assert (await news(server, see, "/envelopes", act))["count"] == 1


async def test_a_plan_that_changes_and_a_fault_that_fires_are_told(server: Any, see: Any) -> None:
    async def add() -> None:
        async with server.client.post("/faults/add", data={"effect": "status=503"}) as response:
            assert response.status == 200

    async def meet() -> None:
        async with server.client.post(DOOR, data=b"{}\n") as sent:
            assert sent.status == 503

    assert await news(server, see, "/faults", add) == {"count": 0, "more": False}
    assert await news(server, see, "/faults", meet) == {"count": 0, "more": False}


async def test_a_report_that_appears_is_told(start: Any, see: Any, tmp_path: Path) -> None:
    server = await start(web=WebConfig(reports=str(tmp_path)))
    _, page = await see("/scenarios", on=server)
    address, seen = stream_of(page)
    async with server.client.get(address, params={"seen": seen}) as stream:
        (tmp_path / "run.json").write_text('{"results":[]}')
        told, _ = await first_news(stream)
    _, page = await see("/scenarios", on=server)
    assert stream_of(page) == (address, told)


async def test_an_upstream_that_is_set_is_told(server: Any, see: Any) -> None:
    async def act() -> None:
        body = {"dsn": "http://abc@127.0.0.1:9/1", "enabled": False}
        async with server.client.put("/relay/v1/forward/upstreams/real", json=body) as response:
            assert response.status < 300, await response.text()

    assert await news(server, see, "/forwarding", act) == {"count": 0, "more": False}


async def test_a_returning_page_is_told_of_what_came_meanwhile(server: Any) -> None:
    await server.send(b"{}", b"{}", b"{}", item_type="log")
    headers = {"Last-Event-ID": "1-0-"}
    async with server.client.get("/logs/news?seen=3-0-", headers=headers) as stream:
        assert await first_news(stream) == ("3-0-", {"count": 2, "more": False})


async def flood(server: Any, envelopes: int) -> None:
    """Send envelopes of 400 items."""
    for _ in range(envelopes):
        async with server.client.post(DOOR, data=b"{}\n" + b'{"type":"x"}\n{}\n' * 400) as sent:
            assert sent.status == 200


async def test_a_flood_is_counted_only_so_far(server: Any) -> None:
    await flood(server, 1)
    async with server.client.get("/ledger/news?seen=0-0-") as stream:
        assert await first_news(stream) == ("400-0-", {"count": 200, "more": True})


async def test_a_store_that_began_anew_is_news(server: Any) -> None:
    async with server.client.get("/logs/news?seen=900-0-") as stream:
        assert await first_news(stream) == ("0-0-", {"count": 0, "more": False})


@pytest.mark.parametrize("seen", ["", "x", "1", "-1-2-", "9" * 40 + "-0-", "٣-0-"])
async def test_what_a_page_cannot_have_seen_is_as_nothing(server: Any, seen: str) -> None:
    await server.send(b"{}", item_type="log")
    async with server.client.get("/logs/news", params={"seen": seen}) as stream:
        assert stream.status == 200
        await server.send(b"{}", item_type="log")
        assert (await first_news(stream))[1]["count"] == 1


async def test_a_search_that_is_wrong_follows_nothing(server: Any, see: Any) -> None:
    _, page = await see("/logs?q=level:>")
    assert "data-news" not in page
    async with server.client.get("/logs/news?q=level:>") as response:
        assert response.status == 400


async def test_news_are_for_those_with_the_token(start: Any) -> None:
    server = await start(web=WebConfig(token="secret"))
    async with server.client.get("/logs/news") as response:
        assert response.status == 401
    headers = {"Cookie": "fake-relay-token=secret"}
    async with server.client.get("/logs/news", headers=headers) as response:
        assert response.status == 200


async def test_an_inbox_that_is_far_behind_is_told_to_look_anew(server: Any) -> None:
    await flood(server, 3)
    async with server.client.get("/inbox/rows?after=5") as stream:
        assert await first_news(stream) == ("1200", {})
    async with server.client.get("/inbox/rows?after=1199") as stream:
        assert (await first_news(stream))[1]["count"] == 1


async def test_a_stream_ends_with_the_server() -> None:
    store = open_store("memory:")
    async with aiohttp.ClientSession() as client:
        async with serving(Relay(store)) as url:
            stream = await client.get(f"{url}/faults/news")
            assert await stream.content.readline() == b": news\n"
        assert await stream.content.read() == b"\n"
    store.close()
