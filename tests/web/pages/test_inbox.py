"""The inbox as HTML: rows, number, picture and chips of one filter; paging; live rows; clearing."""

from __future__ import annotations

import html
import json
import re
from typing import Any
from urllib.parse import quote

import pytest

from fake_relay.store import Glimpse, Survey, work
from fake_relay.web.pages import inbox
from fake_relay.web.pages.picture import FEWEST, picture
from fake_relay.web.pages.snippets import snippets


def titles(page: str) -> list[str]:
    """The titles of a page's rows."""
    return [html.unescape(found) for found in re.findall(r'class="row-text">([^<]*)<', page)]


def total(page: str) -> str:
    """The number that a page shows."""
    return re.search(r'id="total">([^<]*)<', page)[1]  # type: ignore[index]


@pytest.fixture
async def filled(server: Any) -> Any:
    """A server with errors and messages of two projects."""
    for number in range(60):
        payload = {"message": f"m{number}", "level": ("error", "info")[number % 2]}
        await server.send(json.dumps(payload).encode(), project=str(number % 3 + 1))
    return server


async def test_rows_number_and_counts_are_of_one_filter(filled: Any, see: Any) -> None:
    for q, expected in (("", 60), ("level:error", 30), ("level:error project:2", 10)):
        _, page = await see("/?q=" + quote(q))
        assert total(page) == str(expected)
        assert len(titles(page)) == min(expected, 50)
        bars = [int(found) for found in re.findall(r"<title>(\d+) items", page)]
        assert sum(bars) == expected


async def test_pages_hold_every_row_once_while_more_arrive(filled: Any, see: Any) -> None:
    _, first = await see("/")
    older = html.unescape(re.search(r'rel="next" href="([^"]+)"', first)[1])  # type: ignore[index]
    await filled.send(b'{"message":"later"}')
    _, second = await see(older)
    assert titles(first) + titles(second) == [f"m{number}" for number in range(59, -1, -1)]
    assert "To the newest" in second


@pytest.mark.parametrize("q", ["level:>", 'message:"open', "timestamp:never", "(a OR"])
async def test_a_wrong_search_points_at_its_column(server: Any, see: Any, q: str) -> None:
    status, page = await see("/?q=" + quote(q))
    _, told = await server.get("/relay/v1/items?q=" + quote(q))
    shown = html.unescape(re.search(r"<pre>(.*?)</pre>", page, re.DOTALL)[1])  # type: ignore[index]
    assert status == 200
    assert html.escape(told["detail"], quote=False)[:20] in page
    assert shown == f"{q}\n{' ' * (told['column'] - 1)}▲"


async def test_a_chip_narrows_the_search_that_is_there(filled: Any, see: Any) -> None:
    _, page = await see("/?q=" + quote("level:error"))
    links = [html.unescape(found) for found in re.findall(r'<a href="(/\?q=[^"]+)">', page)]
    narrowed = next(link for link in links if "project" in link)
    assert "level%3Aerror" in narrowed
    _, page = await see(narrowed)
    assert total(page) == "10"


async def test_the_search_is_completed_by_fields_and_by_values_that_were_seen(
    server: Any,
) -> None:
    await server.send(b'{"message":"a","release":"shop@2.0","tags":{"plan":"pro plus"}}')

    async def choices(q: str) -> list[str]:
        _, found = await server.get("/inbox/complete?q=" + quote(q))
        return [choice["text"] for choice in found["choices"]]

    assert (await choices("level:error rel"))[0] == "release:"
    assert await choices("release:sh") == ["shop@2.0"]
    assert await choices('tags[plan]:"p') == ['"pro plus"']
    assert await choices("!type:check") == ["check_in"]
    assert await choices("has:mon") == ["monitor.slug"]
    assert "42" in await choices("project:")


async def test_completion_says_where_what_is_typed_begins(server: Any) -> None:
    async def start(q: str, caret: int) -> int:
        _, found = await server.get(f"/inbox/complete?q={quote(q)}&caret={caret}")
        place: int = found["start"]
        return place

    assert await start("level:error typ", 15) == 12
    assert await start("level:err type:log", 9) == 6
    assert await start("", 0) == 0


