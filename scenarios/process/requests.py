"""Requests to an application in this process, or to a running service.

Rule: a WSGI or ASGI application is called as its server would call it, without a network;
aiohttp has no such door and listens on a free port of this machine.
May import: process.{names,plan}; the standard library; aiohttp inside functions.
"""

from __future__ import annotations

import asyncio
import inspect
import io
import json
import urllib.error
import urllib.request
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

from scenarios.process.names import find
from scenarios.process.plan import Step

Inner = Callable[[Step], None]


def request(step: Step, inner: Inner) -> Any:
    """Make the request; its status."""
    __traceback_hide__ = True
    if not step.app:
        return _to_url(f"{step.url.rstrip('/')}{target(step)}", step)
    app = find(step.app)
    if _kind(app) == "factory":
        app = app()
    kind = _kind(app)
    if kind == "aiohttp":
        return asyncio.run(_aiohttp(app, step))
    return asyncio.run(asgi(app, step)) if kind == "asgi" else wsgi(app, step)


def target(step: Step) -> str:
    """The path with its query."""
    path: str = quote(step.path, safe="/%:@!$&'()*+,;=~-._")
    return f"{path}?{step.query}" if step.query else path


def body_of(step: Step) -> bytes:
    """The body's bytes."""
    return json.dumps(step.json).encode() if step.json is not None else step.body.encode()


def headers_of(step: Step) -> dict[str, str]:
    """The headers, with a content type where there is JSON."""
    content = {"content-type": "application/json"} if step.json is not None else {}
    return {**content, **{name.lower(): value for name, value in step.headers.items()}}


def _kind(app: Any) -> str:
    module = f"{type(app).__module__}."
    if module.startswith("aiohttp."):
        return "aiohttp"
    if inspect.iscoroutinefunction(app) or inspect.iscoroutinefunction(
        getattr(type(app), "__call__", None)  # noqa: B004 - is it a coroutine function?
    ):
        return "asgi"
    if inspect.isfunction(app):
        needed = [
            one for one in inspect.signature(app).parameters.values() if one.default is one.empty
        ]
        return "factory" if not needed else ("asgi" if len(needed) == 3 else "wsgi")
    return "wsgi"


def wsgi(app: Any, step: Step) -> int:
    """Ask a WSGI application; the status."""
    __traceback_hide__ = True
    body, told = body_of(step), headers_of(step)
    environ: dict[str, Any] = {
        "REQUEST_METHOD": step.method,
        "SCRIPT_NAME": "",
        "PATH_INFO": step.path,
        "QUERY_STRING": step.query,
        "SERVER_NAME": "app.example",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": step.client,
        "CONTENT_LENGTH": str(len(body)),
        "CONTENT_TYPE": told.pop("content-type", ""),
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(body),
        "wsgi.errors": io.StringIO(),
        "wsgi.multithread": False,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
        "HTTP_HOST": "app.example",
    }
    environ.update({f"HTTP_{name.upper().replace('-', '_')}": told[name] for name in told})
    statuses: list[str] = []

    def start_response(status: str, headers: Any, exc_info: Any = None) -> Callable[[bytes], None]:
        statuses.append(status)
        return lambda data: None

    answer = app(environ, start_response)
    try:
        b"".join(answer)
    finally:
        if hasattr(answer, "close"):
            answer.close()
    return int(statuses[-1].split()[0])


async def asgi(app: Any, step: Step) -> int:
    """Ask an ASGI application; the status."""
    __traceback_hide__ = True
    body, told = body_of(step), {"host": "app.example", **headers_of(step)}
    scope = {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": step.method,
        "scheme": "http",
        "path": step.path,
        "raw_path": target(step).partition("?")[0].encode(),
        "query_string": step.query.encode(),
        "root_path": "",
        "headers": [(name.encode("latin-1"), told[name].encode("latin-1")) for name in told],
        "client": (step.client, 50000),
        "server": ("app.example", 80),
    }
    waiting = [{"type": "http.request", "body": body, "more_body": False}]
    answered = asyncio.Event()
    statuses: list[int] = []

    async def receive() -> Any:
        if waiting:
            return waiting.pop()
        await answered.wait()
        return {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        if message["type"] == "http.response.start":
            statuses.append(message["status"])
        elif message["type"] == "http.response.body" and not message.get("more_body"):
            answered.set()

    await app(scope, receive, send)
    return statuses[-1]


async def _aiohttp(app: Any, step: Step) -> int:
    from aiohttp import web

    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    try:
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        port = runner.addresses[0][1]
        url = f"http://127.0.0.1:{port}{target(step)}"
        return await asyncio.to_thread(_to_url, url, step)
    finally:
        await runner.cleanup()


def _to_url(url: str, step: Step) -> int:
    made = urllib.request.Request(  # noqa: S310 - the scenario's author wrote it
        url, data=body_of(step) or None, headers=headers_of(step), method=step.method
    )
    # The environment's proxies are for the world outside.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(made) as answer:
            answer.read()
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code
