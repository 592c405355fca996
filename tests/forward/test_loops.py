"""Relays that lead to each other: nothing goes round, whoever sent it on, and it is told why."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from fake_relay.config import Upstream
from fake_relay.forward.chain import HEADER, IMPORTED, MAX_HOPS, MAX_ID, chain_to_keep

Start = Callable[..., Awaitable[Any]]
To = Callable[..., Upstream]


def dsn_of(relay: Any) -> str:
    """The DSN of a relay's project 42."""
    return str(relay.url.replace("://", f"://{'a' * 32}@") + "/42")


@pytest.fixture
async def pair(start: Start, to: To) -> tuple[Any, Any]:
    """Two relays; the second one leads to the first one, which leads there when it is told to."""
    first = await start()
    second = await start(to(dsn_of(first)))
    off = {"dsn": dsn_of(second), "retry_base": 0.01}
    await first.ask("PUT", "/forward/upstreams/up", json=off)
    return first, second


async def ends_at_the_first(first: Any, second: Any) -> None:
    """What came back to the first relay was refused there, counted and told at the second."""
    assert (await second.drained())["dead"] == 1
    (dead,) = (await second.ask("GET", "/forward/dead"))["dead"]
    assert (dead["status"], dead["reason"]) == (508, "loop")
    assert "came through here before" in dead["detail"]
    assert second.counts()["dead", "loop", "error"] == 1
    assert len((await first.ask("GET", "/items"))["items"]) == 1


async def test_a_relay_does_not_take_what_it_forwarded_itself(pair: tuple[Any, Any]) -> None:
    first, second = pair
    await first.ask("POST", "/forward/upstreams/up/enable")
    await first.event(1)
    assert (await first.drained())["sent"] == 1
    await ends_at_the_first(first, second)


async def test_what_was_sent_by_hand_ends_where_it_began(pair: tuple[Any, Any]) -> None:
    first, second = pair
    await first.event(1)
    found = await first.ask("POST", "/forward/send", json={"to": "up", "item": 1})
    assert found["state"] == "sent"
    await ends_at_the_first(first, second)


async def test_what_came_through_a_relay_is_not_sent_back_to_it_by_hand(
    pair: tuple[Any, Any],
) -> None:
    first, second = pair
    await second.event(1)
    await second.drained()
    found = await first.ask("POST", "/forward/send", json={"to": "up", "envelope": 1})
    assert found["state"] == "dead"
    assert "loop" in found["detail"]
    (through,) = (await first.ask("GET", "/envelopes"))["envelopes"][0]["chain"]
    assert through == second.relay.forwarding.instance
    assert len((await second.ask("GET", "/items"))["items"]) == 1


async def test_what_is_imported_comes_home_and_leaves_with_the_chain_that_it_had(
    start: Start, to: To, upstream: Any
) -> None:
    relay = await start(to(upstream.dsn))
    home = relay.relay.forwarding.instance
    path = f"/api/42/envelope/?sentry_key={'a' * 32}"
    body = b'{}\n{"type":"event"}\n{"message":"x"}'
    async with relay.client.post(path, data=body, headers={IMPORTED: f"0af, {home}"}) as answer:
        assert answer.status == 200
    await relay.drained()
    (got,) = upstream.taken
    assert got.headers[HEADER.lower()] == f"0af, {home}, {home}"


async def test_what_came_through_far_too_many_relays_is_refused(start: Start, to: To) -> None:
    relay = await start(to("http://key@localhost:1/1", enabled=False))
    path = f"/api/42/envelope/?sentry_key={'a' * 32}"
    chain = ", ".join(map(str, range(MAX_HOPS)))
    async with relay.client.post(path, data=b"{}\n", headers={HEADER: chain}) as answer:
        assert answer.status == 508


def test_a_chain_of_any_length_is_kept_so_far_that_it_is_refused_at_the_next_relay() -> None:
    kept = chain_to_keep({HEADER.lower(): ",".join(["x" * 500] * 500)})
    assert kept == ("x" * MAX_ID,) * MAX_HOPS
    assert chain_to_keep({}) == ()