async def test_rows_that_arrive_come_as_the_server_renders_them(server: Any, see: Any) -> None:
    async with server.client.get("/inbox/rows?after=0") as stream:
        await server.send(b'{"message":"<b>live</b>"}')
        told = b""
        async for line in stream.content:
            if line.startswith(b"data:"):
                told = line.removeprefix(b"data: ")
                break
    found = json.loads(told)
    _, page = await see("/")
    row = re.search(r'<li class="row".*?</li>', page, re.DOTALL)[0]  # type: ignore[index]
    assert found["count"] == 1
    assert row in found["html"]
    assert "&lt;b&gt;live" in row


async def test_the_summary_alone_is_that_of_the_page(filled: Any, see: Any) -> None:
    _, page = await see("/?q=level:error")
    _, alone = await see("/inbox/summary?q=level:error")
    assert total(alone) == total(page) == "30"


async def test_clearing_a_project_leaves_the_others(filled: Any, see: Any) -> None:
    async with filled.client.post("/inbox/clear", data={"project": "1"}) as response:
        assert response.status == 200
    _, page = await see("/")
    assert total(page) == "40"


async def test_what_to_clear_is_chosen_where_there_are_projects(filled: Any, see: Any) -> None:
    _, page = await see("/")
    select = re.search(r'<select form="clear-form".*?</select>', page, re.DOTALL)[0]  # type: ignore[index]
    assert re.findall(r'<option value="(\d*)"( selected)?>', select) == [
        ("", ""), ("1", ""), ("2", ""), ("3", ""),
    ]  # fmt: skip
    _, page = await see("/?q=" + quote("level:error project:2"))
    assert '<option value="2" selected>project 2</option>' in page


async def test_the_first_visit_tells_of_a_request_that_was_refused(server: Any, see: Any) -> None:
    async with server.client.post("/api/1/envelope/?sentry_key=" + "a" * 32, data=b"no") as sent:
        assert sent.status == 400
    _, page = await see("/")
    assert "was refused (400)" in page
    assert 'href="/refused/1"' in page


def test_every_snippet_has_the_dsn() -> None:
    dsn = "http://abc@localhost:9119/1"
    made = snippets(dsn)
    assert len({one.language for one in made}) >= 10
    assert [one.language for one in made if dsn not in one.code or "{dsn}" in one.code] == []


@pytest.mark.parametrize(
    "times",
    [(100.0,), (100.0, 100.4), (0.0, 86_400.0 * 400), (1_795_312_800.0, 1_795_312_801.5, 1e9)],
)
def test_the_picture_holds_every_item_in_one_bar(times: tuple[float, ...]) -> None:
    glimpses = [Glimpse(moment, "event", "error", "1") for moment in times]
    drawn = picture(Survey(glimpses, True))
    assert drawn is not None
    assert sum(bar.count for bar in drawn.bars) == len(times)
    assert sum(bar.errors for bar in drawn.bars) == len(times)
    assert FEWEST <= len(drawn.bars) <= 60
    assert drawn.first <= min(times)
    assert max(times) < drawn.last


async def test_a_search_of_payloads_that_is_not_done_says_how_far_it_came_and_goes_on(
    server: Any, see: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inbox, "PATIENCE", 0)
    await server.send(*(json.dumps({"extra": {"n": n}}).encode() for n in range(1, 36)))
    monkeypatch.setattr(work, "MOST", 9.5 * (work.OPENING + work.JUDGING))
    _, page = await see("/", params={"q": "extra.n:3"})
    assert "Nothing found yet." in page
    assert "Looked at the newest 28 %" in page
    assert total(page) == "more than 0"
    looks = 1
    while (link := re.search(r'href="([^"]+)">Look further', page)) is not None:
        _, page = await see(html.unescape(link[1]))
        looks += 1
    assert looks == 4
    assert len(titles(page)) == 1
