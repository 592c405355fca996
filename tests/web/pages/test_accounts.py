"""Ledger, refused requests, envelopes and explanations: each number leads to its rows."""

from __future__ import annotations

import html
import json
import re
from typing import Any

import pytest

from fake_relay.config import Filters, Quota, RelayConfig
from fake_relay.query import parse_query
from fake_relay.store import Selection
from fake_relay.store.memory import MemoryStore
from fake_relay.store.retention import Retention
from fake_relay.web.pages.counted import TYPES

KEY = "a" * 32
CONFIG = RelayConfig(
    filters=Filters(error_messages=("*noise*",)),
    quotas=(Quota(id="few", categories=("transaction",), limit=1, window=3600),),
)


def links(page: str) -> list[str]:
    """Where a page's main part leads."""
    main = page[page.index("<main") :]
    return [html.unescape(found) for found in re.findall(r'href="(/[^"]*)"', main)]


@pytest.fixture
async def mixed(start: Any) -> Any:
    """A server with something of every outcome, for each a number of its own."""
    server = await start(config=CONFIG)
    for text in ("kept", "kept too", "noise", "more noise", "noise again"):
        await server.send(json.dumps({"message": text}).encode())
    trace = {"trace": {"trace_id": "a" * 32, "span_id": "b" * 16}}
    transaction = {
        "type": "transaction", "transaction": "t", "contexts": trace, "spans": [],
        "start_timestamp": 1_795_312_800.0, "timestamp": 1_795_312_801.0,
    }  # fmt: skip
    for _ in range(2):
        await server.send(json.dumps(transaction).encode(), item_type="transaction")
    await server.send(b'{"no":"slug"}', item_type="check_in")
    report = {"discarded_events": [{"reason": "before_send", "category": "error", "quantity": 7}]}
    await server.send(json.dumps(report).encode(), item_type="client_report")
    return server


async def test_each_number_leads_to_its_rows(mixed: Any, see: Any) -> None:
    _, page = await see("/ledger", on=mixed)
    row = re.search(r'<th scope="row">error</th>.*?</tr>', page, re.DOTALL)[0]  # type: ignore[index]
    cells = re.findall(r'<a href="([^"]+)">([^<]+)</a>', row)
    assert [text for _, text in cells] == ["2", "3", "7"]
    shown = []
    for link, _ in cells:
        _, rows = await see(html.unescape(link), on=mixed)
        shown.append(re.findall(r'class="row-text">([^<]*)<', rows))
    assert shown == [
        ["kept too", "kept"],
        ["noise again", "more noise", "noise"],
        ["discarded 7 error (before_send)"],
    ]


async def test_every_link_of_the_ledger_finds_something(mixed: Any, see: Any) -> None:
    _, page = await see("/ledger", on=mixed)
    searches = [link for link in links(page) if link.startswith("/?q=")]
    assert len(searches) > 10
    for link in searches:
        _, rows = await see(link, on=mixed)
        assert '<li class="row"' in rows, link


def test_every_search_of_the_ledger_can_be_read() -> None:
    for types in TYPES.values():
        parse_query(f"type:{types}", now=0.0)


async def test_shares_fill_the_bar_and_no_more(mixed: Any, see: Any) -> None:
    _, page = await see("/ledger", on=mixed)
    bars = re.findall(r'<td class="bars"><svg.*?</svg>', page, re.DOTALL)
    assert bars
    for bar in bars:
        widths = [
            float(found) for found in re.findall(r'<rect x="[\d.]+%" y="2" width="([\d.]+)%', bar)
        ]
        assert sum(widths) == pytest.approx(100, abs=0.1)


async def test_the_ledger_of_a_project_leaves_out_the_others(mixed: Any, see: Any) -> None:
    await mixed.send(b'{"message":"elsewhere"}', project="7")
    _, page = await see("/ledger?project=7", on=mixed)
    assert re.findall(r'<th scope="row">([^<]+)</th>', page) == ["error"]
    assert "<option selected>7</option>" in page


async def test_a_refused_request_is_shown_with_its_bytes_and_the_reason(
    server: Any, see: Any
) -> None:
    path = f"/api/42/envelope/?sentry_key={KEY}"
    async with server.client.post(path, data=b'{"<b>": not json') as response:
        refused = await response.json()
    _, page = await see("/refused")
    assert links(page)[0] == "/refused/1"
    _, page = await see("/refused/1")
    assert html.escape(refused["detail"]) in page
    assert "&lt;b&gt;" in page
    assert "not json" in page
    (download,) = [link for link in links(page) if "/raw" in link]
    async with server.client.get(download) as response:
        assert await response.read() == b'{"<b>": not json'
        assert response.headers["Content-Disposition"].startswith("attachment")


