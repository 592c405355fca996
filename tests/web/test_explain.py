"""`GET /relay/v1/explain`."""

from __future__ import annotations

import time

import pytest

ID = "0123456789abcdef0123456789abcdef"
PATH = "/relay/v1/explain"
EVENT = b'{"event_id":"%b"}\n{"type":"event"}\n{}' % ID.encode()
DOOR = f"/api/42/envelope/?sentry_key={'a' * 32}"


async def post(server, body):
    async with server.client.post(DOOR, data=body) as response:
        return response.status


async def test_an_event_is_explained_in_any_spelling_of_its_id(server):
    assert await post(server, EVENT) == 200
    for spelling in (ID, ID.upper(), "01234567-89ab-cdef-0123-456789abcdef"):
        status, found = await server.get(PATH, params={"event_id": spelling})
        assert (status, found["missing"], found["event_id"]) == (200, False, ID)
        assert found["findings"][0]["evidence"] == {"items": [1], "envelopes": [1], "project": "42"}


async def test_a_refused_event_leads_to_the_refused_request(server):
    assert await post(server, EVENT.partition(b'{"type')[0] + b"broken") == 400
    _, found = await server.get(PATH, params={"event_id": ID, "project": "42"})
    (refused_id,) = found["findings"][0]["evidence"]["refused"]
    status, refused = await server.get(f"/relay/v1/refused/{refused_id}")
    assert (status, refused["status"]) == (200, 400)


@pytest.mark.parametrize("since", ["1700000000", "1.7e9", "2023-11-14T22:13:20Z"])
async def test_a_moment_can_be_given_in_any_common_form(server, since):
    await post(server, b"")
    _, found = await server.get(PATH, params={"since": since})
    assert (found["since"], len(found["findings"])) == (1.7e9, 1)


async def test_what_came_before_the_moment_is_left_out(server):
    await post(server, b"")
    _, found = await server.get(PATH, params={"since": time.time() + 60})
    assert [one["kind"] for one in found["findings"]] == ["never_seen"]


@pytest.mark.parametrize("wrong", [{"event_id": "x"}, {"since": "soon"}, {"since": "nan"}])
async def test_a_wrong_parameter_is_a_400_that_names_it(server, wrong):
    status, problem = await server.get(PATH, params=wrong)
    assert status == 400
    assert next(iter(wrong)) in problem["detail"]
