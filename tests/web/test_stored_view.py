"""`view=stored`: items as Sentry would keep them, over HTTP."""

from __future__ import annotations

import json
from typing import Any

import pytest

from fake_relay.config import ProjectConfig, RelayConfig, Scrubbing, relay_library

EVENT = b'{"platform":"rust","extra":{"password":"hunter2"}}'


async def test_an_item_is_shown_as_sentry_keeps_it(server: Any) -> None:
    await server.send(EVENT)
    sent = (await server.items())["items"][0]
    status, stored = await server.get(f"/relay/v1/items/{sent['id']}?view=stored")
    assert status == 200
    assert sent["payload"]["extra"] == {"password": "hunter2"}
    assert stored["payload"]["extra"] == {"password": "[Filtered]"}
    assert stored["payload"]["platform"] == "other"
    assert stored["meta"]["platform"] == {"": {"val": "rust"}}
    assert {
        "path": "extra.password",
        "kind": "scrubbed",
        "rule": "@password:filter",
        "detail": "was 7 long",
    } in stored["remarks"]
    assert stored["refused"] is None


async def test_a_page_is_shown_as_sentry_keeps_it(server: Any) -> None:
    await server.send(EVENT, EVENT)
    page = await server.items(view="stored")
    assert [item["payload"]["extra"] for item in page["items"]] == [{"password": "[Filtered]"}] * 2


async def test_as_sent_there_are_no_remarks(server: Any) -> None:
    await server.send(EVENT)
    (item,) = (await server.items(view="sent"))["items"]
    assert not {"remarks", "meta", "refused"} & set(item)


async def test_what_sentry_refuses_has_a_reason_instead_of_a_payload(server: Any) -> None:
    await server.send(b'{"transaction":"t"}', item_type="transaction")
    (item,) = (await server.items(view="stored"))["items"]
    assert item["payload"] is None
    assert item["refused"]["reason"]
    assert item["refused"]["text"]


async def test_each_project_has_rules_of_its_own(start: Any) -> None:
    strict = ProjectConfig("7", scrubbing=Scrubbing(sensitive_fields=("colour",)))
    server = await start(config=RelayConfig(projects=(strict,)))
    for project in ("7", "8"):
        await server.send(b'{"extra":{"colour":"red"}}', project=project)
    found = {
        item["project"]: item["payload"]["extra"]["colour"]
        for item in (await server.items(view="stored"))["items"]
    }
    assert found == {"7": "[Filtered]", "8": "red"}


async def test_the_envelope_tells_where_an_item_came_from(server: Any) -> None:
    await server.send(
        b'{"user":{"ip_address":"{{auto}}"}}', headers={"X-Forwarded-For": "203.0.113.9"}
    )
    (item,) = (await server.items(view="stored"))["items"]
    assert item["payload"]["user"]["ip_address"] == "203.0.113.9"


async def test_without_the_library_the_answer_says_what_to_install(
    server: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    import sys

    await server.send(EVENT)
    monkeypatch.setitem(sys.modules, "sentry_relay", None)
    relay_library.relay_library.cache_clear()
    from fake_relay.stored_view.scrub import rules_of

    rules_of.cache_clear()
    try:
        status, found = await server.get("/relay/v1/items?view=stored")
        assert (status, "pip install 'fake-relay[relay]'" in found["detail"]) == (501, True)
        assert json.dumps(await server.items())
    finally:
        relay_library.relay_library.cache_clear()
