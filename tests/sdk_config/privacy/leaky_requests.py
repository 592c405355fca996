"""The requests that `leaky_frameworks.py` asks of Flask, Django, FastAPI and aiohttp.

One request carries several secrets where none hides another. Applications are called as servers
call them; aiohttp serves a port.
"""

# mypy: disable-error-code="import-not-found,import-untyped,untyped-decorator,misc"
from __future__ import annotations

import asyncio
import contextlib
import io
import json
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple
from urllib.parse import quote, unquote

import flask
from aiohttp import web
from django.core.wsgi import get_wsgi_application
from django.http import HttpRequest
from django.urls import re_path
from fastapi import FastAPI, Request

Make = Callable[[str], str]
"""The secret of a surface, by its name; it is planted from then on."""
Ask = Callable[["Asked"], None]

HELD = [""]
"""What a view has in a local variable."""


class Asked(NamedTuple):
    """A request, as every framework is asked."""

    method: str = "GET"
    path: str = "/orders/7"
    query: str = ""
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    kind: str = ""

    def every_header(self) -> list[tuple[str, str]]:
        about = [("Content-Type", self.kind), ("Content-Length", str(len(self.body)))]
        return [("Host", "shop.test"), *self.headers, *(about if self.kind else [])]


def asked(make: Make) -> Iterator[Asked]:
    """What a framework is asked; few headers at a time, because the SDK cuts long lists."""
    HELD[0] = make("L70 view_local")
    path = f"/orders/{quote(make('L59 path_segment'))}"
    yield Asked(path=path, query=f"token={quote(make('L58 query_token'))}")
    yield Asked(query=f"q={quote(make('L59 query_text'))}&page=2")
    yield Asked(
        headers=(
            ("Authorization", f"Bearer {make('L60 authorization')}"),
            ("Proxy-Authorization", f"Basic {make('L60 proxy_authorization')}"),
            ("Cookie", f"sessionid={make('L60 session')}; theme={make('L63 other_cookie')}"),
        )
    )
    yield Asked(
        headers=(
            ("X-Api-Key", make("L61 api_key")),
            ("X-Forwarded-For", make("L61 forwarded_for")),
            ("X-Internal-Token", make("L62 internal_token")),
        )
    )
    yield Asked(
        headers=(
            ("X-Patient-Name", make("L62 patient_name")),
            ("Referer", f"https://shop.test/?code={quote(make('L62 referer'))}"),
            ("CF-Connecting-IP", make("L62 connecting_address")),
            ("User-Agent", f"curl {make('L62 user_agent')}"),
        )
    )
    yield in_json(json_of(make))
    variables = {"query": "query($a: String) { a }", "variables": {"a": make("L65 variables")}}
    yield in_json(variables)
    form = f"password={quote(make('L64 form_password'))}&card_number={quote(make('L66 form_card'))}"
    yield Asked("POST", body=form.encode(), kind="application/x-www-form-urlencoded")
    text = f"some text with {make('L67 raw_body')}"
    yield Asked("POST", body=text.encode(), kind="text/plain")
    part = 'Content-Disposition: form-data; name="file"; filename="a.txt"\r\n\r\n'
    parts = f"--b\r\n{part}{make('L67 multipart_file')}\r\n--b--\r\n"
    yield Asked("POST", body=parts.encode(), kind="multipart/form-data; boundary=b")
    yield Asked(path=f"/nowhere/{quote(make('L69 unknown_path'))}")


def json_of(make: Make, row: str = "") -> dict[str, Any]:
    return {
        "password": make(f"{row or 'L64'} json_password"),
        "users": [{"password": make(f"{row or 'L64'} json_list")}],
        "user": {"password": make(f"{row or 'L65'} json_nested")},
        "ssn": make(f"{row or 'L66'} json_ssn"),
        "newPassword": make(f"{row or 'L66'} json_new_password"),
    }


