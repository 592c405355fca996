"""Waiting for an expectation over HTTP."""

from __future__ import annotations

import asyncio
import threading
from typing import ClassVar

import aiohttp
import pytest

from fake_relay.relay import Relay
from fake_relay.store import open_store
from fake_relay.store.memory import MemoryStore
from fake_relay.web.runner import serving


async def ask(server, **expectation):
    async with server.client.post("/relay/v1/expect", json=expectation) as response:
        return response.status, await response.json()


async def test_an_expectation_holds_as_soon_as_the_item_is_there(server):
    asking = asyncio.create_task(ask(server, type="event", where={"message": "boom"}, within=30))
    await server.send(b'{"message":"other"}', b'{"message":"boom"}')
    status, verdict = await asyncio.wait_for(asking, 10)
    assert (status, verdict["held"]) == (200, True)


async def test_time_that_is_up_is_a_417_with_near_misses(server):
    await server.send(b'{"message":"bang"}')
    status, verdict = await ask(
        server, type="event", where={"message": "boom"}, since=0, within=0.05
    )
    assert (status, verdict["held"]) == (417, False)
    assert "bang" in verdict["text"]


async def test_what_arrived_before_the_question_counts_unless_since_says_otherwise(server):
    await server.send(b'{"message":"boom"}')
    assert (await ask(server, type="event", within=0))[0] == 200
    assert (await ask(server, type="event", within=0, since=1))[0] == 417


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b'{"nonsense":1}', b'{"within":"x"}'])
async def test_an_expectation_that_is_none_is_a_400(server, body):
    async with server.client.post("/relay/v1/expect", data=body) as response:
        assert (response.status, "detail" in await response.json()) == (400, True)


async def test_a_stopping_server_answers_who_still_waits():
    store = open_store("memory:")
    async with aiohttp.ClientSession() as client:
        async with serving(Relay(store)) as url:
            asking = asyncio.create_task(
                client.post(f"{url}/relay/v1/expect", json={"type": "event", "within": 60})
            )
            # Two round trips on one loop: the question has arrived when the second is answered.
            for _ in range(2):
                async with client.get(f"{url}/health") as response:
                    assert response.status == 200
        assert (await asking).status == 417
    store.close()


async def test_nothing_of_a_verdict_is_read_on_the_loop(start):
    class Noting(MemoryStore):
        readers: ClassVar[set[threading.Thread]] = set()

        def ledger(self, project=None):
            self.readers.add(threading.current_thread())
            return super().ledger(project)

    server = await start(Noting())
    await server.send(b'{"message":"bang"}')
    status, _ = await ask(server, where={"message": "boom"}, within=0)
    assert status == 417
    assert Noting.readers
    assert threading.current_thread() not in Noting.readers


@pytest.mark.parametrize(
    "pattern", ["(a+)+$", "((?:a|b)*c?)*", "(?:(?=a*)b)+", "(x|(y{2,})){0,1000}", "a" * 1001]
)
@pytest.mark.parametrize("field", ["message__regex", "tags__plan__not__regex"])
async def test_a_pattern_that_can_take_for_ever_is_a_400(server, pattern, field):
    await server.send(b'{"message":"%b!"}' % (b"a" * 8000))
    asked = {"type": "event", "where": {field: pattern}, "within": 0}
    async with server.client.post("/relay/v1/expect", json=asked) as response:
        assert (response.status, field in (await response.json())["detail"]) == (400, True)


@pytest.mark.parametrize("pattern", ["^card .* declined$", "(?:a++b?)+", "(ab){2}c*", "[a-z]+@x"])
async def test_other_patterns_are_searched_for(server, pattern):
    await server.send(b'{"message":"nothing like it"}')
    asked = {"type": "event", "where": {"message__regex": pattern}, "within": 0}
    async with server.client.post("/relay/v1/expect", json=asked) as response:
        assert response.status == 417