async def test_an_envelope_is_split_at_its_items(server: Any, see: Any) -> None:
    body = b'{"event_id":"%b"}\n{"type":"event"}\n{"message":"<i>"}\n' % (b"c" * 32)
    body += b'{"type":"attachment","length":4,"filename":"f"}\n\x00\x01\xff\x02\n'
    async with server.client.post(f"/api/42/envelope/?sentry_key={KEY}", data=body) as response:
        assert response.status == 200
    _, page = await see("/envelopes/1")
    places = re.findall(r'<span class="mono">(\d+)–(\d+)</span>', page)
    pieces = [body[int(first) : int(last)] for first, last in places]
    assert [piece.split(b"\n", 1)[1] for piece in pieces] == [
        b'{"message":"<i>"}',
        b"\x00\x01\xff\x02",
    ]
    assert all(piece.startswith(b'{"type"') for piece in pieces)
    assert "00 01 ff 02" in page
    assert "&lt;i&gt;" in page
    assert {"/items/1", "/items/2"} <= set(links(page))


async def test_an_envelope_is_downloaded_byte_for_byte(server: Any, see: Any) -> None:
    body = b'{}\n{"type":"event","length":2}\n{}\n'
    async with server.client.post(f"/api/42/envelope/?sentry_key={KEY}", data=body) as response:
        assert response.status == 200
    _, page = await see("/envelopes/1")
    downloads = [link for link in links(page) if "/raw" in link]
    for link in downloads:
        async with server.client.get(link) as response:
            assert await response.read() == body
            assert response.headers["Content-Disposition"].startswith("attachment")
    assert len(downloads) == 2


async def test_envelopes_are_paged(server: Any, see: Any) -> None:
    await server.send(*([b"{}"] * 60))
    _, first = await see("/envelopes")
    (older,) = [link for link in links(first) if "cursor" in link]
    _, second = await see(older)
    found = re.findall(r'class="open" href="/envelopes/(\d+)"', first + second)
    assert [int(one) for one in found] == list(range(60, 0, -1))


async def test_what_is_no_event_id_is_told(see: Any) -> None:
    status, page = await see("/why?event_id=nonsense")
    assert status == 200
    assert 'role="alert"' in page


# Tried as a new user would, from the inbox alone: why did an expected event not arrive?


async def clicked(server: Any, see: Any, *wanted: str) -> str:
    """The page that is reached from the inbox by clicking what leads to each address in turn."""
    page: str
    _, page = await see("/", on=server)
    for start in wanted:
        found = re.findall(r'href="([^"]*)"', page)
        link = next((one for one in map(html.unescape, found) if one.startswith(start)), None)
        assert link is not None, f"nothing leads to {start}: {found}"
        _, page = await see(link, on=server)
    return page


async def test_what_was_refused_is_found_in_two_clicks(server: Any, see: Any) -> None:
    async with server.client.post("/api/42/envelope/?sentry_key=" + KEY, data=b"?") as response:
        assert response.status == 400
    page = await clicked(server, see, "/refused", "/refused/1")
    assert "invalid" in page


async def test_what_was_filtered_is_found_in_two_clicks(mixed: Any, see: Any) -> None:
    reasons = (await clicked(mixed, see, "/why")).split('<li class="reason">')
    filtered = next(reason for reason in reasons if "error-message" in reason)
    _, page = await see(re.search(r'href="(/items/\d+)"', filtered)[1], on=mixed)  # type: ignore[index]
    assert "filtered(error-message)" in page
    assert "noise" in page


async def test_what_was_limited_is_found_in_two_clicks(mixed: Any, see: Any) -> None:
    search = "/?q=type%3Atransaction%20outcome%3Arate_limited"
    assert "rate_limited" in await clicked(mixed, see, "/ledger", search)


async def test_what_the_sdk_discarded_is_found_in_three_clicks(mixed: Any, see: Any) -> None:
    page = await clicked(mixed, see, "/ledger", "/?q=type%3Aclient_report", "/items/")
    assert "before_send" in page
    page = await clicked(mixed, see, "/why")
    assert "before_send" in page


async def test_what_was_sampled_out_is_found_in_two_clicks(server: Any, see: Any) -> None:
    discarded = {"reason": "sample_rate", "category": "transaction", "quantity": 9}
    report = {"discarded_events": [discarded]}
    await server.send(json.dumps(report).encode(), item_type="client_report")
    assert "sample_rate" in await clicked(server, see, "/ledger", "/?q=type%3Aclient_report")
    assert "sample_rate" in await clicked(server, see, "/why")


async def test_what_was_evicted_is_told_in_one_click(start: Any, see: Any) -> None:
    store = MemoryStore(Retention(max_age=None, max_items=3, max_bytes=None))
    server = await start(store=store)
    await server.send(*([b"{}"] * 8))
    page = await clicked(server, see, "/ledger")
    assert "5 items had to make room" in page
    assert len(server.relay.store.find(Selection()).items) == 3
