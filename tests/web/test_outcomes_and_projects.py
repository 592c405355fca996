"""The ledger and the projects over HTTP."""

from __future__ import annotations

import asyncio
import re

import pytest
import sentry_sdk


async def test_the_ledger_balances_and_leaves_out_what_sdks_discarded(server):
    await server.send(b"{}", b"{}")
    report = b'{"discarded_events":[{"reason":"sample_rate","category":"error","quantity":7}]}'
    await server.send(report, item_type="client_report")
    status, ledger = await server.get("/relay/v1/outcomes?project=42")
    assert status == 200
    assert ledger["totals"]["error"] == {"received": 2, "accepted": 2, "client_discard": 7}
    assert {
        "project": "42",
        "category": "error",
        "outcome": "client_discard",
        "reason": "sample_rate",
        "quantity": 7,
    } in ledger["outcomes"]


async def test_the_ledger_of_another_project_is_empty(server):
    await server.send(b"{}")
    assert await server.get("/relay/v1/outcomes?project=1") == (
        200,
        {"outcomes": [], "totals": {}, "evicted": 0},
    )


async def test_the_ledger_over_time_adds_up_to_the_ledger(server):
    await server.send(b"{}", b"{}")
    _, plain = await server.get("/relay/v1/outcomes")
    _, timed = await server.get("/relay/v1/outcomes?interval=1h")
    assert {**timed, "over_time": [], "evicted_over_time": []} == {
        **plain,
        "over_time": [],
        "evicted_over_time": [],
    }
    (step,) = timed["over_time"]
    assert step | {"start": ""} == plain["outcomes"][0] | {"start": "", "seconds": 3600}
    assert step["start"].endswith(":00:00.000000Z")


async def test_the_ledger_of_a_period_leaves_out_what_came_at_other_times(server):
    await server.send(b"{}")
    for query, quantities in (("start=-1h", [1]), ("start=%2B1h", []), ("end=2026-01-01", [])):
        status, ledger = await server.get(f"/relay/v1/outcomes?{query}")
        assert [row["quantity"] for row in ledger["outcomes"]] == quantities, (status, query)


@pytest.mark.parametrize(
    "query",
    ["interval=7m", "interval=30s", "interval=90m", "interval=x", "start=soon", "end=2026-99"],
)
async def test_a_period_that_is_none_is_refused_by_name(server, query):
    status, problem = await server.get(f"/relay/v1/outcomes?{query}")
    assert status == 400
    assert problem["detail"].startswith(query.partition("=")[0])


async def test_a_fresh_project_takes_what_a_real_sdk_sends_to_its_dsn(server):
    async with server.client.post("/relay/v1/projects") as response:
        made = await response.json()
        assert response.status == 201
    assert made["dsn"] == (f"http://{made['public_key']}@127.0.0.1:{server.port}/{made['project']}")

    def send() -> None:
        client = sentry_sdk.Client(made["dsn"], default_integrations=False)
        client.capture_event({"message": "from the SDK"})
        client.close(timeout=10)

    await asyncio.to_thread(send)
    found = await server.items(project=made["project"])
    assert [item["title"] for item in found["items"]] == ["from the SDK"]


async def test_fresh_projects_differ_and_are_listed(server):
    made = []
    for body in (b"", b"{}", b'{"name":"mine"}'):
        async with server.client.post("/relay/v1/projects", data=body) as response:
            made.append(await response.json())
    assert len({project["project"] for project in made}) == 3
    assert len({project["public_key"] for project in made}) == 3
    assert all(re.fullmatch("[0-9a-f]{32}", project["public_key"]) for project in made)
    _, listed = await server.get("/relay/v1/projects")
    assert {project["project"]: project["dsns"] for project in listed["projects"]} == {
        project["project"]: [project["dsn"]] for project in made
    }


async def test_the_dsn_names_the_host_that_was_asked(server):
    headers = {"Host": "relay.localhost:1234"}
    async with server.client.post("/relay/v1/projects", headers=headers) as response:
        assert "@relay.localhost:1234/" in (await response.json())["dsn"]


async def test_a_body_that_is_not_an_object_makes_no_project(server):
    for body in (b"[]", b"{", b'{"name":1}', b"\xff"):
        async with server.client.post("/relay/v1/projects", data=body) as response:
            assert (response.status, set(await response.json())) == (400, {"detail"})
    assert await server.get("/relay/v1/projects") == (200, {"projects": []})
