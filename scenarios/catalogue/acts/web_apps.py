"""The same small application in each web framework: `/fine`, `/fail`, and nothing elsewhere.

Rule: each is made at once and anew, knows nothing of Sentry, and is wired as its users would.
May import: the standard library, the frameworks, sdk_config.
"""

# mypy: disable-error-code="import-not-found,import-untyped,untyped-decorator"
from __future__ import annotations

import functools
import sys
import types
from typing import Any


class Broken(Exception):
    """What `/fail` raises."""


def _broken() -> Any:
    raise Broken("the stock service is away")


def flask_app() -> Any:
    """Flask, as WSGI."""
    from flask import Flask

    app = Flask(__name__)
    app.add_url_rule("/fine", "fine", lambda: "fine")
    app.add_url_rule("/fail", "fail", _broken)
    return app


def django_app() -> Any:
    """Django, as WSGI; its settings can be made only once in a process."""
    return _django()


@functools.cache
def _django() -> Any:
    import django
    from django.conf import settings
    from django.core.wsgi import get_wsgi_application
    from django.http import HttpResponse
    from django.urls import path

    def fine(request: Any) -> Any:
        return HttpResponse("fine")

    def fail(request: Any) -> Any:
        _broken()

    urls: Any = types.ModuleType("shop_urls")
    urls.urlpatterns = [path("fine", fine), path("fail", fail)]
    sys.modules["shop_urls"] = urls
    settings.configure(
        SECRET_KEY="only for scenarios",  # noqa: S106 - nothing is signed with it
        ALLOWED_HOSTS=["*"],
        ROOT_URLCONF="shop_urls",
        LOGGING_CONFIG=None,
    )
    django.setup()
    return get_wsgi_application()


def fastapi_app() -> Any:
    """FastAPI, as ASGI."""
    from fastapi import FastAPI

    app = FastAPI()
    app.add_api_route("/fine", lambda: "fine")
    app.add_api_route("/fail", _broken)
    return app


def aiohttp_app() -> Any:
    """aiohttp, which brings its own server."""
    from aiohttp import web

    async def fine(request: web.Request) -> web.Response:
        return web.Response(text="fine")

    async def fail(request: web.Request) -> web.Response:
        _broken()
        return web.Response()

    app = web.Application()
    app.router.add_get("/fine", fine)
    app.router.add_get("/fail", fail)
    return app


def healthy_flask() -> Any:
    """Flask with sdk_config's health page."""
    return _healthy(flask_app())


def healthy_fastapi() -> Any:
    """FastAPI with sdk_config's health page."""
    return _healthy(fastapi_app())


def healthy_aiohttp() -> Any:
    """aiohttp with sdk_config's health page."""
    return _healthy(aiohttp_app())


def _healthy(app: Any) -> Any:
    from sdk_config.status_page import add_health_route

    if not add_health_route(app):
        raise LookupError(f"no health route for {type(app).__name__}")
    return app


class AuthenticationMiddleware:
    """Who the visitor is, for who is asked after it: a header that nobody outside can write."""

    def __init__(self, app: Any) -> None:
        self._app = app

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Pass the request on with the user's id."""
        known = [*scope.get("headers", ()), (b"x-user-id", b"user-7")]
        await self._app({**scope, "headers": known}, receive, send)


def context_within() -> Any:
    """The context middleware runs inside of authentication: what is added last is outermost."""
    from sdk_config import ContextMiddleware

    app = fastapi_app()
    app.add_middleware(ContextMiddleware, user_id_header="X-User-Id", trust_proxies=["*"])
    app.add_middleware(AuthenticationMiddleware)
    return app


def context_around() -> Any:
    """The context middleware runs before anybody knows the user."""
    from sdk_config import ContextMiddleware

    app = fastapi_app()
    app.add_middleware(AuthenticationMiddleware)
    app.add_middleware(ContextMiddleware, user_id_header="X-User-Id", trust_proxies=["*"])
    return app
