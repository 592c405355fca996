"""Every door by every method, with and without slashes, over HTTP (PROTOCOL.md 2 and 2.1)."""

from __future__ import annotations

import asyncio
import re
from typing import Any, NamedTuple

import msgspec
import pytest

from fake_relay.intake import find_door
from fake_relay.web.settings import WebConfig

KEY = "a" * 32
QUERY = f"sentry_key={KEY}"
JSON = "application/json"
CORS = {
    "access-control-allow-origin": "*",
    "access-control-expose-headers": "x-sentry-error, x-sentry-rate-limits, retry-after",
    "cross-origin-resource-policy": "cross-origin",
}
ALLOWED_HEADERS = {
    "x-sentry-auth",
    "x-requested-with",
    "x-forwarded-for",
    "origin",
    "referer",
    "accept",
    "content-type",
    "authentication",
    "authorization",
    "content-encoding",
    "transfer-encoding",
}


class Case(NamedTuple):
    """A door: its path without the last slash, what it takes, and its rule about that slash."""

    path: str
    methods: tuple[str, ...] = ("POST",)
    bare: bool = False
    query: str = QUERY
    body: bytes = b"{}"
    content_type: str = JSON
    status: int = 200


CASES = [
    Case("/api/42/envelope", body=b"{}\n"),
    Case("/api/42/store", methods=("GET", "POST"), query=f"{QUERY}&sentry_data=%7B%7D"),
    Case("/api/store", methods=("GET", "POST"), query=f"{QUERY}&sentry_data=%7B%7D"),
    Case("/api/42/security"),
    Case("/api/42/csp-report", content_type="application/csp-report"),
    Case("/api/42/nel", body=b"[]", content_type="application/reports+json"),
    Case("/api/42/cron/nightly", ("GET", "POST"), True, f"{QUERY}&status=ok", b"", "", 202),
    Case(f"/api/42/cron/nightly/{KEY}", ("GET", "POST"), True, "status=ok", b"", "", 202),
    Case("/api/42/integration/otlp/v1/traces", bare=True),
    Case("/api/42/integration/otlp/v1/logs", bare=True),
    Case("/api/42/otlp/v1/traces", bare=True),
    Case("/api/42/integration/vercel/logs", bare=True, body=b"[]", status=202),
    Case(
        "/api/42/integration/heroku/logs", ("POST",), True, QUERY, b"", "application/logplex-1", 202
    ),
]
METHODS = ("GET", "POST", "PUT", "DELETE", "PATCH", "OPTIONS")


def spelled(path: str) -> list[tuple[str, bool]]:
    """A path in several spellings, and whether it ends with a slash."""
    return [
        (path, False),
        (f"{path}/", True),
        (f"{path}//", True),
        (path.replace("/", "//"), False),
        (f"/{path.replace('/', '///')}/", True),
    ]


def expected(case: Case, method: str, slash: bool) -> int:
    """The status that a door answers."""
    if not slash and not case.bare:
        return 404
    if method == "OPTIONS":
        return 200
    return case.status if method in case.methods else 405


async def ask(server: Any, method: str, path: str, case: Case) -> tuple[int, dict[str, str], bytes]:
    """Status, headers by lower-case name, and body of an answer, all read from the bytes."""
    body = case.body if method in ("POST", "PUT", "PATCH") else b""
    query = "" if method == "OPTIONS" else f"?{case.query}"
    head = [
        f"{method} {path}{query} HTTP/1.1",
        "Host: localhost",
        "Connection: close",
        f"Content-Length: {len(body)}",
    ]
    if case.content_type:
        head.append(f"Content-Type: {case.content_type}")
    answer = await server.raw("\r\n".join((*head, "", "")).encode() + body)
    first, _, content = answer.partition(b"\r\n\r\n")
    lines = first.decode("latin-1").split("\r\n")
    headers = {
        name.lower(): value for name, _, value in (line.partition(": ") for line in lines[1:])
    }
    return int(lines[0].split(" ")[1]), headers, content


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.path)
async def test_each_door_answers_its_own_methods_at_its_own_paths(server, case):
    for path, slash in spelled(case.path):
        for method in METHODS:
            status, headers, body = await ask(server, method, path, case)
            where = f"{method} {path}"
            assert status == expected(case, method, slash), where
            if status == 404:
                assert "detail" in msgspec.json.decode(body), where
                continue
            assert {name: headers.get(name) for name in CORS} == CORS, where
            assert headers["server"].startswith("fake-relay/"), where
            if status == 405:
                allowed = set(headers["allow"].split(", "))
                assert allowed == {*case.methods, "OPTIONS"}, where
            if method == "OPTIONS":
                assert headers["access-control-allow-methods"] == "POST", where
                assert headers["access-control-max-age"] == "3600", where
                given = set(headers["access-control-allow-headers"].split(", "))
                assert given >= ALLOWED_HEADERS, where


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.path)
async def test_a_door_that_refuses_can_be_read_across_origins(server, case):
    """Without credentials, and from a page of another origin."""
    path = re.sub(f"/{KEY}$", "", case.path) + "/"
    options = {"data": case.body, "headers": {"Origin": "https://shop.example"}}
    if case.content_type:
        options["headers"]["Content-Type"] = case.content_type
    async with server.client.post(path, **options) as response:
        assert response.status == 401
        assert {name: response.headers[name] for name in CORS} == CORS
        assert "auth" in (await response.text())