def in_json(found: dict[str, Any]) -> Asked:
    return Asked("POST", body=json.dumps(found).encode(), kind="application/json")


def ask_wsgi(app: Any, one: Asked) -> None:
    environ = {
        "REQUEST_METHOD": one.method,
        "SCRIPT_NAME": "",
        "PATH_INFO": unquote(one.path),
        "QUERY_STRING": one.query,
        "SERVER_NAME": "shop.test",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "10.0.0.1",
        "wsgi.input": io.BytesIO(one.body),
        "wsgi.errors": io.StringIO(),
        "wsgi.url_scheme": "http",
        "wsgi.version": (1, 0),
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }
    for name, value in one.every_header():
        key = name.upper().replace("-", "_")
        environ[key if key.startswith("CONTENT_") else f"HTTP_{key}"] = value
    body = app(environ, lambda status, headers, exc_info=None: None)
    for _ in body:
        pass
    getattr(body, "close", lambda: None)()


def in_flask() -> Ask:
    app = flask.Flask("shop")

    @app.route("/orders/<number>", methods=["GET", "POST"])
    def order(number: str) -> str:
        term = HELD[0]
        flask.request.get_data()
        raise LookupError(len(term))

    return lambda one: ask_wsgi(app, one)


def order_of_django(request: HttpRequest, number: str) -> None:
    term = HELD[0]
    len(request.body)
    raise LookupError(len(term))


urlpatterns = [re_path("^orders/(.+)$", order_of_django)]


def in_django() -> Ask:
    app = get_wsgi_application()
    return lambda one: ask_wsgi(app, one)


def in_fastapi(runner: asyncio.Runner) -> Ask:
    app = FastAPI()

    @app.api_route("/orders/{number}", methods=["GET", "POST"])
    async def order(number: str, request: Request) -> None:
        term = HELD[0]
        await request.body()
        raise LookupError(len(term))

    return lambda one: runner.run(ask_asgi(app, one))


async def ask_asgi(app: Any, one: Asked) -> None:
    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": one.body, "more_body": False}

    async def send(message: Any) -> None:
        """Nobody reads the answer."""

    scope = {
        "type": "http",
        "http_version": "1.1",
        "asgi": {"version": "3.0"},
        "method": one.method,
        "scheme": "http",
        "path": unquote(one.path),
        "raw_path": one.path.encode(),
        "root_path": "",
        "query_string": one.query.encode(),
        "headers": [(name.lower().encode(), value.encode()) for name, value in one.every_header()],
        "client": ("10.0.0.1", 4711),
        "server": ("shop.test", 80),
    }
    with contextlib.suppress(LookupError):
        await app(scope, receive, send)


def in_aiohttp(runner: asyncio.Runner) -> Ask:
    async def order(request: web.Request) -> web.Response:
        term = HELD[0]
        await request.read()
        raise LookupError(len(term))

    async def serve() -> int:
        app = web.Application()
        app.router.add_route("*", "/orders/{number}", order)
        served = web.AppRunner(app, access_log=None)
        await served.setup()
        site = web.TCPSite(served, "127.0.0.1", 0)
        await site.start()
        return int(served.addresses[0][1])

    port = runner.run(serve())
    return lambda one: runner.run(ask_a_port(port, one))


async def ask_a_port(port: int, one: Asked) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    target = f"{one.path}?{one.query}" if one.query else one.path
    lines = [f"{one.method} {target} HTTP/1.1", "Connection: close"]
    lines += [f"{name}: {value}" for name, value in one.every_header()]
    writer.write("\r\n".join([*lines, "", ""]).encode() + one.body)
    await reader.read()
    writer.close()
    await writer.wait_closed()


def frameworks(runner: asyncio.Runner) -> dict[str, Ask]:
    """Applications, made under an SDK that has begun: it changes how routes are made."""
    return {
        "flask": in_flask(),
        "django": in_django(),
        "fastapi": in_fastapi(runner),
        "aiohttp": in_aiohttp(runner),
    }
