"""Flask, Django and FastAPI in one process, each asked once for a page that fails."""

# mypy: disable-error-code="import-not-found,import-untyped,untyped-decorator"
from __future__ import annotations

import asyncio
import io
from typing import Any

import django
import flask
from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.urls import path
from fastapi import FastAPI

import sdk_config

PROXY: dict[str, Any] = {"user_id_header": "X-User-Id", "trust_proxies": ["10.0.0.0/8"]}
BODY = b'{"password": "canary-body", "order_id": 7}'


def environ(framework: str) -> dict[str, Any]:
    return {
        "REQUEST_METHOD": "POST",
        "SCRIPT_NAME": "",
        "PATH_INFO": "/fail",
        "QUERY_STRING": "token=canary-query&page=2",
        "CONTENT_TYPE": "application/json",
        "CONTENT_LENGTH": str(len(BODY)),
        "SERVER_NAME": "shop.test",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "10.0.0.1",
        "HTTP_HOST": "shop.test",
        "HTTP_X_USER_ID": f"user-{framework}",
        "HTTP_X_REQUEST_ID": f"request-{framework}",
        "HTTP_AUTHORIZATION": "Bearer canary-header",
        "wsgi.input": io.BytesIO(BODY),
        "wsgi.errors": io.StringIO(),
        "wsgi.url_scheme": "http",
        "wsgi.version": (1, 0),
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }


def ask_wsgi(app: Any, framework: str) -> None:
    body = app(environ(framework), lambda status, headers, exc_info=None: print(framework, status))
    for _ in body:
        pass
    body.close()


def fail(request: Any) -> Any:
    raise LookupError("django")


urlpatterns = [path("fail", fail)]


def ask_flask() -> None:
    app = flask.Flask("shop")

    @app.post("/fail")
    def fail_flask() -> str:
        flask.request.get_data()
        raise LookupError("flask")

    app.wsgi_app = sdk_config.WSGIContextMiddleware(app.wsgi_app, **PROXY)
    ask_wsgi(app, "flask")


def ask_django() -> None:
    settings.configure(
        ROOT_URLCONF=__name__,
        ALLOWED_HOSTS=["*"],
        MIDDLEWARE=["sdk_config.web.django.context_middleware"],
        SENTRY_CONTEXT=PROXY,
    )
    django.setup()
    ask_wsgi(get_wsgi_application(), "django")


async def ask_fastapi() -> None:
    app = FastAPI()
    app.add_middleware(sdk_config.ContextMiddleware, **PROXY)

    @app.post("/fail")
    async def fail_fastapi(body: dict[str, Any]) -> None:
        raise LookupError("fastapi")

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": BODY, "more_body": False}

    async def send(message: Any) -> None:
        if message["type"] == "http.response.start":
            print("fastapi", message["status"])

    told = environ("fastapi")
    headers = [
        (name.removeprefix("HTTP_").replace("_", "-").lower().encode(), str(value).encode())
        for name, value in told.items()
        if name.startswith(("HTTP_", "CONTENT_"))
    ]
    scope = {
        "type": "http",
        "http_version": "1.1",
        "asgi": {"version": "3.0"},
        "method": "POST",
        "scheme": "http",
        "path": "/fail",
        "raw_path": b"/fail",
        "root_path": "",
        "query_string": told["QUERY_STRING"].encode(),
        "headers": headers,
        "client": ("10.0.0.1", 4711),
        "server": ("shop.test", 80),
    }
    try:
        await app(scope, receive, send)
    except LookupError:
        print("fastapi raised")


if __name__ == "__main__":
    sdk_config.setup()
    ask_flask()
    ask_django()
    asyncio.run(ask_fastapi())
    sdk_config.shutdown()
