"""Any bytes to any door: an answer below 500, and the server goes on."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator

import pytest
import urllib3
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from fake_relay.relay import Relay
from fake_relay.store import open_store
from fake_relay.web.runner import ThreadServer

KEY = "a" * 32
PATHS = [
    f"/api/42/envelope/?sentry_key={KEY}",
    "/api/42/envelope/",
    f"/api/42/store/?sentry_key={KEY}&sentry_version=7",
    f"/api/store/?sentry_key={KEY}",
    "/stream",
    f"/api/42/security/?sentry_key={KEY}",
    f"/api/42/minidump/?sentry_key={KEY}",
    f"/api/42/cron/slug/{KEY}/",
    f"/api/42/nel/?sentry_key={KEY}",
    f"/api/42/integration/otlp/v1/traces?sentry_key={KEY}",
    f"/api/42/integration/otlp/v1/logs?sentry_key={KEY}",
    f"/api/42/integration/vercel/logs?sentry_key={KEY}",
    "/api/" + "9" * 5000 + f"/envelope/?sentry_key={KEY}",
]
FRAMED = st.tuples(
    st.sampled_from(
        [b"{}", b'{"event_id":"x"}', b'{"trace":{"a":1}}', b"[]", b'{"dsn":"\\ud800"}']
    ),
    st.sampled_from(
        ["event", "transaction", "log", "client_report", "session", "check_in", "attachment", "x"]
    ),
    st.one_of(
        st.binary(max_size=60),
        st.recursive(
            st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=8),
            lambda inner: (
                st.lists(inner, max_size=3)
                | st.dictionaries(
                    st.sampled_from(
                        [
                            "message",
                            "level",
                            "timestamp",
                            "tags",
                            "exception",
                            "values",
                            "items",
                            "user",
                        ]
                    ),
                    inner,
                    max_size=4,
                )
            ),
            max_leaves=8,
        ).map(lambda value: json.dumps(value).encode()),
    ),
).map(lambda parts: parts[0] + b'\n{"type":"%b"}\n%b\n' % (parts[1].encode(), parts[2]))


@pytest.fixture(scope="module")
def server() -> Iterator[ThreadServer]:
    with ThreadServer(lambda: Relay(open_store("memory:"))) as running:
        yield running
    assert running.errors == []


@pytest.fixture(scope="module")
def pool() -> Iterator[urllib3.PoolManager]:
    with urllib3.PoolManager(retries=False, timeout=20) as made:
        yield made


@settings(max_examples=100)
@given(
    method=st.sampled_from(["POST", "POST", "POST", "GET", "PUT", "OPTIONS"]),
    path=st.sampled_from(PATHS),
    body=st.one_of(st.binary(max_size=200), FRAMED),
    headers=st.dictionaries(
        st.sampled_from(
            ["Content-Encoding", "Content-Type", "X-Sentry-Auth", "User-Agent", "X-Forwarded-For"]
        ),
        st.one_of(
            st.sampled_from(
                [
                    "gzip",
                    "br",
                    "zstd",
                    "deflate",
                    "application/json",
                    "application/x-protobuf",
                    "application/reports+json",
                    "application/x-ndjson",
                    "Sentry x=y",
                ]
            ),
            st.text(st.characters(codec="latin-1", categories=["L", "N", "P"]), max_size=12),
        ),
        max_size=2,
    ),
)
def test_a_door_answers_anything_below_500(server, pool, method, path, body, headers):
    assume((method, path) != ("GET", "/stream"))  # the one answer that does not end
    encoded = {name: value.encode("latin-1") for name, value in headers.items()}
    response = pool.request(method, server.url + path, body=body, headers=encoded)
    assert response.status < 500, response.data
    assert pool.request("GET", f"{server.url}/health").status == 200


@settings(max_examples=50)
@given(
    data=st.binary(max_size=300), head=st.sampled_from([b"", b"GET ", b"POST /api/42/envelope/"])
)
def test_bytes_that_are_hardly_http_get_a_4xx_or_nothing(server, pool, data, head):
    port = int(server.url.rpartition(":")[2])
    with socket.create_connection(("127.0.0.1", port), timeout=20) as connection:
        connection.sendall(head + data + b"\r\n\r\n")
        connection.shutdown(socket.SHUT_WR)
        try:
            answer = connection.recv(1000)
        except ConnectionError:
            answer = b""
    assert answer == b"" or int(answer.split(b" ", 2)[1]) < 500
    assert pool.request("GET", f"{server.url}/health").status == 200


@settings(max_examples=50)
@given(
    path=st.sampled_from(["items", "envelopes", "outcomes", "stream", "items/1", "projects"]),
    query=st.dictionaries(
        st.sampled_from(
            ["project", "type", "event_id", "q", "limit", "cursor", "after", "payload", "view"]
        ),
        st.text(max_size=12),
        max_size=3,
    ),
)
def test_the_api_answers_any_parameters_below_500(server, pool, path, query):
    response = pool.request(
        "GET", f"{server.url}/relay/v1/{path}", fields=query, preload_content=False
    )
    assert response.status < 500 or response.status == 501
    response.close()
