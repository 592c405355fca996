"""What the scenarios of context do and data cannot say: requests at once, users, limits.

May import: acts.faces, the standard library, sentry_sdk; sdk_config inside functions.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
import threading
import time
from collections.abc import Callable, Iterable
from typing import Any

import sentry_sdk
from sentry_sdk.integrations.asgi import SentryAsgiMiddleware
from sentry_sdk.integrations.wsgi import SentryWsgiMiddleware

from scenarios.catalogue.acts.faces import helpers
from scenarios.process import requests
from scenarios.process.plan import Step

sdk: Any = sentry_sdk

KEY = "a key for tokens of a test only, which nobody else has"


def in_threads(count: int) -> None:
    """So many requests to a WSGI application at once, each with a tag and a user of its own."""
    together = threading.Barrier(count, timeout=20)

    def answer(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        _tell_who(environ["PATH_INFO"].strip("/"))
        together.wait()
        _capture(environ["PATH_INFO"].strip("/"))
        start_response("200 OK", [])
        return [b"fine"]

    app = SentryWsgiMiddleware(answer)
    threads = [
        threading.Thread(target=requests.wsgi, args=(app, _step(path=f"/{number}")))
        for number in range(count)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


async def in_tasks(count: int) -> None:
    """So many requests to an ASGI application at once, each with a tag and a user of its own."""
    arrived: list[str] = []
    all_there = asyncio.Event()

    async def answer(scope: Any, receive: Any, send: Any) -> None:
        name = scope["path"].strip("/")
        _tell_who(name)
        arrived.append(name)
        if len(arrived) == count:
            all_there.set()
        await all_there.wait()
        _capture(name)
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    app = SentryAsgiMiddleware(answer)
    await asyncio.gather(*(requests.asgi(app, _step(path=f"/{n}")) for n in range(count)))


def _tell_who(name: str) -> None:
    sdk.set_tag("request", name)
    sdk.set_user({"id": f"customer-{name}"})
    sdk.add_breadcrumb(message=f"a step of {name}")


def _capture(name: str) -> None:
    sdk.capture_message(f"request {name}", "error")


def wrong_context() -> None:
    """Set a context that is no mapping, then capture."""
    (helpers() or sdk).set_context("cart", "3 items")
    sdk.capture_message("with a context that is a text", "error")


def long_tags() -> None:
    """Set a tag with a name of 40 characters, and one with a value of 5000; then capture."""
    own = helpers() or sdk
    own.set_tag("a_name_of_forty_characters_is_too_long_x", "yes")
    own.set_tag("reason", "x" * 5000)
    own.set_tag("feature", "checkout")
    sdk.capture_message("with long tags", "error")


def contexts() -> None:
    """Business, database and flags, by helpers where there are some, by the SDK where not."""
    own = helpers()
    if own is not None:
        own.add_business_context(order="order-20931", amount=19.99)
        own.set_flags({"new-checkout": True})
    else:
        sdk.set_context("business", {"order": "order-20931", "amount": 19.99})
        sdk.set_context("flags", {"values": [{"flag": "new-checkout", "result": True}]})
    sdk.set_context("database", {"pool": 5, "slow": "orders"})
    sdk.capture_message("with contexts", "error")


STYLES: dict[str, Callable[[Any], None]] = {
    "keywords": lambda face: face.add_breadcrumb(
        category="project", message="keywords", level="info", data={"project_id": 7}
    ),
    "a mapping": lambda face: face.add_breadcrumb({"category": "auth", "message": "a mapping"}),
    "a text": lambda face: face.add_breadcrumb("a text"),
    "a text and a category": lambda face: face.add_breadcrumb("a text and a category", "payment"),
    "free fields": lambda face: face.add_breadcrumb(message="free fields", order="20931"),
}
"""How the documents spell a breadcrumb (S1-30, S2, S3)."""


def breadcrumb_styles() -> list[str]:
    """Add a breadcrumb in each style, then capture; the styles that raised."""
    face, raised = helpers() or sdk, []
    for name, add in STYLES.items():
        try:
            add(face)
        except Exception:  # noqa: BLE001 - which do is what is asked
            raised.append(name)
    sdk.capture_message("with breadcrumbs of all styles", "error")
    return raised


def user_faces() -> None:
    """Name a user by each of sdk_config's helpers, and forget it; an event after each."""
    import sdk_config as ours

    ours.set_user({"id": "7", "email": "ann@shop.example", "username": "ann"})
    _capture("mapping")
    ours.clear_user()
    _capture("cleared")
    ours.set_user_context("8", "ben", "ben@shop.example")
    _capture("positions")
    ours.add_user_context("9", "eve@shop.example", "manager")
    _capture("role")
    ours.clear_user_context()
    _capture("cleared again")


def token(claims: dict[str, Any], key: str = KEY, algorithm: str = "HS256") -> str:
    """A JSON web token (RFC 7519); without a signature for `none`."""
    head = _encoded(json.dumps({"alg": algorithm, "typ": "JWT"}).encode())
    signed = f"{head}.{_encoded(json.dumps(claims).encode())}"
    if algorithm == "none":
        return f"{signed}."
    return f"{signed}.{_encoded(hmac.new(key.encode(), signed.encode(), hashlib.sha256).digest())}"


def _encoded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def with_tokens() -> None:
    """Requests with tokens: one that is valid, and those that prove nothing."""
    now = time.time()
    valid = token({"sub": "7", "exp": now + 600})
    for name, said, key in (
        ("valid", valid, KEY),
        ("expired", token({"sub": "7", "exp": now - 600}), KEY),
        ("forged", token({"sub": "7"}, key="a key of somebody else"), KEY),
        ("unsigned", token({"sub": "7"}, algorithm="none"), KEY),
        ("missing key", valid, None),
        ("no token", "", KEY),
    ):
        _through_middleware(name, {"authorization": f"Bearer {said}"}, key=key)


def with_headers() -> None:
    """Requests that say whose they are in headers: through a trusted proxy, and from outside."""
    said = {"x-user-id": "7", "x-forwarded-for": "198.51.100.9", "user-agent": "a-browser/1"}
    _through_middleware("through the proxy", said, client="10.0.0.1")
    _through_middleware("from outside", said, client="203.0.113.5")


def _through_middleware(
    name: str, headers: dict[str, str], *, key: str | None = None, client: str = "127.0.0.1"
) -> None:
    from sdk_config import JWTReader, WSGIContextMiddleware

    def answer(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        _capture(name)
        start_response("200 OK", [])
        return [b"fine"]

    app = WSGIContextMiddleware(
        answer, jwt=JWTReader(key), user_id_header="X-User-Id", trust_proxies=["10.0.0.0/8"]
    )
    requests.wsgi(app, _step(headers=headers, client=client))


def _step(**fields: Any) -> Step:
    usual: dict[str, Any] = {
        "method": "GET",
        "path": "/",
        "query": "",
        "json": None,
        "body": "",
        "headers": {},
    }
    return Step({**usual, "client": "127.0.0.1", **fields}, "")
