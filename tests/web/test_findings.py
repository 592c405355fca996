"""`GET /relay/v1/findings`, and the findings of one item."""

from __future__ import annotations

from typing import Any


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
