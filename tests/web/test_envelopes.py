"""Envelopes over HTTP: lists, and the bytes as they were sent."""

from __future__ import annotations

import gzip
import zlib

import brotli
import pytest
import zstandard

BODY = b'{"sent_at":"2026-01-01T00:00:00Z","x":1}\n{"type":"event"}\n{"message":"hi"}\n'
CODINGS = {
    "gzip": gzip.compress,
    "deflate": zlib.compress,
    "br": brotli.compress,
    "zstd": zstandard.ZstdCompressor().compress,
}
PATH = f"/api/42/envelope/?sentry_key={'a' * 32}"


async def test_an_envelope_shows_who_sent_it_and_what_it_holds(server):
    headers = {"User-Agent": "sdk/1", "X-Forwarded-For": "203.0.113.7"}
    async with server.client.post(PATH, data=BODY, headers=headers) as response:
        assert response.status == 200
    status, page = await server.get("/relay/v1/envelopes")
    [envelope] = page["envelopes"]
    assert (status, page["next"]) == (200, None)
    assert (await server.get("/relay/v1/envelopes/1")) == (200, envelope)
    assert envelope["headers"] == {"sent_at": "2026-01-01T00:00:00Z", "x": 1}
    assert envelope["item_types"] == ["event"]
    assert (envelope["user_agent"], envelope["remote_addr"]) == ("sdk/1", "203.0.113.7")
    assert (envelope["size"], envelope["wire_size"]) == (len(BODY), len(BODY))


async def test_envelopes_are_paged_by_project(server):
    await server.send(b"{}", b"{}", b"{}", project="1")
    await server.send(b"{}", project="2")
    _, first = await server.get("/relay/v1/envelopes?project=1&limit=2")
    _, second = await server.get(f"/relay/v1/envelopes?project=1&cursor={first['next']}")
    ids = [envelope["id"] for page in (first, second) for envelope in page["envelopes"]]
    assert (ids, second["next"]) == ([3, 2, 1], None)


@pytest.mark.parametrize("coding", CODINGS)
async def test_raw_is_the_wire_for_a_client_that_takes_its_coding(server, coding):
    wire = CODINGS[coding](BODY)
    headers = {"Content-Encoding": coding}
    async with server.client.post(PATH, data=wire, headers=headers) as response:
        assert response.status == 200
    raw = "/relay/v1/envelopes/1/raw"
    answer = await server.raw(
        b"GET %b HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
        b"Accept-Encoding: gzip;q=0.5, %b\r\n\r\n" % (raw.encode(), coding.encode())
    )
    head, _, body = answer.partition(b"\r\n\r\n")
    assert body == wire
    assert f"content-encoding: {coding}".encode() in head.lower()


@pytest.mark.parametrize("accepts", ["identity", "gzip;q=0", "br"])
async def test_raw_is_decoded_for_a_client_that_does_not_take_the_coding(server, accepts):
    headers = {"Content-Encoding": "gzip"}
    async with server.client.post(PATH, data=gzip.compress(BODY), headers=headers) as response:
        assert response.status == 200
    async with server.client.get(
        "/relay/v1/envelopes/1/raw", headers={"Accept-Encoding": accepts}
    ) as response:
        assert "Content-Encoding" not in response.headers
        assert await response.read() == BODY


async def test_wire_is_what_came_with_its_coding_told_beside(server):
    wire = gzip.compress(BODY)
    headers = {"Content-Encoding": "gzip"}
    async with server.client.post(PATH, data=wire, headers=headers) as response:
        assert response.status == 200
    async with server.client.get("/relay/v1/envelopes/1/raw?wire=1") as response:
        assert await response.read() == wire
        assert response.headers["X-Wire-Content-Encoding"] == "gzip"
        assert response.headers["Content-Type"] == "application/octet-stream"


@pytest.mark.parametrize("path", ["2", "2/raw", "x", "x/raw"])
async def test_an_unknown_envelope_is_a_404_in_words(server, path):
    status, problem = await server.get(f"/relay/v1/envelopes/{path}")
    assert (status, set(problem)) == (404, {"detail"})


async def test_raw_is_the_envelope_that_a_door_made_whatever_the_client_takes(server):
    headers = {"Content-Encoding": "gzip"}
    path = PATH.replace("envelope", "store")
    async with server.client.post(path, data=gzip.compress(b'{"x":1}'), headers=headers) as sent:
        assert sent.status == 200
    raw = "/relay/v1/envelopes/1/raw"
    found = []
    for accepted in ("gzip", "identity"):
        headers = {"Accept-Encoding": accepted}
        async with server.client.get(raw, headers=headers) as response:
            found.append(await response.read())
    assert found[0] == found[1]
    assert found[0].splitlines()[2] == b'{"x":1}'
