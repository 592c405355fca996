"""Items over HTTP: pages, cursors, waits, payloads, deletion."""

from __future__ import annotations

import asyncio
import json
import re

import pytest

from fake_relay.store import work
from fake_relay.web.api import selecting


async def test_an_item_shows_what_was_sent_and_what_is_known_of_it(server):
    await server.send(b'{"message":"boom","level":"warning","timestamp":1700000000.25}')
    [item] = (await server.items())["items"]
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", item.pop("received_at"))
    assert re.fullmatch("[0-9a-f]{32}", item.pop("event_id"))
    assert item == {
        "id": 1,
        "type": "event",
        "project": "42",
        "public_key": "a" * 32,
        "trace_id": "",
        "timestamp": "2023-11-14T22:13:20.250000Z",
        "duration": None,
        "level": "warning",
        "title": "boom",
        "count": 1,
        "outcome": "",
        "spotlight": False,
        "faults": [],
        "refused_records": [],
        "envelope_id": 1,
        "headers": {"type": "event", "length": 62},
        "payload": {"message": "boom", "level": "warning", "timestamp": 1700000000.25},
        "size": 62,
    }


async def test_items_come_newest_first_and_the_cursor_walks_through_all_of_them(server):
    await server.send(*(b'{"message":"%d"}' % number for number in range(7)))
    seen: list[int] = []
    cursor: dict[str, int] = {}
    while True:
        page = await server.items(limit=3, **cursor)
        seen += [item["id"] for item in page["items"]]
        if page["next"] is None:
            break
        cursor = {"cursor": page["next"]}
    assert seen == [7, 6, 5, 4, 3, 2, 1]


async def test_filters_narrow_a_page(server):
    await server.send(b'{"message":"one"}', project="1")
    await server.send(b'{"message":"two"}', project="2")
    await server.send(b'{"sid":"x"}', project="1", item_type="session")
    found = (await server.items(project="1", type="event"))["items"]
    assert [item["payload"]["message"] for item in found] == ["one"]


async def test_an_event_id_is_found_in_any_spelling(server):
    body = b'{"event_id":"9ec79c33ec9942ab8353589fcb2e04dc"}\n{"type":"event"}\n{}\n'
    async with server.client.post(f"/api/42/envelope/?sentry_key={'a' * 32}", data=body):
        pass
    found = await server.items(event_id="9EC79C33-EC99-42AB-8353-589FCB2E04DC")
    assert [item["id"] for item in found["items"]] == [1]


async def test_a_search_finds_and_a_wrong_one_names_its_column(server):
    await server.send(b'{"message":"a","level":"error"}', b'{"message":"b","level":"info"}')
    found = await server.items(q="level:info")
    assert [item["title"] for item in found["items"]] == ["b"]
    status, problem = await server.get("/relay/v1/items", params={"q": 'level:error "open'})
    assert (status, set(problem)) == (400, {"detail", "column"})


async def test_payload_0_leaves_payloads_out(server):
    await server.send(b'{"message":"boom"}')
    assert (await server.items(payload="0"))["items"][0]["payload"] is None


@pytest.mark.parametrize(
    "payload", [b"\x00\x01\xff", b'{"cut":', b"", b'"\xff"', b"[" * 5000], ids=repr
)
async def test_what_is_not_json_shows_as_null(server, payload):
    await server.send(payload, item_type="attachment")
    assert (await server.items())["items"][0]["payload"] is None


async def test_numbers_in_a_payload_are_not_rounded(server):
    await server.send(b'{"big":123456789012345678901234567890,"exact":0.10000000000000000555}')
    async with server.client.get("/relay/v1/items/1") as response:
        assert b'"big":123456789012345678901234567890,"exact":0.10000000000000000555' in (
            await response.read()
        )


async def test_a_wait_is_over_as_soon_as_something_newer_matches(server):
    await server.send(b'{"message":"old"}')
    waiting = asyncio.create_task(server.items(after=1, type="event", wait=30))
    await server.send(b"{}", item_type="session")
    await server.send(b'{"message":"new"}')
    page = await asyncio.wait_for(waiting, 10)
    assert [item["title"] for item in page["items"]] == ["new"]


async def test_a_wait_without_a_match_ends_with_an_empty_page_and_the_position(server):
    await server.send(b'{"message":"old"}')
    assert await server.items(after=1, wait=0.05) == {"items": [], "next": None, "position": 1}


