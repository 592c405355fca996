"""A request through each middleware: its facts on its own events, and nothing on others'."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
import sentry_sdk
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from sentry_sdk.integrations.asgi import SentryAsgiMiddleware
from sentry_sdk.integrations.wsgi import SentryWsgiMiddleware

import sdk_config
from fake_relay.testing import Relay
from sdk_config import ContextMiddleware, JWTReader, PathRule, WSGIContextMiddleware
from sdk_config.runtime import current
from tests.sdk_config.conftest import SetUp

PROXY = {"user_id_header": "X-User-Id", "trust_proxies": ["10.0.0.0/8"]}
KEY = "not a secret, but long enough for a test"

Start = Callable[..., Any]


def environ(path: str = "/", peer: str = "10.0.0.1", **headers: str) -> dict[str, Any]:
    named = {f"HTTP_{name.upper()}": value for name, value in headers.items()}
    return {"REQUEST_METHOD": "GET", "PATH_INFO": path, "REMOTE_ADDR": peer, **named}


def nothing(status: str, headers: Any, exc_info: Any = None) -> None:
    """A server that throws answers away."""


def speaking(request: dict[str, Any], start_response: Start) -> list[bytes]:
    sdk_config.capture_message(f"asked for {request['PATH_INFO']}")
    start_response("200 OK", [])
    return [b"ok"]


def failing(request: dict[str, Any], start_response: Start) -> list[bytes]:
    raise LookupError(request["PATH_INFO"])


def a_token(claims: dict[str, Any]) -> str:
    parts = [json.dumps(part).encode() for part in ({"alg": "HS256"}, claims)]
    body = b".".join(base64.urlsafe_b64encode(part).rstrip(b"=") for part in parts)
    signed = hmac.new(KEY.encode(), body, hashlib.sha256).digest()
    return (body + b"." + base64.urlsafe_b64encode(signed).rstrip(b"=")).decode()


def test_a_wsgi_request_has_its_id_its_user_and_its_crumb(relay: Relay, service: SetUp) -> None:
    """S3-17, S4-23, S2-07."""
    service()
    app = WSGIContextMiddleware(speaking, **PROXY)

    assert app(environ("/a", x_user_id="u1", x_request_id="r1"), nothing) == [b"ok"]

    event = relay.expect_event(message="asked for /a", tags={"request_id": "r1"})
    assert event["user"] == {"id": "u1"}
    crumb = event["breadcrumbs"]["values"][-1]
    assert (crumb["message"], crumb["category"]) == ("Authenticated request", "auth")


def test_a_header_from_a_stranger_names_nobody(relay: Relay, service: SetUp) -> None:
    service()
    WSGIContextMiddleware(speaking, **PROXY)(environ("/a", "203.0.113.9", x_user_id="u1"), nothing)

    assert not relay.expect_event(message="asked for /a").get("user")


def test_a_token_names_the_user_and_wins_over_the_header(relay: Relay, service: SetUp) -> None:
    service()
    app = WSGIContextMiddleware(speaking, jwt=JWTReader(KEY), **PROXY)
    token = a_token({"sub": "u7", "role": "owner"})

    app(environ("/a", authorization=f"Bearer {token}", x_user_id="u1"), nothing)

    event = relay.expect_event(message="asked for /a", tags={"role": "owner"})
    assert event["user"]["id"] == "u7"
    relay.assert_no_leaks(token)


def test_a_reader_without_a_key_is_noted_and_names_nobody(relay: Relay, service: SetUp) -> None:
    service()
    app = WSGIContextMiddleware(speaking, jwt=JWTReader(None))

    app(environ("/a", authorization=f"Bearer {a_token({'sub': 'u7'})}"), nothing)

    assert not relay.expect_event(message="asked for /a").get("user")
    running = current()
    assert running is not None
    assert running.failures == ["JWTReader: LookupError"]


def test_address_and_user_agent_are_sent_only_where_they_are_allowed(
    relay: Relay, service: SetUp
) -> None:
    request = environ("/a", x_forwarded_for="198.51.100.7", user_agent="canary-agent")
    service()
    app = WSGIContextMiddleware(speaking, **PROXY)
    app(request, nothing)
    assert not relay.expect_event(message="asked for /a").get("user")
    sdk_config.shutdown()
    service(user_fields=("id", "ip_address", "user_agent"))

    app(environ("/b", x_forwarded_for="198.51.100.7", user_agent="agent"), nothing)

    event = relay.expect_event(message="asked for /b")
    assert event["user"]["ip_address"] == "198.51.100.7"
    assert event["user"]["user_agent"] == "agent"


def test_the_first_rule_that_matches_counts(relay: Relay, service: SetUp) -> None:
    service()
    rules = [
        PathRule("/health*", skip=True),
        PathRule("/api/v1/*", ("GET",), tags={"feature": "api"}),
        PathRule(tags={"feature": "rest"}),
    ]
    app = WSGIContextMiddleware(speaking, rules=rules, request_id=False)
    for path in ("/health", "/api/v1/orders", "/other"):
        app(environ(path), nothing)

    told = {event["message"]: event.get("tags", {}) for event in relay.items("event")}
    assert [told[f"asked for {path}"].get("feature") for path in ("/health", "/api/v1/orders")] == [
        None,
        "api",
    ]
    assert told["asked for /other"] == {"feature": "rest"}


def test_inside_of_the_sdks_middleware_an_error_keeps_the_requests_facts(
    relay: Relay, service: SetUp
) -> None:
    """FW-11: the error is captured further out, after the request has left this middleware."""
    service()
    app = SentryWsgiMiddleware(WSGIContextMiddleware(failing, **PROXY))

    with pytest.raises(LookupError):
        app(environ("/a", x_user_id="u1", x_request_id="r1"), nothing)

    event = relay.expect_event(exception="LookupError", tags={"request_id": "r1"})
    assert event["user"]["id"] == "u1"


def test_outside_of_the_sdks_middleware_it_does_as_well(relay: Relay, service: SetUp) -> None:
    service()
    app = WSGIContextMiddleware(SentryWsgiMiddleware(failing), **PROXY)

    with pytest.raises(LookupError):
        app(environ("/a", x_user_id="u1", x_request_id="r1"), nothing)

    event = relay.expect_event(exception="LookupError", tags={"request_id": "r1"})
    assert event["user"]["id"] == "u1"


def test_a_user_that_is_to_be_hashed_is_not_in_the_requests_headers_either(
    relay: Relay, service: SetUp
) -> None:
    service(hash_user_id="a key")
    app = SentryWsgiMiddleware(WSGIContextMiddleware(failing, **PROXY))

    with pytest.raises(LookupError):
        app(environ("/a", x_user_id="canary-id"), nothing)

    assert relay.expect_event(exception="LookupError")["user"]["id"]
    relay.assert_no_leaks("canary-id")


def test_after_a_request_its_thread_knows_nothing_of_it(relay: Relay, service: SetUp) -> None:
    service()
    WSGIContextMiddleware(speaking, **PROXY)(environ("/a", x_user_id="u1"), nothing)
    sdk_config.capture_message("after")

    event = relay.expect_event(message="after")
    assert not event.get("user")
    assert "request_id" not in event.get("tags", {})


def test_a_body_that_is_made_while_it_is_sent_is_made_within_its_request(
    relay: Relay, service: SetUp
) -> None:
    service()
    closed: list[str] = []

    def streaming(request: dict[str, Any], start_response: Start) -> Iterator[bytes]:
        start_response("200 OK", [])
        try:
            sdk_config.capture_message(f"part of {request['PATH_INFO']}")
            yield b"one"
        finally:
            closed.append(request["PATH_INFO"])

    app = WSGIContextMiddleware(streaming, **PROXY)
    first: Any = app(environ("/a", x_user_id="u1"), nothing)
    second: Any = app(environ("/b", x_user_id="u2"), nothing)
    assert [next(second), next(first)] == [b"one", b"one"]
    first.close()
    second.close()

    assert closed == ["/a", "/b"]
    users = {event["message"]: event["user"]["id"] for event in relay.items("event")}
    assert users == {"part of /a": "u1", "part of /b": "u2"}


def answering(status: str, error: Exception | None = None) -> Any:
    def app(request: dict[str, Any], start_response: Start) -> Iterable[bytes]:
        if error is not None:
            sdk_config.capture_exception(error)
        start_response(status, [])
        return [b""]

    return app


def test_a_server_error_without_an_exception_is_sent_if_asked_for(
    relay: Relay, service: SetUp
) -> None:
    """S2-02."""
    service()
    WSGIContextMiddleware(answering("503 Busy"), record_server_errors=True)(
        environ("/orders/17"), nothing
    )

    event = relay.expect_event(level="error", tags={"http.status_code": "503"})
    assert event["message"] == "GET /orders/* answered 503"
    assert event["fingerprint"] == ["http-server-error", "GET", "/orders/*", "503"]


def test_other_answers_and_errors_that_were_captured_are_not_sent_again(
    relay: Relay, service: SetUp
) -> None:
    service()
    rules = [PathRule("/quiet", record_server_errors=False)]
    options: dict[str, Any] = {"record_server_errors": True, "rules": rules}
    WSGIContextMiddleware(answering("404 Not Found"), **options)(environ("/a"), nothing)
    WSGIContextMiddleware(answering("500 Oops"), **options)(environ("/quiet"), nothing)
    WSGIContextMiddleware(answering("500 Oops"))(environ("/unasked"), nothing)
    WSGIContextMiddleware(answering("500 Oops", ValueError("once")), **options)(
        environ("/b"), nothing
    )

    (event,) = relay.items("event")
    assert event["exception"]["values"][0]["value"] == "once"


def test_eight_requests_at_once_see_only_their_own(relay: Relay, service: SetUp) -> None:
    """C-02, in threads that answer one request after another."""
    service()
    everyone = Barrier(8, timeout=20)

    def slow(request: dict[str, Any], start_response: Start) -> list[bytes]:
        everyone.wait()
        return speaking(request, start_response)

    app = WSGIContextMiddleware(slow, **PROXY)

    def ask(number: int) -> None:
        app(environ(f"/{number}", x_user_id=f"u{number}", x_request_id=f"r{number}"), nothing)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(ask, range(16)))

    told = {(e["message"], e["user"]["id"], e["tags"]["request_id"]) for e in relay.items("event")}
    assert told == {(f"asked for /{n}", f"u{n}", f"r{n}") for n in range(16)}


def test_with_sentry_off_the_application_answers_as_without() -> None:
    plain = [b"ok"]

    def app(request: dict[str, Any], start_response: Start) -> list[bytes]:
        start_response("200 OK", [])
        return plain

    assert WSGIContextMiddleware(app, record_server_errors=True)(environ(), nothing) is plain


async def test_a_request_that_cannot_be_described_is_answered_all_the_same(
    relay: Relay, service: SetUp
) -> None:
    """A server's mistake is the application's to see, not ours to raise."""
    service()

    def app(request: Any, start_response: Start) -> list[bytes]:
        start_response(503, [])
        return [b"ok"]

    broken: Any = {1: 2}
    assert WSGIContextMiddleware(app, record_server_errors=True)(broken, nothing) == [b"ok"]
    await ContextMiddleware(asgi_speaking)(
        {"type": "http", "path": "/a", "headers": [("text", None)]}, receive, unsent
    )

    await asyncio.to_thread(relay.expect_event, message="asked for /a")
    running = current()
    assert running is not None
    assert running.failures == [
        "RequestReader.begin: AttributeError",
        "RequestReader.begin: AttributeError",
    ]


# ASGI


def a_scope(path: str = "/", **headers: str) -> dict[str, Any]:
    raw = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    client = ("10.0.0.1", 4711)
    return {"type": "http", "method": "GET", "path": path, "headers": raw, "client": client}


async def receive() -> dict[str, Any]:
    return {"type": "http.request"}


async def unsent(message: Any) -> None:
    """A server that throws answers away."""


async def asgi_speaking(scope: Any, receive: Any, send: Any) -> None:
    sdk_config.capture_message(f"asked for {scope['path']}")
    await send({"type": "http.response.start", "status": 503, "headers": []})
    await send({"type": "http.response.body", "body": b"busy"})


async def test_fifty_asgi_requests_at_once_see_only_their_own(relay: Relay, service: SetUp) -> None:
    service()
    everyone = asyncio.Barrier(50)

    async def slow(scope: Any, receive: Any, send: Any) -> None:
        await everyone.wait()
        await asgi_speaking(scope, receive, send)

    app = ContextMiddleware(slow, **PROXY)
    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message["type"])

    await asyncio.gather(
        *(
            app(a_scope(f"/{n}", x_user_id=f"u{n}", x_request_id=f"r{n}"), receive, send)
            for n in range(50)
        )
    )

    events = await asyncio.to_thread(relay.items, "event")
    told = {(e["message"], e["user"]["id"], e["tags"]["request_id"]) for e in events}
    assert told == {(f"asked for /{n}", f"u{n}", f"r{n}") for n in range(50)}
    assert len(sent) == 100


@pytest.mark.parametrize("order", ["inside", "outside"])
async def test_beside_the_sdks_asgi_middleware_an_error_keeps_the_requests_facts(
    order: str, relay: Relay, service: SetUp
) -> None:
    service()

    async def failing_app(scope: Any, receive: Any, send: Any) -> None:
        raise LookupError("asgi")

    app: Any
    if order == "inside":
        app = SentryAsgiMiddleware(ContextMiddleware(failing_app, **PROXY))
    else:
        app = ContextMiddleware(SentryAsgiMiddleware(failing_app), **PROXY)
    with pytest.raises(LookupError):
        await app(a_scope("/a", x_user_id="u1", x_request_id="r1"), receive, unsent)

    (event,) = await asyncio.to_thread(relay.items, "event")
    assert (event["user"]["id"], event["tags"]["request_id"]) == ("u1", "r1")


async def test_an_asgi_answer_passes_unchanged_and_is_noticed(relay: Relay, service: SetUp) -> None:
    service()
    sent: list[Any] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 502, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    async def send(message: Any) -> None:
        sent.append(message)

    await ContextMiddleware(app, record_server_errors=True)(a_scope("/pay"), receive, send)

    assert sent == [
        {"type": "http.response.start", "status": 502, "headers": []},
        {"type": "http.response.body", "body": b""},
    ]
    (event,) = await asyncio.to_thread(relay.items, "event")
    assert event["message"] == "GET /pay answered 502"


async def test_other_kinds_of_asgi_messages_pass() -> None:
    seen: list[str] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        seen.append(scope["type"])

    await ContextMiddleware(app)({"type": "lifespan"}, receive, unsent)

    assert seen == ["lifespan"]


# aiohttp, with the SDK's integration and without


@pytest.mark.parametrize("integrated", [True, False])
async def test_an_aiohttp_request_has_its_facts(
    integrated: bool, relay: Relay, service: SetUp
) -> None:
    service(auto_enabling_integrations=integrated)
    assert ("aiohttp" in sentry_sdk.get_client().integrations) is integrated

    async def speak(request: web.Request) -> web.Response:
        sdk_config.capture_message(f"asked for {request.path}")
        return web.Response(text="ok")

    async def refuse(request: web.Request) -> web.Response:
        raise web.HTTPServiceUnavailable

    trusting = {"user_id_header": "X-User-Id", "trust_proxies": ["127.0.0.0/8", "::1"]}
    middleware = sdk_config.aiohttp_context(record_server_errors=True, **trusting)
    app = web.Application(middlewares=[middleware])
    app.router.add_get("/speak/{n}", speak)
    app.router.add_get("/refuse", refuse)
    async with TestClient(TestServer(app)) as client:
        answers = [
            await client.get(f"/speak/{n}", headers={"X-User-Id": f"u{n}", "X-Request-ID": f"r{n}"})
            for n in range(3)
        ]
        refused = await client.get("/refuse")

    assert [answer.status for answer in [*answers, refused]] == [200, 200, 200, 503]
    events = await asyncio.to_thread(relay.items, "event")
    told = {(e["message"], e["user"]["id"], e["tags"]["request_id"]) for e in events[:3]}
    assert told == {(f"asked for /speak/{n}", f"u{n}", f"r{n}") for n in range(3)}
    # Its integration sends the exception itself; nobody sends both.
    assert [event.get("message") for event in events[3:]] == [
        None if integrated else "GET /refuse answered 503"
    ]
    assert not events[3].get("user")
