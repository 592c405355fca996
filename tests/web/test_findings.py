"""`GET /relay/v1/findings`, and the findings of one item."""

from __future__ import annotations

from typing import Any

import pytest

from fake_relay.config.relay_library import LibraryMissing


async def test_findings_come_page_by_page(server: Any) -> None:
    await server.send(*[b'{"release":"a/b"}'] * 3)
    status, page = await server.get("/relay/v1/findings?limit=2&q=has:event_id")
    assert (status, page["items"]) == (200, 2)
    assert {one["item"] for one in page["findings"] if one["code"] == "invalid-release"} == {2, 3}
    _, behind = await server.get(f"/relay/v1/findings?cursor={page['next']}")
    assert {one["item"] for one in behind["findings"]} == {1}


async def test_one_item_has_its_findings(server: Any) -> None:
    await server.send(b'{"release":"a/b"}')
    _, item = await server.get("/relay/v1/items/1")
    assert "invalid-release" in {one["code"] for one in item["findings"]}
    _, row = await server.get("/relay/v1/items/1?payload=0")
    assert "findings" not in row
    assert "findings" not in (await server.items())["items"][0]


async def test_a_page_of_items_has_findings_when_asked(server: Any) -> None:
    await server.send(b'{"release":"a/b"}')
    for payload in ("0", "1"):
        page = await server.items(findings="1", payload=payload)
        assert "invalid-release" in {one["code"] for one in page["items"][0]["findings"]}
    assert "findings" not in (await server.items())["items"][0]


async def test_other_scrubbing_makes_other_findings(server: Any) -> None:
    await server.send(b'{"extra":{"shoe":"42"}}')

    async def codes() -> set[str]:
        _, item = await server.get("/relay/v1/items/1")
        return {one["code"] for one in item["findings"]}

    assert "sensitive" not in await codes()
    settings = {"scrubbing": {"sensitive_fields": ["shoe"]}}
    async with server.client.put("/relay/v1/projects/42/settings", json=settings) as reply:
        assert reply.status == 200, await reply.text()
    assert "sensitive" in await codes()
    async with server.client.delete("/relay/v1/projects/42/settings") as reply:
        assert reply.status == 200
    assert "sensitive" not in await codes()


async def test_without_the_library_items_have_no_findings(
    server: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def missing() -> Any:
        raise LibraryMissing("normalisation needs the package sentry-relay")

    monkeypatch.setattr("fake_relay.config.relay_library.relay_library", missing)
    monkeypatch.setattr("fake_relay.stored_view.normalize.relay_library", missing)
    await server.send(b'{"release":"a/b"}')
    page = await server.items(findings="1")
    assert "findings" not in page["items"][0]
    status, problem = await server.get("/relay/v1/findings")
    assert (status, "sentry-relay" in problem["detail"]) == (501, True)