async def test_following_by_position_neither_repeats_nor_misses_items(server):
    seen: list[int] = []
    position = 0

    async def follow():
        nonlocal position
        while len(seen) < 60:
            page = await server.items(after=position, wait=30, limit=1000)
            seen.extend(item["id"] for item in reversed(page["items"]))
            position = page["position"]

    following = asyncio.create_task(follow())
    await asyncio.gather(*(server.send(b"{}", b"{}", b"{}") for _ in range(20)))
    await asyncio.wait_for(following, 20)
    assert seen == list(range(1, 61))


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("limit=0", 400),
        ("limit=1001", 400),
        ("limit=x", 400),
        ("limit=%D9%A3", 400),
        ("after=-1", 400),
        ("after=99999999999999999999999", 400),
        ("cursor=x", 400),
        ("cursor=b0", 400),
        ("cursor=b-5", 400),
        ("event_id=zz", 400),
        ("wait=nan", 400),
        ("wait=-1", 400),
        ("payload=yes", 400),
        ("view=other", 400),
    ],
)
async def test_a_wrong_parameter_is_explained(server, query, status):
    async with server.client.get(f"/relay/v1/items?{query}") as response:
        problem = await response.json()
        assert (response.status, query.partition("=")[0] in problem["detail"]) == (status, True)


async def test_a_payload_comes_byte_for_byte(server):
    payload = b'{ "message" :\t"b\xc3\xb6\xc3\xb6m" }'
    await server.send(payload)
    async with server.client.get("/relay/v1/items/1/payload") as response:
        assert await response.read() == payload
        assert response.headers["Content-Type"] == "application/json"
        assert response.headers["X-Content-Type-Options"] == "nosniff"


async def test_a_payload_that_is_not_json_is_downloaded_and_never_shown(server):
    await server.send(b"<script>alert(1)</script>", item_type="attachment")
    async with server.client.get("/relay/v1/items/1/payload") as response:
        assert response.headers["Content-Type"] == "application/octet-stream"
        assert response.headers["Content-Disposition"].startswith("attachment")
        assert response.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize("item_id", ["2", "0", "x", "-1", "9" * 400])
async def test_an_unknown_item_is_a_404_in_words(server, item_id):
    await server.send(b"{}")
    for path in (f"/relay/v1/items/{item_id}", f"/relay/v1/items/{item_id}/payload"):
        status, problem = await server.get(path)
        assert (status, set(problem)) == (404, {"detail"})


async def test_deleting_forgets_one_project_and_tells_how_many(server):
    await server.send(b"{}", b"{}", project="1")
    await server.send(b"{}", project="2")
    async with server.client.delete("/relay/v1/items?project=1") as response:
        assert await response.json() == {"deleted": 2}
    assert [item["project"] for item in (await server.items())["items"]] == ["2"]


async def test_the_position_survives_a_deletion(server):
    await server.send(b"{}", b"{}")
    async with server.client.delete("/relay/v1/items") as response:
        assert response.status == 200
    await server.send(b'{"message":"after"}')
    page = await server.items(after=2)
    assert [(item["id"], item["title"]) for item in page["items"]] == [(3, "after")]


async def test_a_page_ends_early_rather_than_hold_too_many_bytes(server, monkeypatch):
    monkeypatch.setattr("fake_relay.web.api.items.MAX_PAGE_BYTES", 250)
    await server.send(*(b'{"message":"%b"}' % (b"x" * 100) for _ in range(5)))
    page = await server.items()
    assert [item["id"] for item in page["items"]] == [5, 4]
    rest = await server.items(cursor=page["next"])
    assert [item["id"] for item in rest["items"]] == [3, 2]


async def test_the_api_hands_on_what_one_answer_did_not_get_through(server, monkeypatch):
    await server.send(*(json.dumps({"extra": {"n": n}}).encode() for n in range(1, 21)))
    monkeypatch.setattr(work, "MOST", 9.5 * (work.OPENING + work.JUDGING))
    found = await server.items(q="extra.n:[1,20]", limit=2)
    assert [item["id"] for item in found["items"]] == [20, 1]
    monkeypatch.setattr(selecting, "PATIENCE", 0)
    first = await server.items(q="extra.n:1", limit=2)
    assert first["items"] == []
    rest = await server.items(q="extra.n:1", limit=2, cursor=first["next"])
    assert [item["id"] for item in rest["items"]] == [1]