async def test_a_body_beyond_its_doors_limit_is_413_before_it_comes(server):
    limits = {
        "/api/42/security/": 2**20,
        "/api/42/cron/nightly": 2**20,
        "/api/42/nel/": 12 * 2**20,
        "/api/42/integration/otlp/v1/logs": 12 * 2**20,
        "/api/42/integration/vercel/logs": 12 * 2**20,
    }
    for path, limit in limits.items():
        head = (
            f"POST {path}?{QUERY} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
            f"Content-Type: {JSON}\r\nContent-Length: {limit + 1}\r\n\r\n"
        )
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        writer.write(head.encode())
        # No byte of the body follows, so an answer can only be an early one.
        answer = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 10)
        writer.close()
        assert answer.split(b" ")[1] == b"413", path
        assert b"access-control-allow-origin: *" in answer.lower(), path


async def test_errors_to_an_exporter_are_in_its_own_form(server):
    path = "/api/42/integration/otlp/v1/traces"
    async with server.client.post(path, data=b"{}", headers={"Content-Type": JSON}) as response:
        assert response.status == 401
        assert await response.json() == {
            "code": 16,
            "message": "missing authorization information",
        }
    headers = {"Content-Type": "application/x-protobuf"}
    async with server.client.post(path, data=b"", headers=headers) as response:
        assert (response.status, response.content_type) == (401, "application/x-protobuf")
        assert (await response.read())[:2] == b"\x08\x10"
    async with server.client.post(f"{path}?{QUERY}", data=b"x") as response:
        assert response.status == 415
        status = await response.json(content_type=None)
        assert (status["code"], status["message"][:11]) == (3, "unsupported")


@pytest.mark.parametrize("path", ["live/", "ready/"])
async def test_health_checks_answer_relays_own_bytes(server, path):
    async with server.client.get(f"/api/relay/healthcheck/{path}") as response:
        assert (response.status, await response.read()) == (200, b'{"is_healthy":true}')
        assert response.content_type == JSON


@pytest.mark.parametrize(
    "path",
    [
        "/api/relay/healthcheck/",
        "/api/relay/nothing/",
        "/api/42/",
        "/api/42/nothing/",
        "/api/42/metrics/",
        "/api/42/integration/otlp/v1/metrics",
        "/api/42/cron/",
        "/api/42/cron/a/b/c",
        "/api/",
        "/nothing",
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_other_paths_are_a_404_in_json(server, method, path):
    async with server.client.request(method, path) as response:
        assert response.status == 404
        assert "detail" in await response.json()


async def test_a_door_needs_no_token_where_reading_does(start):
    server = await start(web=WebConfig(token="secret"))
    async with server.client.get(f"/api/42/cron/nightly/{KEY}?status=ok") as response:
        assert response.status == 202
    async with server.client.get("/api/42/nothing/") as response:
        assert response.status == 401


def test_a_cron_path_names_slug_and_key():
    place = find_door(f"/api/42//cron/nightly//{KEY}")
    assert place is not None
    assert (place.project, place.slug, place.key) == ("42", "nightly", KEY)
