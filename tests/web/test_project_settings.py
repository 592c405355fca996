"""A project's own settings over HTTP hold from the next request on."""

from __future__ import annotations

from typing import Any

import pytest

from fake_relay.config import Filters, ProjectConfig, RelayConfig

PATH = "/relay/v1/projects/42/settings"


async def put(server: Any, settings: Any, path: str = PATH) -> tuple[int, Any]:
    async with server.client.put(path, json=settings) as response:
        return response.status, await response.json()


async def outcomes(server: Any) -> list[str]:
    return [item.outcome for item in server.relay.store.find(selection()).items[::-1]]


def selection() -> Any:
    from fake_relay.store import Selection

    return Selection(limit=100)


async def test_a_project_has_the_relays_settings_until_it_has_its_own(server):
    status, before = await server.get(PATH)
    assert (status, before["own"], before["filters"]["localhost"]) == (200, [], False)
    status, after = await put(server, {"filters": {"localhost": True}})
    assert (status, after["own"], after["filters"]["localhost"]) == (200, ["filters"], True)
    assert after["scrubbing"] == before["scrubbing"]
    assert await server.get(PATH) == (200, after)
    async with server.client.delete(PATH) as response:
        assert (response.status, await response.json()) == (200, before)


async def test_settings_hold_from_the_next_request_on_and_for_one_project(server):
    await server.send(b'{"message":"boom"}')
    await put(server, {"filterSettings": {"errorMessages": {"patterns": ["boom"]}}})
    await server.send(b'{"message":"boom"}')
    await server.send(b'{"message":"boom"}', project="43")
    async with server.client.delete(PATH):
        pass
    await server.send(b'{"message":"boom"}')
    assert await outcomes(server) == ["", "filtered(error-message)", "", ""]


async def test_a_limit_is_told_over_http(server):
    await put(server, {"quotas": [{"categories": ["error"], "limit": 0, "reason_code": "no"}]})
    body = b'{}\n{"type":"event"}\n{}\n'
    path = f"/api/42/envelope/?sentry_key={'a' * 32}"
    async with server.client.post(path, data=body) as response:
        assert response.status == 429
        assert response.headers["X-Sentry-Rate-Limits"] == "60:error:organization:no"
        assert response.headers["Retry-After"] == "60"
        assert "due to a quota" in (await response.json())["detail"]
    assert await outcomes(server) == ["rate_limited(no)"]


async def test_keys_of_relays_configuration_that_mean_nothing_here_are_named(server):
    status, found = await put(server, {"config": {"eventRetention": 90, "filterSettings": {}}})
    assert (status, found["ignored"]) == (200, ["eventRetention"])


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ({"filter": {}}, "unknown key 'filter'"),
        ({"filters": {"generic": [{"id": "a", "condition": {"op": "x"}}]}}, "condition.op is 'x'"),
        ({"filters": {"releases": ["{a,b}" * 20]}}, "filters.releases: "),
        ({"quotas": [{"limit": 7}]}, "needs an id"),
        ([], "Expected `object`, got `array`"),
    ],
)
async def test_wrong_settings_are_refused_and_change_nothing(server, body, says):
    await put(server, {"filters": {"localhost": True}})
    before = await server.get(PATH)
    status, problem = await put(server, body)
    assert (status, says in problem["detail"]) == (400, True), problem
    assert await server.get(PATH) == before


@pytest.mark.parametrize("project", ["abc", "-1", "1.5", "99999999999999999999999"])
async def test_what_no_dsn_can_name_is_not_found(server, project):
    status, problem = await server.get(f"/relay/v1/projects/{project}/settings")
    assert status == 404
    assert "project id" in problem["detail"]


async def test_strict_mode_takes_settings_of_configured_projects_only(start):
    known = ProjectConfig("7", filters=Filters(localhost=True))
    server = await start(config=RelayConfig(strict=True, projects=(known,)))
    status, problem = await put(server, {})
    assert (status, "is not configured" in problem["detail"]) == (400, True)
    path = "/relay/v1/projects/7/settings"
    status, found = await put(server, {"filters": {}}, path)
    assert (status, found["filters"]["localhost"]) == (200, False)
    async with server.client.delete(path) as response:
        assert (await response.json())["filters"]["localhost"] is True
