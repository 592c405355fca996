"""Requests reach an application of each kind as its server would bring them."""

from __future__ import annotations

import textwrap
from collections.abc import Callable

import pytest

from scenarios import Items, Journaled, Request, Result, Scenario, Target
from scenarios.report.terminal import text

Run = Callable[..., Result]

APPS = """
import json

def told(method, path, query, body, header, client):
    return json.dumps([method, path, query, body, header, client]).encode()

def wsgi(environ, start_response):
    if environ["PATH_INFO"] == "/boom":
        raise ValueError("boom")
    body = environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"])).decode()
    print(told(environ["REQUEST_METHOD"], environ["PATH_INFO"], environ["QUERY_STRING"], body,
               environ.get("HTTP_X_SHOP"), environ["REMOTE_ADDR"]).decode())
    start_response("201 Created", [])
    return [b"ok"]

async def asgi(scope, receive, send):
    if scope["path"] == "/boom":
        raise ValueError("boom")
    message = await receive()
    print(told(scope["method"], scope["path"], scope["query_string"].decode(),
               message["body"].decode(), dict(scope["headers"]).get(b"x-shop", b"").decode(),
               scope["client"][0]).decode())
    await send({"type": "http.response.start", "status": 201, "headers": []})
    await send({"type": "http.response.body", "body": b"ok"})

class Classy:
    async def __call__(self, scope, receive, send):
        await asgi(scope, receive, send)

classy = Classy()

def factory():
    return wsgi

def aiohttp_app():
    from aiohttp import web

    async def handle(request):
        if request.path == "/boom":
            raise ValueError("boom")
        print(told(request.method, request.path, request.query_string, await request.text(),
                   request.headers.get("x-shop"), request.remote).decode())
        return web.Response(status=201)

    app = web.Application()
    app.router.add_route("*", "/{tail:.*}", handle)
    return app
"""


@pytest.fixture(scope="module")
def target(tmp_path_factory: pytest.TempPathFactory) -> Target:
    """The raw SDK in a folder with applications."""
    folder = tmp_path_factory.mktemp("service")
    (folder / "apps.py").write_text(textwrap.dedent(APPS))
    return Target(setup="raw", cwd=str(folder))


@pytest.mark.parametrize("app", ["wsgi", "asgi", "classy", "factory", "aiohttp_app"])
def test_an_application_gets_the_request_as_it_was_written(
    app: str, run: Run, target: Target
) -> None:
    request = Request(
        "/carts/7",
        app=f"apps:{app}",
        method="POST",
        headers={"X-Shop": "berlin"},
        query="q=tea",
        json={"n": 1},
        id="asked",
    )
    result = run(
        Scenario(id="S", steps=(request,), expect=(Journaled("asked", returned=201),)), target
    )
    assert result.status == "passed", text(result)
    assert result.ending is not None
    told = '["POST", "/carts/7", "q=tea", "{\\"n\\": 1}", "berlin", "127.0.0.1"]'
    assert told in result.ending.output


@pytest.mark.parametrize("app", ["wsgi", "asgi"])
def test_what_an_application_raises_is_journaled_and_ends_nothing(
    app: str, run: Run, target: Target
) -> None:
    steps = (
        Request("/boom", app=f"apps:{app}", id="boom"),
        Request("/", app=f"apps:{app}", id="next"),
    )
    expect = (Journaled("boom", raised="ValueError"), Journaled("next", returned=201))
    result = run(Scenario(id="S", steps=steps, expect=expect), target)
    assert result.status == "passed", text(result)


def test_an_error_in_an_aiohttp_application_is_caught_by_the_sdk(run: Run, target: Target) -> None:
    steps = (Request("/boom", app="apps:aiohttp_app", id="boom"),)
    expect = (
        Journaled("boom", returned=500),
        Items(type="event", where={"exception": "ValueError"}, count=1),
    )
    result = run(Scenario(id="S", steps=steps, expect=expect), target)
    assert result.status == "passed", text(result)


def test_an_application_that_is_not_there_is_told(run: Run, target: Target) -> None:
    steps = (Request("/", app="apps:nothing", id="asked"),)
    expect = (Journaled("asked", raised="LookupError", said="apps has no 'nothing'"),)
    assert run(Scenario(id="S", steps=steps, expect=expect), target).status == "passed"


def test_a_running_service_is_asked_by_its_url(run: Run) -> None:
    steps = (
        Request("/health", url="${url}", id="found"),
        Request("/none", url="${url}", id="missing"),
    )
    expect = (Journaled("found", returned=200), Journaled("missing", returned=404))
    result = run(Scenario(id="S", steps=steps, expect=expect))
    assert result.status == "passed", text(result)
