"""The client of Sentry's statistics, against a server that answers as Sentry documents it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from sdk_config.statistics import StatsClient, StatsError

TOKEN = "canary-token-4711"
LINK = '<{url}>; rel="previous"; results="false"; cursor="0:0:1", <{url}>; rel="next"; '


async def stats(request: web.Request) -> web.Response:
    if request.headers["Authorization"] != f"Bearer {TOKEN}":
        return web.json_response({"detail": "Invalid token"}, status=401)
    query = dict(request.query)
    moment = int(query["since"])
    assert (query["stat"], query["resolution"]) == ("received", "1h")
    return web.json_response([[moment, 3], [moment + 3600, 0]])


async def issues(request: web.Request) -> web.Response:
    """Two pages, as the `Link` header has it."""
    second = request.query.get("cursor") == "0:1:0"
    link = LINK.format(url=request.url) + (
        'results="false"; cursor="0:2:0"' if second else 'results="true"; cursor="0:1:0"'
    )
    found = [{"id": "2"}] if second else [{"id": "1", "query": request.query.get("query")}]
    return web.json_response(found, headers={"Link": link})


async def issue(request: web.Request) -> web.Response:
    return web.json_response({"id": request.match_info["issue"]})


async def elsewhere(request: web.Request) -> web.Response:
    raise web.HTTPFound("http://127.0.0.1:9/stolen")


async def nonsense(request: web.Request) -> web.Response:
    return web.Response(text="<html>")


@pytest.fixture
async def client() -> AsyncIterator[Callable[..., StatsClient]]:
    """A client of a server of the test's own: `client(project="api")`."""
    app = web.Application()
    app.router.add_get("/api/0/projects/shop/api/stats/", stats)
    app.router.add_get("/api/0/projects/shop/api/issues/", issues)
    app.router.add_get("/api/0/projects/shop/moved/stats/", elsewhere)
    app.router.add_get("/api/0/projects/shop/broken/stats/", nonsense)
    app.router.add_get("/api/0/issues/{issue}/", issue)
    app.router.add_get("/api/0/issues/7/events/", issues)
    async with TestServer(app) as server:
        url = str(server.make_url("/"))

        def make(project: str = "api", token: str = TOKEN) -> StatsClient:
            return StatsClient(url, token, "shop", project, clock=lambda: 1_000_000.0)

        yield make


async def test_counts_are_asked_for_by_age(client: Any) -> None:
    found = await asyncio.to_thread(client().stats, "received", since="1d", resolution="1h")

    assert found == [(913_600, 3), (917_200, 0)]


async def test_issues_and_events_come_page_by_page(client: Any) -> None:
    found = await asyncio.to_thread(lambda: list(client().issues("is:unresolved")))
    events = await asyncio.to_thread(lambda: list(client().events(7)))

    assert found == [{"id": "1", "query": "is:unresolved"}, {"id": "2"}]
    assert [one["id"] for one in events] == ["1", "2"]


async def test_one_issue_is_asked_for_by_its_id(client: Any) -> None:
    assert await asyncio.to_thread(client().issue, "7/../8") == {"id": "7/../8"}


@pytest.mark.parametrize(
    ("arguments", "status", "text"),
    [
        ({"token": "canary-wrong"}, 401, "401 Invalid token"),
        ({"project": "moved"}, 302, "302 Found"),
        ({"project": "nothing"}, 404, "404 Not Found"),
        ({"project": "broken"}, None, "no answer that can be read"),
    ],
)
async def test_what_goes_wrong_is_said_without_the_token(
    arguments: dict[str, str], status: int | None, text: str, client: Any
) -> None:
    with pytest.raises(StatsError, match=text) as caught:
        await asyncio.to_thread(client(**arguments).stats)

    assert caught.value.status == status
    assert "canary" not in str(caught.value)


def test_a_server_that_is_not_there_is_an_error() -> None:
    with pytest.raises(StatsError, match="no answer that can be read"):
        StatsClient("http://127.0.0.1:9", TOKEN, "shop", "api", timeout=2).stats()


def test_the_environment_says_what_is_not_given(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SENTRY_AUTH_TOKEN", TOKEN)
    monkeypatch.setenv("SENTRY_ORG", "shop")
    with pytest.raises(ValueError, match="SENTRY_PROJECT is missing"):
        StatsClient()
    monkeypatch.setenv("SENTRY_PROJECT", "api")

    found = StatsClient()
    assert (found.org, found.project) == ("shop", "api")
    assert TOKEN not in repr(found)


@pytest.mark.parametrize("since", ["yesterday", "1y", "", "nan"])
def test_an_age_that_is_none_is_refused(since: str) -> None:
    with pytest.raises(ValueError, match="expected an age such as '1d' or an epoch"):
        StatsClient("http://127.0.0.1:9", TOKEN, "shop", "api").stats(since=since)


def test_a_url_of_another_scheme_is_refused() -> None:
    with pytest.raises(ValueError, match="expected http"):
        StatsClient("file:///etc", TOKEN, "shop", "api")
